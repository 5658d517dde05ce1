"""When an encounter gets a report: promised as the round is closed, and anew where it does not tell what stands any more.

A report that was wrong (something in it was undone, was another resident's, or names her by former traits) counts no more: it is voided
where it may be. One to which an answer came later was right when it was made: it is superseded, and nothing is taken back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog

from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Standing
from edge.domain.identifier import item_names
from edge.domain.item import Report
from edge.domain.measurement import AS_FHIR, IMAGING, NOT_CAPTURED, Instant, Kind
from edge.domain.report import REPORTED_HERE, Language, due
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import parts, rounds, rows
from edge.store.keeping.answers import Answers
from edge.store.keeping.reporting import standing_answers

log = structlog.get_logger()

_SPOKEN: Final = "'admitted', 'connected'"

_MADE: Final = ",".join(f"'{kind.value}'" for kind in sorted(NOT_CAPTURED))
_OF_ROUND: Final = "sequence > (SELECT after_sequence FROM encounter WHERE id = ?1) AND encounter_id = ?1"


class Reports:
    """``destinations`` says for each kind who shall have it. Every method is part of the caller's transaction."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        destinations: Mapping[Kind, Sequence[str]],
        language: Language = "fr",
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._run = database.connection.execute
        self._connection = database.connection
        self._to = tuple(destinations.get(Kind.REPORT, ()))
        self._imaging = {name for kind in IMAGING for name in destinations.get(kind, ())}
        self._record = {name for kind in AS_FHIR for name in destinations.get(kind, ())}
        self._language = language

    @property
    def to(self) -> tuple[str, ...]:
        """Who gets reports."""
        return self._to

    def closed(self, encounter_id: str, now: Instant) -> None:
        """The round was just closed: a report is promised where one is due. One that stands is out of date if more came since."""
        standing = self._standing(encounter_id)
        if not standing:
            if self._due(encounter_id):
                self._put(encounter_id, Report(self._language), now)
        elif self._captured_after(encounter_id, standing[-1][0]):
            self.touched(encounter_id, now)

    def ask(self, encounter_id: str, language: Language, now: Instant) -> str:
        """A report whatever was done in the round; the one before it counts no more. Raises Fault(NOT_ALLOWED)."""
        if self._run("SELECT 1 FROM encounter WHERE id = ?", (encounter_id,)).fetchone() is None:
            raise Fault(Reason.NOT_ALLOWED, "there is no such encounter on this cart", "check its id")
        if not self._to:
            what, do = "no destination takes reports", "name a [[pacs]], [[dicomweb]], [[fhir]] or [[mailbox]]"
            raise Fault(Reason.NOT_ALLOWED, what, do)
        before = self._retire(encounter_id, now, parts.CORRECTED)
        return self._put(encounter_id, Report(language, replaces=before), now)

    def touched(self, encounter_id: str | None, now: Instant, why: str = parts.CORRECTED) -> None:
        """Something of the round was undone, came to it or turned out to be another resident's (H1): a report that stands is out
        of date, unless it was made just now and is still to be read from what stands there."""
        if encounter_id is None:
            return
        standing = self._standing(encounter_id)
        if not standing:
            if self._due(encounter_id) and not self._on_screen(encounter_id):
                self._put(encounter_id, Report(self._language), now)
            return
        wanted = self._captured_after(encounter_id, 0)
        if wanted and self._fresh(standing[-1][0], now):
            return
        language = self._language_of(standing[-1][0])
        before = self._retire(encounter_id, now, why)
        if wanted:
            self._put(encounter_id, Report(language, replaces=before), now)

    def renamed(self, patient_id: str, now: Instant) -> Sequence[str]:
        """Her traits were corrected: every report of hers that was built under the former ones is voided and made anew (H1).

        The ids of the new ones.
        """
        found = self._run(
            "SELECT DISTINCT r.encounter_id FROM item r JOIN encounter e ON e.id = r.encounter_id"
            " WHERE e.patient_id = ? AND r.kind = ? AND r.entered_in_error IS NULL AND r.purged IS NULL"
            " AND EXISTS (SELECT 1 FROM outbox WHERE item = r.sequence AND (frozen_sha256 IS NOT NULL OR lease_until > 0))"
            " ORDER BY r.sequence",
            (patient_id, Kind.REPORT.value),
        ).fetchall()
        made = []
        for (encounter_id,) in found:
            language = self._language_of(self._standing(encounter_id)[-1][0])
            before = self._retire(encounter_id, now, parts.CORRECTED)
            made.append(self._put(encounter_id, Report(language, replaces=before), now))
        return made

    def answered(self, now: Instant) -> int:
        """Since the report of a round was made an answer came to what was asked in it, or one counts no more: another one is
        made, which names the one before it. One that stands there and is somebody else's was wrong: that report is voided (H1).

        How many.
        """
        found = self.behind(now)
        for encounter_id, wrong in found.items():
            sequence, name = self._standing(encounter_id)[-1]
            was = self._payload(sequence)
            if wrong:
                before = self._retire(encounter_id, now, parts.MOVED)
            elif self._supersede(sequence, now):
                before = name
            else:
                before = was.replaces
            self._put(encounter_id, Report(was.language, replaces=before), now)
        return len(found)

    def behind(self, now: Instant) -> Mapping[str, bool]:
        """The rounds whose report has not the answers that count now, and whether it has one that is not of that round.
        Reads only."""
        followed = Answers(self._database, self._blobs).standing(now.utc)
        found: dict[str, bool] = {}
        for encounter_id in sorted({one.encounter_id for one in followed.requests if one.encounter_id}):
            standing = self._standing(encounter_id)
            if not standing:
                continue
            try:
                told = set(self._payload(standing[-1][0]).answers)
            except Fault as fault:
                if fault.reason is not Reason.STORE_DAMAGED:
                    raise
                # the reports of other rounds are renewed nevertheless
                log.warning("report_unreadable", item=standing[-1][1], reason=fault.reason.value, what=fault.what)
                continue
            count = {one.answer.key for one in standing_answers(followed, encounter_id)}
            mine, others = _keys(followed, encounter_id)
            if told & others or (told & mine) != count:
                # what is nowhere went after its retention: it was there
                found[encounter_id] = bool(told & others)
        return found

    def _supersede(self, sequence: int, now: Instant) -> bool:
        """Whether it may have left. What still waits of it is sent no more; the record is told that it is superseded."""
        found = self._run(
            f"SELECT destination, state, {parts.MAY_HAVE_LEFT} FROM outbox WHERE item = ? AND withdrawn IS NULL",
            (sequence,),
        ).fetchall()
        for destination, state, left in found:
            if left and destination in self._record:
                self._send_again(sequence, destination, State(state), now)
            elif State(state) not in {State.SENT, State.RECEIVED}:
                parts.mark_withdrawn(self._connection, sequence, destination, State(state), parts.SUPERSEDED, now)
        return any(left for _, _, left in found)

    def _on_screen(self, encounter_id: str) -> bool:
        return self._run("SELECT 1 FROM on_screen WHERE encounter_id = ?", (encounter_id,)).fetchone() is not None

    def _fresh(self, sequence: int, now: Instant) -> bool:
        row = self._run(
            "SELECT 1 FROM item WHERE sequence = ?1 AND taken_utc = ?2"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE item = ?1 AND frozen_sha256 IS NOT NULL)",
            (sequence, now.utc.isoformat()),
        ).fetchone()
        return row is not None

    def _captured_after(self, encounter_id: str, sequence: int) -> bool:
        """Whether anything stands in the round that was saved after the item of ``sequence``."""
        row = self._run(
            f"SELECT 1 FROM item WHERE {_OF_ROUND} AND sequence > ?2 AND kind NOT IN ({_MADE}) AND entered_in_error IS NULL"
            " LIMIT 1",
            (encounter_id, sequence),
        ).fetchone()
        return row is not None

    def _due(self, encounter_id: str) -> bool:
        if not self._to or rounds.stands_at(self._database, encounter_id) != encounter_id:
            return False
        (opinions,) = self._run(
            f"SELECT count(*) FROM item WHERE {_OF_ROUND} AND kind = ?2 AND entered_in_error IS NULL",
            (encounter_id, Kind.OPINION.value),
        ).fetchone()
        (talks,) = self._run(
            f"SELECT count(*) FROM consultation WHERE encounter_id = ? AND event IN ({_SPOKEN})", (encounter_id,)
        ).fetchone()
        return due(opinions=int(opinions), talks=int(talks))

    def _standing(self, encounter_id: str) -> list[tuple[int, str]]:
        """(sequence, id)."""
        found = self._run(
            f"SELECT sequence, id FROM item WHERE {_OF_ROUND} AND kind = ?2 AND entered_in_error IS NULL"
            " AND purged IS NULL ORDER BY sequence",
            (encounter_id, Kind.REPORT.value),
        )
        return [(int(sequence), str(name)) for sequence, name in found.fetchall()]

    def _language_of(self, sequence: int) -> Language:
        return self._payload(sequence).language

    def _payload(self, sequence: int) -> Report:
        """Raises Fault(STORE_DAMAGED)."""
        (text,) = self._run("SELECT payload FROM item WHERE sequence = ?", (sequence,)).fetchone()
        try:
            was = rows.payload(Kind.REPORT, text, None, None)
        except msgspec.MsgspecError as exc:
            raise Fault(Reason.STORE_DAMAGED, "a report cannot be read", "verify the store") from exc
        if not isinstance(was, Report):
            raise Fault(Reason.STORE_DAMAGED, "a report cannot be read", "verify the store")
        return was

    def _put(self, encounter_id: str, report: Report, now: Instant) -> str:
        name, sop_uid, series_uid = item_names()
        followed = Answers(self._database, self._blobs).standing(now.utc)
        answers = tuple(one.answer.key for one in standing_answers(followed, encounter_id))
        text, _, _ = rows.payload_columns(dataclasses.replace(report, answers=answers), None)
        device = REPORTED_HERE
        self._run(
            "INSERT INTO item (id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label, taken_utc,"
            " boot_id, monotonic_ns, clock_trusted, payload, sop_uid, series_uid)"
            " SELECT ?2, ?3, ?4, patient_id, id, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM encounter WHERE id = ?1",
            (
                *(encounter_id, name, Kind.REPORT.value, f"{Kind.REPORT.value} {name}"),
                *(device.id, device.model, device.label),
                *(now.utc.isoformat(), now.boot_id, now.monotonic_ns, int(now.clock_trusted)),
                *(text, sop_uid, series_uid),
            ),
        )
        for destination in self._to:
            self._run(
                "INSERT INTO outbox (item, destination, state, changed_utc)"
                " VALUES ((SELECT max(sequence) FROM item), ?, ?, ?)",
                (destination, State.KEPT.value, now.utc.isoformat()),
            )
        if not self._to:
            self._run("UPDATE counter SET value = value + 1 WHERE name = 'unpromised'")
        return name

    def _retire(self, encounter_id: str, now: Instant, why: str) -> str:
        """Every report of the round counts no more. Returns the id of the newest, "" where there was none.

        Where it never left, nothing is sent; a PACS gets a note that withdraws it, the others get it again, marked as void.
        """
        before = self._standing(encounter_id)
        for sequence, _ in before:
            (again,) = self._run("SELECT EXISTS (SELECT 1 FROM superseded WHERE item = ?)", (sequence,)).fetchone()
            self._run("UPDATE item SET entered_in_error = ? WHERE sequence = ?", (now.utc.isoformat(), sequence))
            found = self._run(
                f"SELECT destination, state, {parts.MAY_HAVE_LEFT} FROM outbox WHERE item = ? AND withdrawn IS NULL",
                (sequence,),
            ).fetchall()
            for destination, state, left in found:
                # what waits to be told that it is superseded was there before
                there = bool(left) or (bool(again) and destination in self._record)
                self._end(sequence, destination, State(state), now, why, left=there)
        return before[-1][1] if before else ""

    def _end(self, sequence: int, destination: str, state: State, now: Instant, why: str, *, left: bool) -> None:
        if not left:
            parts.mark_withdrawn(self._connection, sequence, destination, state, parts.NEVER_SENT, now)
        elif destination in self._imaging:
            note = parts.withdraw_document(self._connection, sequence, destination, why, now)
            parts.mark_withdrawn(self._connection, sequence, destination, state, f"withdrawn by note {note}", now)
        else:
            self._send_again(sequence, destination, state, now)

    def _send_again(self, sequence: int, destination: str, state: State, now: Instant) -> None:
        """As it stands now, void or superseded."""
        self._run(
            "UPDATE outbox SET state = ?, frozen_sha256 = NULL, attempts = 0, next_attempt = 0, lease_until = 0,"
            " reason = NULL, what = '', changed_utc = ? WHERE item = ? AND destination = ?",
            (next_state(state, Event.AMENDED).value, now.utc.isoformat(), sequence, destination),
        )


def _keys(followed: Standing, encounter_id: str) -> tuple[set[str], set[str]]:
    """Of the answers to what was asked in the round, and of all others that are here."""
    mine = {
        arrived.answer.key for one in followed.requests if one.encounter_id == encounter_id for arrived in one.arrived
    }
    every = {arrived.answer.key for one in followed.requests for arrived in one.arrived}
    return mine, (every | {arrived.answer.key for arrived in followed.loose}) - mine
