"""Answers to requests for an opinion, and how each request stands (edge.domain.followed).

A request that a person said to be another resident's is another item since: what answers the old one answers that, and has
to be taken note of for her, whoever took note of it before (H1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog

from edge.domain.answer import SAYS, Answer, AnswerKind, Arrived, Came, Hers, Loose, named, whoever
from edge.domain.audit import Act, Actor, Entry, KnownBy, Who
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Followed, Happened, Standing, followed, told_by, worst_first
from edge.domain.measurement import Instant, Kind
from edge.domain.operator import Operator
from edge.domain.opinion import Opinion, OpinionEvent, OpinionState
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit, rounds, rows
from edge.store.keeping.answer_ends import GONE, LATE, REQUEST, lineage

log = structlog.get_logger()

MOST: Final = 300
"""Requests that are followed: the newest."""

_NAMED: Final = (
    "SELECT i.sequence FROM item i WHERE i.sequence = (SELECT n.item FROM item_named n WHERE n.id = ?) AND i.kind = ?"
)
_COUNTS: Final = (
    "(b.kind = 'retracted' OR b.request IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM opinion_event e WHERE e.answer = b.sequence AND e.event = 'matched')"
    " OR NOT EXISTS (SELECT 1 FROM opinion_event e WHERE e.answer = a.sequence AND e.event = 'matched'))"
)
"""A later version takes the place of one that a person matched only once somebody knows whose it is, or where it takes that back."""
_ANSWER: Final = (
    f"a.sequence, a.key, {REQUEST}, a.kind, a.author, a.author_rpps, a.given_utc, a.received_utc, a.text, a.bytes,"
    f" EXISTS (SELECT 1 FROM answer b WHERE b.origin = a.origin AND b.source = a.source AND b.sequence > a.sequence AND {_COUNTS}),"
    " a.why, EXISTS (SELECT 1 FROM answer_aside s WHERE s.answer = a.sequence)"
)


class Answers:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs

    # --- in

    def known(self, key: str) -> bool:
        return self._run("SELECT 1 FROM answer WHERE key = ?", (key,)).fetchone() is not None

    def take(self, came: Came, source: str, now: Instant, by: Actor, hers: Hers = whoever) -> bool:
        """Durable when it returns, with its trace. False where it was here already.

        What names a request of somebody whom it is not about, as ``hers`` says, is nobody's until a person says whose (H1).
        """
        if self.known(came.key):
            return False
        sha256 = self._blobs.put(came.pdf) if came.pdf is not None else None
        with self._database.write():
            if self.known(came.key):
                return False
            if sha256 is not None and not self._blobs.has(sha256):
                # it was there before, and was swept since it was looked for
                raise Fault(Reason.STORE_IO, "not saved: its file went", "it is fetched again")
            request, why = self._whose(came, hers)
            self._run(
                "INSERT INTO answer (key, source, origin, request, kind, author, author_rpps, given_utc, received_utc, text,"
                " blob_sha256, bytes, why) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *(came.key, source, came.origin, request, came.kind.value, came.author.name, came.author.rpps),
                    *(came.given.isoformat(), now.utc.isoformat(), came.text, sha256, len(came.pdf or b"")),
                    why.value if why else "",
                ),
            )
            patient_id, encounter_id, item_id = self._of(request)
            detail = f"{came.kind.value}, whose it is nobody knows: {why}" if why else came.kind.value
            audit.append(self._database, Entry(Act.ANSWERED, by, now, patient_id, encounter_id, item_id, detail))
        return True

    def _whose(self, came: Came, hers: Hers) -> tuple[int | None, Loose | None]:
        """The one request of ours that it names, if it is about its resident; else None and why."""
        found = self._request(came)
        if found is None:
            named_any = any(self._run(_NAMED, (one, Kind.OPINION.value)).fetchone() for one in named(came.names))
            return None, Loose.SEVERAL if named_any else Loose.UNNAMED
        return (found, None) if self._about(found, came, hers) else (None, Loose.SUBJECT)

    def _about(self, request: int, came: Came, hers: Hers) -> bool:
        """Whether it is about whose that request is, or was: what was asked under the wrong one is answered under that one."""
        places = {request, *lineage(self._database, rounds.stands_for(self._database, request))}
        found = self._run(
            f"SELECT {rows.PATIENT} FROM patient p WHERE p.id IN (SELECT i.patient_id FROM item i"
            f" WHERE i.sequence IN ({','.join('?' * len(places))}))",
            tuple(places),
        ).fetchall()
        return not came.about or any(hers(came, rows.patient(row)) for row in found)

    def _request(self, came: Came) -> int | None:
        """The one request of ours that it names; None where it names none, or more than one."""
        found = set()
        for name in named(came.names):
            row = self._run(_NAMED, (name, Kind.OPINION.value)).fetchone()
            if row is not None:
                found.add(int(row[0]))
        if len({rounds.stands_for(self._database, one) for one in found}) != 1:
            return None
        return min(found)

    def _of(self, request: int | None) -> tuple[str, str, str]:
        """(resident, encounter, item) of what stands now for that request, each "" where there is none."""
        if request is None:
            return "", "", ""
        row = self._run(
            "SELECT coalesce(patient_id, ''), coalesce(encounter_id, ''), id FROM item WHERE sequence = ?",
            (rounds.stands_for(self._database, request),),
        ).fetchone()
        return (str(row[0]), str(row[1]), str(row[2])) if row else ("", "", "")

    def waiting(self, now: dt.datetime) -> list[str]:
        """Ids under which requests were asked of which word may still come: of what is answered for 30 days more."""
        since = now - dt.timedelta(days=30)
        found: list[str] = []
        for sequence, one in self.followed(now):
            settled = one.stands.state in {OpinionState.ANSWERED, OpinionState.UNDONE} and one.stands.since < since
            if not settled:
                found += self._ids(sequence)
        return found

    def _ids(self, sequence: int) -> list[str]:
        """Of the item, and of those for which it stands."""
        places = lineage(self._database, sequence)
        found = self._run(f"SELECT id FROM item WHERE sequence IN ({','.join('?' * len(places))})", places)
        return [str(one) for (one,) in found]

    def cursor(self, source: str) -> str:
        row = self._run("SELECT cursor FROM answer_source WHERE source = ?", (source,)).fetchone()
        return str(row[0]) if row else ""

    def reached(self, source: str, cursor: str) -> None:
        if cursor != self.cursor(source):
            with self._database.write():
                self._run("INSERT OR REPLACE INTO answer_source VALUES (?, ?)", (source, cursor))

    # --- how it stands

    def standing(self, now: dt.datetime) -> Standing:
        requests = worst_first(one for _, one in self.followed(now))
        return Standing(tuple(requests), self.loose(aside=False))

    def loose(self, *, aside: bool) -> tuple[Arrived, ...]:
        """The newest of what is nobody's: of which a person said that it stays so, or of which nobody did."""
        found = self._run(
            f"SELECT {_ANSWER} FROM answer a WHERE ({REQUEST} IS NULL OR {LATE}) AND a.kind <> 'read' AND NOT ({GONE}) AND"
            " EXISTS (SELECT 1 FROM answer_aside s WHERE s.answer = a.sequence) = ? ORDER BY a.sequence DESC LIMIT ?",
            (int(aside), MOST),
        ).fetchall()
        return tuple(self._arrived(row, "", "") for row in found)

    def followed(self, now: dt.datetime) -> list[tuple[int, Followed]]:
        """Those that stand: not what was moved away."""
        found = self._run(
            "SELECT i.sequence, i.id, i.patient_id, i.encounter_id, i.taken_utc, i.payload, i.entered_in_error FROM item i"
            " WHERE i.kind = 'opinion' AND i.purged IS NULL AND NOT EXISTS (SELECT 1 FROM moved m WHERE m.was = i.sequence)"
            " ORDER BY i.sequence DESC LIMIT ?",
            (MOST,),
        ).fetchall()
        return [(int(row[0]), one) for row in found if (one := self._readable(row, now)) is not None]

    def _readable(self, row: Sequence[Any], now: dt.datetime) -> Followed | None:
        """None, and told, where it cannot be read: the others are followed nevertheless."""
        try:
            return self._one(row, now)
        except Fault as fault:
            if fault.reason is not Reason.STORE_DAMAGED:
                raise
            log.warning("request_unreadable", item=row[1], reason=fault.reason.value, what=fault.what)
            return None

    def _one(self, row: Sequence[Any], now: dt.datetime) -> Followed:
        sequence, item_id, patient_id, encounter_id, taken, text, undone = row
        try:
            opinion = rows.payload(Kind.OPINION, text, None, None)
        except msgspec.MsgspecError as exc:
            raise Fault(Reason.STORE_DAMAGED, "a request cannot be read", "verify the store") from exc
        if not isinstance(opinion, Opinion):
            raise Fault(Reason.STORE_DAMAGED, "a request cannot be read", "verify the store")
        asked = dt.datetime.fromisoformat(taken)
        before = lineage(self._database, sequence)
        places = ",".join("?" * len(before))
        arrived = tuple(
            self._arrived(one, item_id, patient_id or "")
            for one in self._run(
                f"SELECT {_ANSWER} FROM answer a WHERE a.sequence IN (SELECT sequence FROM answer WHERE request IN ({places})"
                f" UNION SELECT answer FROM opinion_event WHERE event = 'matched' AND request IN ({places}))"
                f" AND {REQUEST} IN ({places}) ORDER BY a.sequence DESC",
                (*before, *before, *before),
            ).fetchall()
        )
        happened = told_by(arrived)
        happened += [
            Happened(OpinionEvent.CHASED, dt.datetime.fromisoformat(at))
            for (at,) in self._run(
                f"SELECT at_utc FROM opinion_event WHERE event = 'chased' AND request IN ({places})", before
            )
        ]
        if undone is not None:
            happened.append(Happened(OpinionEvent.UNDO, dt.datetime.fromisoformat(undone)))
        stands = followed(asked, opinion.expected, happened, now)
        return Followed(
            item_id, patient_id or "", encounter_id or "", opinion, asked, stands, arrived, undone=undone is not None
        )

    def _arrived(self, row: Sequence[Any], request_id: str, patient_id: str) -> Arrived:
        number, key, _, kind, author, rpps, given, received, text, size, superseded, why, aside = row
        at, who = self._acknowledged(number, patient_id)
        answer = Answer(
            key=key,
            opinion_id=request_id,
            kind=AnswerKind(kind),
            author=Operator(author or "-", rpps),
            given=dt.datetime.fromisoformat(given),
            text=text,
            acknowledged=at,
            acknowledged_by=who,
        )
        return Arrived(
            int(number),
            answer,
            dt.datetime.fromisoformat(received),
            int(size),
            bool(superseded),
            Loose(why) if why else None,
            bool(aside),
        )

    def _acknowledged(self, number: int, patient_id: str) -> tuple[dt.datetime | None, Operator | None]:
        """For this resident: what somebody read as another one's was not read."""
        row = self._run(
            "SELECT at_utc, known_by, who, name FROM opinion_event WHERE answer = ? AND event = 'acknowledged'"
            " AND patient_id = ? ORDER BY sequence LIMIT 1",
            (number, patient_id),
        ).fetchone()
        if row is None:
            return None, None
        who = Who(KnownBy(row[1]), row[2], row[3])
        return dt.datetime.fromisoformat(row[0]), Operator.of(who) or Operator(row[3] or row[2])

    def pdf(self, number: int) -> bytes | None:
        """None where nothing came as one, or where it went after its retention."""
        row = self._run("SELECT blob_sha256 FROM answer WHERE sequence = ?", (number,)).fetchone()
        return self._blobs.get(row[0]) if row and row[0] else None

    # --- what a person says

    def acknowledge(self, number: int, encounter_id: str, now: Instant, by: Actor) -> None:
        """Somebody took note of it for the resident of ``encounter_id``. Raises Fault(NOT_ALLOWED) where it is not hers."""
        with self._database.write():
            request = self._stands(number)
            patient_id, _, item_id = self._of(request)
            row = self._run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
            if row is None or not patient_id or row[0] != patient_id:
                raise Fault(
                    Reason.NOT_ALLOWED, "Cette réponse n'est pas de ce résident", "regardez la liste des réponses"
                )
            if self._acknowledged(number, patient_id)[0] is not None:
                return
            self._event("acknowledged", now, by, answer=number, patient_id=patient_id)
            audit.append(
                self._database, Entry(Act.ACKNOWLEDGED, by, now, patient_id, encounter_id, item_id, f"answer {number}")
            )

    def match(self, number: int, request_id: str, now: Instant, by: Actor, whose: str = "") -> None:
        """A person says which request it answers, and ``whose`` that is as she saw it, "" where she did not.

        Raises Fault(NOT_ALLOWED), also where the request is another one's by now (H1).
        """
        with self._database.write():
            row = self._run(_NAMED, (request_id, Kind.OPINION.value)).fetchone()
            there = self._run("SELECT kind FROM answer WHERE sequence = ?", (number,)).fetchone()
            if row is None or there is None or there[0] not in SAYS:
                raise Fault(Reason.NOT_ALLOWED, "Cette réponse ou cette demande n'existe pas", "regardez la liste")
            request = rounds.stands_for(self._database, int(row[0]))
            if self._run("SELECT purged FROM item WHERE sequence = ?", (request,)).fetchone()[0] is not None:
                raise Fault(Reason.NOT_ALLOWED, "Cette réponse ou cette demande n'existe pas", "regardez la liste")
            if whose and self._of(request)[0] != whose:
                raise Fault(Reason.NOT_ALLOWED, "Cette demande n'est plus celle de ce résident", "regardez la liste")
            if self._stands(number) == request:
                return
            self._event("matched", now, by, answer=number, request=request)
            patient_id, encounter_id, item_id = self._of(request)
            audit.append(
                self._database, Entry(Act.MATCHED, by, now, patient_id, encounter_id, item_id, f"answer {number}")
            )

    def set_aside(self, number: int, now: Instant, by: Actor) -> None:
        """A person says that it is for nobody here: it is listed no more. Raises Fault(NOT_ALLOWED) for one that is somebody's."""
        with self._database.write():
            there = self._run(
                f"SELECT 1 FROM answer a WHERE a.sequence = ? AND ({REQUEST} IS NULL OR {LATE})", (number,)
            ).fetchone()
            if there is None:
                raise Fault(Reason.NOT_ALLOWED, "Cette réponse est déjà celle de quelqu'un", "regardez la liste")
            who = (by.who.known_by.value, by.who.id, by.who.name)
            put = self._run(
                "INSERT OR IGNORE INTO answer_aside VALUES (?,?,?,?,?)", (number, now.utc.isoformat(), *who)
            )
            if put.rowcount:
                audit.append(self._database, Entry(Act.SET_ASIDE, by, now, detail=f"answer {number}"))

    def chase(self, request_id: str, encounter_id: str, now: Instant, by: Actor) -> None:
        """It was asked again, by telephone or otherwise. Raises Fault(NOT_ALLOWED) where it does not wait to be, or is not of the
        resident of ``encounter_id``.
        """
        with self._database.write():
            row = self._run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
            found = [(at, one) for at, one in self.followed(now.utc) if one.request_id == request_id]
            if not found or not found[0][1].to_chase or row is None or row[0] != found[0][1].patient_id:
                raise Fault(Reason.NOT_ALLOWED, "Cette demande n'est pas à relancer", "regardez la liste")
            sequence, one = found[0]
            self._event("chased", now, by, request=sequence)
            audit.append(self._database, Entry(Act.CHASED, by, now, one.patient_id, one.encounter_id, one.request_id))

    def escalate(self, now: Instant, by: Actor) -> int:
        """Notes, once for each delay, that a request was not answered in time. How many are new."""
        new = [(at, one) for at, one in self.followed(now.utc) if one.to_chase and not self._escalated(at, one)]
        if not new:
            return 0
        with self._database.write():
            for sequence, one in new:
                self._event("overdue", now, by, request=sequence)
                detail = f"{one.opinion.specialty}, {one.opinion.urgency}"
                audit.append(
                    self._database,
                    Entry(Act.OVERDUE, by, now, one.patient_id, one.encounter_id, one.request_id, detail),
                )
        return len(new)

    def _escalated(self, sequence: int, one: Followed) -> bool:
        row = self._run(
            "SELECT 1 FROM opinion_event WHERE request = ? AND event = 'overdue' AND at_utc >= ?",
            (sequence, one.stands.due.isoformat()),
        ).fetchone()
        return row is not None

    def _stands(self, number: int) -> int | None:
        row = self._run(f"SELECT {REQUEST} FROM answer a WHERE a.sequence = ?", (number,)).fetchone()
        return None if row is None or row[0] is None else rounds.stands_for(self._database, int(row[0]))

    def _event(
        self,
        event: str,
        now: Instant,
        by: Actor,
        *,
        answer: int | None = None,
        request: int | None = None,
        patient_id: str | None = None,
    ) -> None:
        self._run(
            "INSERT INTO opinion_event (event, answer, request, patient_id, at_utc, boot_id, monotonic_ns, known_by, who, name)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                *(event, answer, request, patient_id, now.utc.isoformat(), now.boot_id, now.monotonic_ns),
                *(by.who.known_by.value, by.who.id, by.who.name),
            ),
        )
