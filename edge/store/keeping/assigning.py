"""A person says whose something is: what was nobody's becomes somebody's, what was somebody else's goes over, and back (H1, H2).

What is nobody's was promised to nobody: its row gets its resident. What is somebody's may have left under her name: its row is
marked as entered in error and withdrawn where it may be, and a new row, with identifiers of its own, stands for it from then
on. So every step is kept, and going back is one more step, into the round that it came from.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

from edge.domain.audit import Act, Actor, Entry
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import accession_number, dicom_uid, item_names, uuid7
from edge.domain.measurement import IMAGING, NOT_CAPTURED, Instant, Kind
from edge.domain.patient import Patient, Sex
from edge.domain.waveform import Waveform
from edge.domain.whose import LATE_SECONDS, NOBODY, is_without_identity, without_identity
from edge.store.file.database import Database
from edge.store.keeping import audit, following, lineage, parts, rounds, rows
from edge.store.keeping.journal import Journal
from edge.store.keeping.recordings import samples_of

_ASIDE_SECONDS: Final = 600.0
"""Strays of one resident that came within this are one round."""

_CAPTURED: Final = ",".join(f"'{kind.value}'" for kind in Kind if kind not in NOT_CAPTURED)

_MOVED: Final = " moved "
"""Between what it was captured as and the name of the item that stands for it."""

_COPIED: Final = "kind, device_id, device_model, device_label, taken_utc, boot_id, monotonic_ns, clock_trusted, payload, raw, blob_sha256"

_MAY_HAVE_LEFT: Final = f"({parts.MAY_HAVE_LEFT}) OR EXISTS (SELECT 1 FROM superseded s WHERE s.item = outbox.item)"
"""Of a vital sign what was frozen before is not kept apart by destination: in doubt it left."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    sequence: int
    id: str
    kind: Kind
    identity: str
    patient_id: str | None
    encounter_id: str | None
    taken: dt.datetime
    undone: bool
    aside: bool
    purged: bool


_ROW: Final = "SELECT sequence, id, kind, identity, patient_id, encounter_id, taken_utc, entered_in_error, aside, purged FROM item"


class Assigning:
    """The writer of edge.domain.whose.WhoseBook; each method is one durable transaction, with its trace."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._run = database.connection.execute
        self._journal = journal

    # --- what is nobody's

    def assign(self, item_id: str, patient_id: str, now: Instant, prefix: str, by: Actor) -> None:
        with self._database.write():
            row = self._captured(item_id)
            if row.patient_id == patient_id and not row.undone:
                return
            if row.patient_id is not None or row.undone:
                raise _refused("it is somebody's already", "move it, if it is not hers")
            self._known(patient_id)
            if self._journal.holders(row.identity.partition(_MOVED)[0]):
                raise _refused("the same reading is somebody's already", "leave it aside, or move that one")
            encounter_id = self._round(patient_id, row.taken, row.sequence, now, prefix, by)
            self._run(
                "UPDATE item SET patient_id = ?, encounter_id = ?, aside = NULL WHERE sequence = ?",
                (patient_id, encounter_id, row.sequence),
            )
            self._take_up(row, now)
            rounds.note_moved(self._database, row.sequence, None, None, now.utc)
            self._trace(Act.ASSIGNED, by, now, patient_id, encounter_id, row.id, row.kind.value)

    def set_aside(self, item_id: str, now: Instant, by: Actor) -> None:
        with self._database.write():
            row = self._captured(item_id)
            if row.patient_id is not None:
                raise _refused("it is somebody's", "move it, if it is not hers")
            if not row.aside:
                self._run("UPDATE item SET aside = ? WHERE sequence = ?", (now.utc.isoformat(), row.sequence))
                self._trace(Act.SET_ASIDE, by, now, item_id=row.id, detail=row.kind.value)

    def looked(self, number: int, now: Instant, by: Actor) -> None:
        with self._database.write():
            changed = self._run(
                "UPDATE quarantine SET looked_utc = ? WHERE sequence = ? AND looked_utc IS NULL",
                (now.utc.isoformat(), number),
            ).rowcount
            if changed:
                self._trace(Act.LOOKED, by, now, detail=f"bytes {number}")

    # --- what is somebody's

    def move(self, item_id: str, patient_id: str, now: Instant, prefix: str, by: Actor) -> None:
        with self._database.write():
            row = self._captured(item_id)
            if row.patient_id is None or row.undone:
                raise _refused("it is nobody's, or was undone", "look at the list again")
            if row.patient_id == patient_id:
                return
            if patient_id == NOBODY:
                self._go_over(row, None, now, by)
                return
            self._known(patient_id)
            encounter_id = lineage.former(self._database, row.sequence, patient_id) or self._round(
                patient_id, row.taken, row.sequence, now, prefix, by
            )
            self._go_over(row, encounter_id, now, by)

    def move_round(
        self, encounter_id: str, patient_id: str, now: Instant, prefix: str, by: Actor, into: str | None = None
    ) -> int:
        """``into`` is a round of ``patient_id`` where there is one to take it up."""
        with self._database.write():
            return self._move_round(encounter_id, patient_id, now, prefix, by, into)

    def _move_round(
        self, encounter_id: str, patient_id: str, now: Instant, prefix: str, by: Actor, into: str | None = None
    ) -> int:
        stands = self._run("SELECT patient_id, opened FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
        if stands is None:
            raise _refused("there is no such round", "look at the list again")
        if stands[0] == patient_id:
            return 0
        self._known(patient_id)
        came_from = self._run(
            "SELECT m.encounter_id FROM moved_round m JOIN encounter e ON e.id = m.encounter_id"
            " WHERE m.became = ? AND e.patient_id = ? ORDER BY m.sequence DESC LIMIT 1",
            (encounter_id, patient_id),
        ).fetchone()
        after = self._newest_sequence()
        to = came_from[0] if came_from else into
        to = to or self._open(patient_id, dt.datetime.fromisoformat(stands[1]), after, now, prefix, by)
        found = self._of_round(encounter_id)
        for row in found:
            self._go_over(row, lineage.former(self._database, row.sequence, patient_id) or to, now, by)
        rounds.note_became(self._database, encounter_id, to, now.utc)
        # of a round in which nothing was captured, too, there may be a report under her name
        self._journal.reports.touched(encounter_id, now, parts.MOVED)
        detail = f"round of {len(found)} items to {patient_id}, round {to}"
        self._trace(Act.MOVED, by, now, stands[0], encounter_id, detail=detail)
        return len(found)

    # --- residents without identity

    def new_resident(self, sex: Sex, room: str, about_years: int, issuer: str, now: Instant, by: Actor) -> Patient:
        try:
            patient = without_identity(sex, room, about_years, issuer, now.utc.astimezone())
        except ValueError as exc:
            raise _refused(str(exc), "correct it") from exc
        with self._database.write():
            self._journal.put_known(patient)
            self._trace(Act.NEW_RESIDENT, by, now, patient.id, detail="without identity")
        return patient

    def reconcile(self, patient_id: str, became: str, now: Instant, prefix: str, by: Actor) -> int:
        with self._database.write():
            if patient_id == became or not is_without_identity(patient_id):
                raise _refused("only a resident without identity is reconciled", "move what was measured instead")
            self._known(patient_id)
            self._known(became)
            return self.join(patient_id, became, now, prefix, by)

    def join(self, patient_id: str, became: str, now: Instant, prefix: str, by: Actor) -> int:
        """Everything of ``patient_id`` is of ``became`` from now on; ``take_back`` undoes it. In the caller's transaction."""
        before = lineage.moved_so_far(self._database)
        moved = 0
        for encounter_id in self._rounds_of(patient_id):
            if rounds.stands_at(self._database, encounter_id) == encounter_id:
                moved += self._move_round(encounter_id, became, now, prefix, by)
                continue
            # the round went to somebody before; what a person said since to be hers stands in it by itself
            left = self._of_round(encounter_id)
            for row in left:
                former = lineage.former(self._database, row.sequence, became)
                self._go_over(row, former or self._round(became, row.taken, row.sequence, now, prefix, by), now, by)
            moved += len(left)
        lineage.note(self._database, patient_id, became, before, now)
        following.follow(self._database, patient_id, became, now, by)
        self._trace(Act.RECONCILED, by, now, patient_id, detail=f"{moved} items to {became}")
        return moved

    def take_back(self, patient_id: str, now: Instant, by: Actor) -> int:
        """What a person has moved since to somebody else, or said to be that resident's by herself, stays there."""
        with self._database.write():
            row = self._run(
                "SELECT became, after_moved FROM reconciled WHERE patient_id = ? ORDER BY sequence DESC LIMIT 1",
                (patient_id,),
            ).fetchone()
            if row is None or row[0] is None:
                raise _refused("this resident was not reconciled", "look at the list again")
            became, after = row
            if lineage.is_given_up(self._database, became):
                raise _refused("who she became was given up herself since", "take that back first")
            found = self._run(
                f"{_ROW} WHERE sequence IN (SELECT item FROM moved m WHERE m.sequence > ?)"
                f" AND patient_id = ? AND kind IN ({_CAPTURED}) AND entered_in_error IS NULL AND purged IS NULL"
                " ORDER BY sequence",
                (after, became),
            ).fetchall()
            moved = 0
            for one in map(_row, found):
                if (
                    came_from := lineage.came_from(self._database, one.sequence, patient_id, became, after)
                ) is not None:
                    self._go_over(one, came_from, now, by)
                    moved += 1
            for encounter_id in self._rounds_of(patient_id):
                if rounds.stands_at(self._database, encounter_id) in self._rounds_of(became):
                    rounds.note_back(self._database, encounter_id, now.utc)
                    self._journal.reports.touched(encounter_id, now, parts.MOVED)
            lineage.note(self._database, patient_id, None, lineage.moved_so_far(self._database), now)
            following.go_back(self._database, patient_id, became, now, by)
            self._trace(Act.TAKEN_BACK, by, now, patient_id, detail=f"{moved} items from {became}")
        return moved

    # --- one item

    def _go_over(self, row: _Row, encounter_id: str | None, now: Instant, by: Actor) -> None:
        """A new item stands for it, in the round ``encounter_id`` (None: it is nobody's). Raises Fault(PURGED)."""
        run = self._run
        name, sop_uid, series_uid = item_names()
        (recording,) = run("SELECT recording FROM item WHERE sequence = ?", (row.sequence,)).fetchone()
        whole = None if recording is None else samples_of(self._database, recording)
        run(
            f"INSERT INTO item (id, identity, sop_uid, series_uid, patient_id, encounter_id, samples, {_COPIED})"
            f" SELECT ?1, identity || '{_MOVED}' || ?1, ?2, ?3, (SELECT e.patient_id FROM encounter e WHERE e.id = ?4), ?4,"
            f" coalesce(?5, samples), {_COPIED} FROM item WHERE sequence = ?6",
            (name, sop_uid, series_uid, encounter_id, whole, row.sequence),
        )
        new = self._newest_sequence()
        run("INSERT INTO operator SELECT ?, name, rpps FROM operator WHERE item = ?", (new, row.sequence))
        self._promise(row, new, encounter_id, now)
        self._retire(row, now)
        self._journal.reports.touched(encounter_id, now)
        rounds.note_moved(self._database, new, row.sequence, row.encounter_id, now.utc)
        to = self._patient_of(encounter_id) if encounter_id else "nobody"
        self._trace(Act.MOVED, by, now, row.patient_id or "", row.encounter_id or "", row.id, f"to {to} as item {name}")

    def _promise(self, row: _Row, new: int, encounter_id: str | None, now: Instant) -> None:
        if encounter_id is not None and row.kind is Kind.ECG:
            self._journal.promise_new_ecg(self._ecg(new), now.utc)
        else:
            self._journal.promise(row.kind if encounter_id else None, new, now.utc.isoformat())

    def _take_up(self, row: _Row, now: Instant) -> None:
        """Promises what was nobody's until now: due at once, since the bookmark of a destination may be past it."""
        self._run("UPDATE counter SET value = value - 1 WHERE name = 'unpromised'")
        self._journal.promise(row.kind, row.sequence, now.utc.isoformat())
        self._run("UPDATE outbox SET lease_until = 0 WHERE item = ? AND lease_until IS NULL", (row.sequence,))
        if row.kind is Kind.ECG:
            self._journal.promise_paper(self._ecg(row.sequence), row.sequence, now.utc)

    def _ecg(self, sequence: int) -> Waveform:
        """Without its samples."""
        (text,) = self._run("SELECT payload FROM item WHERE sequence = ?", (sequence,)).fetchone()
        header = rows.payload(Kind.ECG, text, None, None)
        assert isinstance(header, Waveform)
        return header

    def _retire(self, row: _Row, now: Instant) -> None:
        """It is sent no more; what may have left of it is withdrawn, or amended where it is."""
        at = now.utc.isoformat()
        self._run("UPDATE item SET entered_in_error = ? WHERE sequence = ?", (at, row.sequence))
        self._journal.reports.touched(row.encounter_id, now, parts.MOVED)
        if row.kind in IMAGING:
            parts.undo(self._database.connection, row.sequence, now, parts.MOVED)
            return
        found = self._run(
            f"SELECT destination, state, {_MAY_HAVE_LEFT} FROM outbox WHERE item = ? AND withdrawn IS NULL",
            (row.sequence,),
        ).fetchall()
        for destination, state, left in found:
            if not left:
                parts.mark_withdrawn(
                    self._database.connection, row.sequence, destination, State(state), parts.NEVER_SENT, now
                )
        if any(left for *_, left in found):
            self._journal.amend(row.sequence, now)

    # --- looking

    def _captured(self, item_id: str) -> _Row:
        found = self._run(
            f"{_ROW} WHERE sequence = (SELECT item FROM item_named WHERE id = ?) AND kind IN ({_CAPTURED})", (item_id,)
        ).fetchone()
        if found is None:
            raise _refused("there is no such reading", "look at the list again")
        row = _row(found)
        if row.purged:
            raise Fault(Reason.PURGED, "its retention here is over", "have it corrected where it was received")
        return row

    def _of_round(self, encounter_id: str) -> list[_Row]:
        found = self._run(
            f"{_ROW} WHERE encounter_id = ? AND sequence > (SELECT after_sequence FROM encounter WHERE id = encounter_id)"
            f" AND kind IN ({_CAPTURED}) AND entered_in_error IS NULL AND purged IS NULL ORDER BY sequence",
            (encounter_id,),
        )
        return [_row(one) for one in found.fetchall()]

    def _known(self, patient_id: str) -> None:
        """Raises Fault(NO_RESIDENT)."""
        row = self._run(
            f"SELECT 1 FROM patient p WHERE p.id = ? AND p.erased IS NULL AND {rows.NOT_RECONCILED}", (patient_id,)
        ).fetchone()
        if row is None:
            raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "choose again from the list")

    def _round(self, patient_id: str, taken: dt.datetime, sequence: int, now: Instant, prefix: str, by: Actor) -> str:
        """The round of ``patient_id`` at that time, or a new one that was never on screen."""
        late = (taken - dt.timedelta(seconds=LATE_SECONDS)).isoformat()
        near = (taken - dt.timedelta(seconds=_ASIDE_SECONDS)).isoformat()
        found = self._run(
            "SELECT id FROM encounter e WHERE patient_id = ?1 AND after_sequence < ?2 AND opened <= ?3"
            " AND (closed >= ?4 OR id IN (SELECT encounter_id FROM on_screen) OR closed IS NULL AND opened >= ?5)"
            " ORDER BY opened DESC",
            (patient_id, sequence, taken.isoformat(), late, near),
        ).fetchall()
        for (encounter_id,) in found:
            if rounds.stands_at(self._database, encounter_id) == encounter_id:
                return str(encounter_id)
        return self._open(patient_id, taken, sequence - 1, now, prefix, by)

    def _open(self, patient_id: str, opened: dt.datetime, after: int, now: Instant, prefix: str, by: Actor) -> str:
        name = uuid7()
        self._run(
            "INSERT INTO encounter (id, patient_id, opened, study_uid, accession_number, after_sequence)"
            " VALUES (?,?,?,?,?,?)",
            (str(name), patient_id, opened.isoformat(), dicom_uid(name), accession_number(prefix, name), after),
        )
        self._trace(Act.OPENED, by, now, patient_id, str(name))
        return str(name)

    def _rounds_of(self, patient_id: str) -> list[str]:
        found = self._run("SELECT id FROM encounter WHERE patient_id = ? ORDER BY opened, id", (patient_id,))
        return [str(encounter_id) for (encounter_id,) in found.fetchall()]

    def _patient_of(self, encounter_id: str) -> str:
        (patient_id,) = self._run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
        return str(patient_id)

    def _newest_sequence(self) -> int:
        (sequence,) = self._run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
        return int(sequence)

    def _trace(
        self,
        act: Act,
        by: Actor,
        now: Instant,
        patient_id: str = "",
        encounter_id: str = "",
        item_id: str = "",
        detail: str = "",
    ) -> None:
        audit.append(self._database, Entry(act, by, now, patient_id, encounter_id, item_id, detail))


def _row(found: tuple[object, ...]) -> _Row:
    sequence, name, kind, identity, patient_id, encounter_id, taken, undone, aside, purged = found
    return _Row(
        sequence=int(str(sequence)),
        id=str(name),
        kind=Kind(str(kind)),
        identity=str(identity),
        patient_id=None if patient_id is None else str(patient_id),
        encounter_id=None if encounter_id is None else str(encounter_id),
        taken=dt.datetime.fromisoformat(str(taken)),
        undone=undone is not None,
        aside=aside is not None,
        purged=purged is not None,
    )


def _refused(what: str, do: str) -> Fault:
    return Fault(Reason.NOT_ALLOWED, what, do)
