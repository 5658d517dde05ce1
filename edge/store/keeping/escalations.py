"""Which delays that ended without an answer a mailbox was told: the 'overdue' of a request is the promise, durable with it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from edge.domain.escalation import Overdue, Told
from edge.domain.measurement import Instant
from edge.domain.opinion import OpinionState
from edge.store.file.database import Database
from edge.store.keeping import rounds
from edge.store.keeping.answers import Answers

_SETTLED: Final = frozenset({OpinionState.ANSWERED, OpinionState.UNDONE})
_MOST: Final = 50
"""Of one look."""


class Escalations:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, answers: Answers) -> None:
        self._database = database
        self._run = database.connection.execute
        self._answers = answers

    def to_tell(self, mailbox: str, now: Instant) -> list[Overdue]:
        """As EscalationBook.to_tell."""
        waiting = self._run(
            "SELECT e.sequence, e.request, e.at_utc FROM opinion_event e WHERE e.event = 'overdue' AND NOT EXISTS"
            " (SELECT 1 FROM escalation_told t WHERE t.event = e.sequence AND t.mailbox = ?) ORDER BY e.sequence LIMIT ?",
            (mailbox, _MOST),
        ).fetchall()
        if not waiting:
            return []
        now_so = dict(self._answers.followed(now.utc))
        found = []
        for event, request, at in waiting:
            one = now_so.get(rounds.stands_for(self._database, request))
            noted = dt.datetime.fromisoformat(at)
            # of a delay that began again since then, the end of that one is told
            if one is None or one.stands.state in _SETTLED or one.stands.due > noted:
                self._note(event, mailbox, now, Told.SETTLED)
                continue
            if not one.to_chase:
                continue  # noted by a clock that was ahead: it is told when it is so
            said = one.opinion
            found.append(
                Overdue(
                    event=event,
                    request_id=one.request_id,
                    specialty=said.specialty,
                    urgency=said.urgency,
                    addressee=said.addressee.label,
                    asked=one.asked,
                    due=one.stands.due,
                    noted=noted,
                    chased=one.stands.chased,
                )
            )
        return found

    def told(self, one: Overdue, mailbox: str, now: Instant) -> None:
        """As EscalationBook.told."""
        self._note(one.event, mailbox, now, Told.SENT)

    def _note(self, event: int, mailbox: str, now: Instant, said: Told) -> None:
        with self._database.write():
            self._run(
                "INSERT OR IGNORE INTO escalation_told (event, mailbox, at_utc, said) VALUES (?,?,?,?)",
                (event, mailbox, now.utc.isoformat(), said.value),
            )
