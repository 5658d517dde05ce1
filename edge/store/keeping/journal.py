"""The journal: captured items, and with each, in the same transaction, its promises to the destinations."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from edge.domain.audit import THE_CART, Act, Actor, Entry
from edge.domain.capture import Capture, Line, Saved
from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import accession_number, dicom_uid, item_names, uuid7
from edge.domain.item import Item
from edge.domain.measurement import AS_FHIR, IMAGING, NOT_CAPTURED, VITAL_SIGNS, Device, Instant, Kind
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Photo
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit, operators, orders, parts, promises, reading, reports, rounds, rows
from edge.store.keeping.identities import refuse_another

_COLUMNS = (
    "id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label, taken_utc, boot_id, monotonic_ns,"
    " clock_trusted, payload, raw, sop_uid, series_uid"
)
# What is NULL is not named, and bytes go as a bytearray: for whatever is neither str, int, float nor bytearray the driver looks
# for an adapter, which costs as much as all the rest of the row.
_INSERT = f"INSERT INTO item ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_WITH_MORE = f"INSERT INTO item ({_COLUMNS}, samples, blob_sha256) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    item_id: str
    undone: bool
    nobodys: bool


class Journal:
    """Edge's writer. ``destinations`` says for each kind who shall have it."""

    def __init__(self, database: Database, blobs: Blobs, destinations: Mapping[Kind, Sequence[str]]) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs
        self._destinations = destinations
        self.reports = reports.Reports(database, blobs, destinations)

    # --- residents and encounters

    def put_patient(self, patient: Patient) -> None:
        with self._database.write():
            self.put_known(patient)

    def put_known(self, patient: Patient) -> bool:
        """In the caller's transaction. Whether anything changed."""
        columns = rows.patient_columns(patient)
        stands = self._run(
            f"SELECT {rows.PATIENT} FROM patient p WHERE p.id = ? AND p.erased IS NULL", (patient.id,)
        ).fetchone()
        if stands == columns:
            return False
        put = self._run(rows.PUT_PATIENT, columns)
        return bool(put.rowcount > 0)

    def put_residents(self, patients: Sequence[Patient], now: Instant, by: Actor = THE_CART) -> int:
        """The residents as a list has them, all or none. Returns how many changed; a list that changes nobody leaves no trace.

        Raises Fault(NOT_ALLOWED) where an identifier would become somebody else's.
        """
        with self._database.write():
            for patient in patients:
                refuse_another(self._database, patient)
            changed = sum(self.put_known(patient) for patient in patients)
            if changed:
                detail = f"{changed} of {len(patients)} in the list changed"
                audit.append(self._database, Entry(Act.RESIDENTS, by, now, detail=detail))
        return changed

    def patients(self) -> list[Patient]:
        found = self._run(
            f"SELECT {rows.PATIENT} FROM patient p WHERE p.erased IS NULL AND {rows.NOT_RECONCILED} ORDER BY p.room, p.birth_name"
        )
        return [rows.patient(row) for row in found]

    def open_encounter(
        self, patient_id: str, now: Instant, prefix: str, *, on_screen: bool = True, by: Actor = THE_CART
    ) -> tuple[Patient, Encounter]:
        """A new encounter with its own DICOM study, on screen from now. Raises Fault(NO_RESIDENT).

        Where a worklist has exactly one order of this resident now, it is that order's study and accession number.
        One that is not ``on_screen`` changes nothing there, and is never closed: nobody was ever seen in it.
        """
        name = uuid7()
        new = Encounter(str(name), patient_id, now.utc, dicom_uid(name), accession_number(prefix, name))
        told = ""
        with self._database.write():
            # in the transaction: sync may give her identifier up for another one at the same moment
            row = self._run(
                f"SELECT {rows.PATIENT} FROM patient p WHERE p.id = ? AND p.erased IS NULL AND {rows.NOT_RECONCILED}"
                " AND (p.departed IS NULL OR NOT ?)",
                (patient_id, on_screen),
            ).fetchone()
            if row is None:
                raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "choose again from the list")
            patient = rows.patient(row)
            if on_screen:
                self._close_what_is_shown(now, by)
                orders.give_back(self._database, patient.id, prefix)
                order, told = orders.for_round(self._database, patient, now.utc)
                if order is not None:
                    new = dataclasses.replace(
                        new, study_uid=order.study_uid, accession_number=order.accession_number, order=order
                    )
            self._run(
                "INSERT INTO encounter (id, patient_id, opened, study_uid, accession_number, after_sequence)"
                " VALUES (?,?,?,?,?, (SELECT coalesce(max(sequence), 0) FROM item))",
                (new.id, patient_id, now.utc.isoformat(), new.study_uid, new.accession_number),
            )
            if on_screen:
                self._run("INSERT OR REPLACE INTO on_screen VALUES (1, ?, ?)", (new.id, now.boot_id))
            act = Act.CHOSEN if on_screen else Act.OPENED
            orders.take(self._database, new)
            audit.append(self._database, Entry(act, by, now, patient_id, new.id, detail=told))
        return patient, new

    def _close_what_is_shown(self, now: Instant, by: Actor) -> None:
        shown = self._run("SELECT encounter_id FROM on_screen").fetchone()
        if shown is not None:
            self._close(shown[0], now, by, "another was chosen")

    def leave_encounter(self, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None:
        with self._database.write():
            self._run("DELETE FROM on_screen")
            self._close(encounter_id, now, by)

    def _close(self, encounter_id: str, now: Instant, by: Actor, detail: str = "") -> None:
        self._run("UPDATE encounter SET closed = ? WHERE id = ?", (now.utc.isoformat(), encounter_id))
        left = Entry(Act.LEFT, by, now, self._patient_of(encounter_id), encounter_id, detail=detail)
        audit.append(self._database, left)
        self.reports.closed(encounter_id, now)

    def _patient_of(self, encounter_id: str) -> str:
        row = self._run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
        return "" if row is None else str(row[0])

    def on_screen(self, boot_id: str) -> tuple[Patient, Encounter] | None:
        """Who was on screen when this process last ended, if the machine has not been started anew since."""
        row = self._run(
            f"SELECT {rows.PATIENT}, {rows.ENCOUNTER} FROM on_screen s JOIN encounter e ON e.id = s.encounter_id"
            " JOIN patient p ON p.id = e.patient_id WHERE s.boot_id = ?",
            (boot_id,),
        ).fetchone()
        return (
            None
            if row is None
            else (rows.patient(row[: rows.PATIENT_WIDTH]), rows.encounter(row[rows.PATIENT_WIDTH :]))
        )

    def recently_on_screen(self, now: Instant, within_seconds: float) -> list[tuple[str, float]]:
        """(resident's id, seconds ago), by the wall clock; whoever left at a time still to come left just now."""
        since = now.utc - dt.timedelta(seconds=within_seconds)
        found = self._run(
            "SELECT patient_id, max(closed) FROM encounter WHERE closed >= ? GROUP BY patient_id", (since.isoformat(),)
        )
        return [
            (patient_id, max(0.0, (now.utc - dt.datetime.fromisoformat(closed)).total_seconds()))
            for patient_id, closed in found
        ]

    # --- items

    def save(
        self,
        capture: Capture,
        encounter: Encounter | None,
        by: Actor | None = None,
        first: Callable[[], None] | None = None,
    ) -> Saved:
        """Durable when it returns: the item, and a promise to each destination, in one transaction; of an ECG its paper too.

        Without an encounter the item is nobody's and promised to no one; for one that was moved since it began, it is of the
        round that it became. Where a person brought it in, that is ``by``; what
        a device sent needs no trace but its row. ``first`` is done in the same transaction before something new is saved.
        Raises Fault(STORE_IO): nothing was saved.
        """
        blob: str | None
        match capture.payload:
            case Photo(jpeg=large) | Sound(pcm=large):
                blob = self._blobs.put(large)
            case _:
                blob = None
        text, samples, blob = rows.payload_columns(capture.payload, blob)
        beside = () if samples is None and blob is None else (samples, blob)
        name, sop_uid, series_uid = item_names()
        taken = capture.taken
        at = taken.utc.isoformat()
        with self._database.write():
            meant, encounter = encounter, rounds.standing(self._database, encounter) if encounter else None
            identity = capture.identity
            seen = self._seen(identity)
            again = 0
            # a recorder's file that is sent again after it was undone, or after nobody was on screen, is meant;
            # a device that repeats a reading by itself means nothing by it
            while seen and encounter and (seen.nobodys or (seen.undone and capture.kind not in VITAL_SIGNS)):
                again += 1
                identity = f"{capture.identity} for {encounter.id}" + (f" {again}" if again > 1 else "")
                seen = self._seen(identity)
            if seen is not None:
                return Saved(seen.item_id, new=False)
            if blob is not None and not self._blobs.has(blob):
                # it was there before, and was purged since it was looked for
                raise Fault(Reason.STORE_IO, "not saved: its file went", "try again")
            if first is not None:
                first()
            sequence = self._database.run(
                _INSERT_WITH_MORE if beside else _INSERT,
                (
                    name,
                    capture.kind.value,
                    identity,
                    encounter.patient_id if encounter else None,
                    encounter.id if encounter else None,
                    capture.device.id,
                    capture.device.model,
                    capture.device.label,
                    at,
                    taken.boot_id,
                    taken.monotonic_ns,
                    int(taken.clock_trusted),
                    text,
                    bytearray(capture.raw),
                    sop_uid,
                    series_uid,
                    *beside,
                ),
            ).lastrowid
            if capture.operator is not None:
                operators.put(self._database, capture.operator)
            if meant is not encounter and meant is not None:
                rounds.note_moved(self._database, sequence, None, meant.id, taken.utc)
            if encounter is not None and isinstance(capture.payload, Waveform):
                self.promise_new_ecg(capture.payload, taken.utc)
            else:
                self.promise(capture.kind if encounter else None, sequence, at)
            if by is not None and encounter is not None:
                brought = Entry(Act.IMPORTED, by, taken, encounter.patient_id, encounter.id, name, capture.kind.value)
                audit.append(self._database, brought)
        return Saved(name, new=True)

    def holders(self, identity: str) -> list[str]:
        """The ids of those residents who have the capture of this identity, not marked as entered in error."""
        found = self._run(
            # what was sent again carries "identity for encounter": a blank comes just before an exclamation mark
            "SELECT DISTINCT patient_id FROM item WHERE sequence IN (SELECT item FROM item_captured"
            " WHERE identity = ?1 UNION ALL SELECT item FROM item_captured WHERE identity > ?1 || ' ' AND identity < ?1 || '!')"
            " AND patient_id IS NOT NULL AND entered_in_error IS NULL",
            (identity,),
        )
        return [str(patient_id) for (patient_id,) in found]

    def _seen(self, identity: str) -> _Seen | None:
        row = self._database.run("SELECT item FROM item_captured WHERE identity = ?", (identity,)).fetchone()
        if row is None:
            return None
        row = self._database.run(
            "SELECT id, entered_in_error, patient_id FROM item WHERE sequence = ?",
            (rounds.stands_for(self._database, row[0]),),
        ).fetchone()
        return None if row is None else _Seen(str(row[0]), undone=row[1] is not None, nobodys=row[2] is None)

    def promise(self, kind: Kind | None, sequence: int, at: str) -> None:
        """For an item that was inserted in this transaction; None where it is nobody's.

        The drain finds what is new beyond its bookmark.
        """
        destinations = self._destinations.get(kind, ()) if kind else ()
        for destination in destinations:
            self._database.run(
                "INSERT INTO outbox (item, destination, state, changed_utc) VALUES (?, ?, 'kept', ?)",
                (sequence, destination, at),
            )
        if not destinations:
            self._run("UPDATE counter SET value = value + 1 WHERE name = 'unpromised'")

    def promise_new_ecg(self, ecg: Waveform, now: dt.datetime) -> None:
        """For the ECG that was just inserted in this transaction.

        Where it is one of 12 leads and somebody gets its paper, that is saved and promised too.
        """
        sequence = self._newest()
        self.promise(Kind.ECG, sequence, now.isoformat())
        self.promise_paper(ecg, sequence, now)

    def promise_paper(self, ecg: Waveform, sequence: int, now: dt.datetime) -> None:
        """Of the ECG of ``sequence``, in the caller's transaction."""
        if ecg.is_twelve_lead and self._destinations.get(Kind.ECG_PAPER):
            parts.put_paper(self._database.connection, sequence)
            self.promise(Kind.ECG_PAPER, self._newest(), now.isoformat())

    def _newest(self) -> int:
        (sequence,) = self._run("SELECT max(sequence) FROM item").fetchone()
        return int(sequence)

    def promise_what_is_missing(self, now: dt.datetime) -> int:
        return promises.promise_what_is_missing(self._database, self._destinations, now)

    def withdraw_what_is_left(self, now: Instant) -> int:
        """What was undone under a release that withdrew nothing. Returns how many items that were."""
        with self._database.write():
            return parts.undo_what_is_left(self._database.connection, now)

    def mark_entered_in_error(self, item_id: str, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None:
        """The item stays, marked; marking twice keeps the first. What FHIR has is amended, what a PACS may have is withdrawn.

        Raises Fault(NOT_ALLOWED) for what was not captured in that encounter, Fault(PURGED) for what is not here any more.
        """
        with self._database.write():
            row = self._run(
                "SELECT kind, entered_in_error, sequence, purged FROM item"
                " WHERE sequence = (SELECT item FROM item_named WHERE id = ?) AND encounter_id = ?",
                (item_id, encounter_id),
            ).fetchone()
            if row is None or Kind(row[0]) in NOT_CAPTURED:
                raise Fault(Reason.NOT_ALLOWED, "there is no such reading", "look at the list again")
            if row[1] is not None:
                return
            if row[3] is not None:
                raise Fault(Reason.PURGED, "its retention here is over", "have it corrected where it was received")
            self._run("UPDATE item SET entered_in_error = ? WHERE sequence = ?", (now.utc.isoformat(), row[2]))
            if Kind(row[0]) in AS_FHIR:
                self.amend(row[2], now)
            if Kind(row[0]) in IMAGING:
                parts.undo(self._database.connection, row[2], now)
            self.reports.touched(encounter_id, now)
            patient_id = self._patient_of(encounter_id)
            audit.append(self._database, Entry(Act.UNDONE, by, now, patient_id, encounter_id, item_id, row[0]))

    def amend(self, sequence: int, now: Instant) -> None:
        """The item goes out again, as it is now: FHIR has one resource, whatever becomes of it."""
        promises = self._run(
            "SELECT destination, state FROM outbox WHERE item = ? AND withdrawn IS NULL", (sequence,)
        ).fetchall()
        for destination, state in promises:
            self._run(
                "UPDATE outbox SET state = ?, frozen_sha256 = NULL, attempts = 0, next_attempt = 0, lease_until = 0,"
                " reason = NULL, what = '', changed_utc = ? WHERE item = ? AND destination = ?",
                (next_state(State(state), Event.AMENDED).value, now.utc.isoformat(), sequence, destination),
            )

    def quarantine(self, device: Device, raw: bytes, reason: Reason, what: str, now: Instant) -> None:
        """The same bytes of the same device are kept once: a meter tells its whole memory at every connection."""
        with self._database.write():
            self._run(
                "INSERT INTO quarantine (device_id, device_model, taken_utc, reason, what, raw) SELECT ?1,?2,?3,?4,?5,?6"
                " WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE device_id = ?1 AND reason = ?4"
                " AND substr(raw, 1, 64) = substr(?6, 1, 64) AND raw = ?6)",
                (device.id, device.model, now.utc.isoformat(), reason.value, what, raw),
            )

    def note_consultation(
        self, call_id: str, encounter_id: str, event: str, now: Instant, by: Actor = THE_CART, detail: str = ""
    ) -> None:
        """``event``: consent, or a state of a call (edge.acquire.call)."""
        with self._database.write():
            self._run(
                "INSERT INTO consultation (call_id, encounter_id, event, at_utc) VALUES (?,?,?,?)",
                (call_id, encounter_id, event, now.utc.isoformat()),
            )
            patient_id = self._patient_of(encounter_id)
            audit.append(
                self._database, Entry(Act(event), by.in_call(call_id), now, patient_id, encounter_id, detail=detail)
            )

    def note(self, act: Act, by: Actor, now: Instant, encounter: Encounter, detail: str = "") -> None:
        """What somebody did for the resident of ``encounter`` and that changes nothing here."""
        audit.note(self._database, Entry(act, by, now, encounter.patient_id, encounter.id, detail=detail))

    # --- reading

    def lines(self, encounter_id: str, limit: int = 50) -> list[Line]:
        return reading.lines(self._database, encounter_id, limit)

    def latest(self, patient_id: str, kinds: Iterable[Kind] = VITAL_SIGNS) -> list[Line]:
        return reading.latest(self._database, patient_id, kinds)

    def load(self, item_id: str) -> Item:
        return reading.load(self._database, self._blobs, item_id)

    def unassigned(self) -> int:
        """Those of which a person said that they stay nobody's are not among them."""
        return reading.counted(self._database, "nobodys") - reading.counted(self._database, "aside")

    def quarantined(self) -> int:
        """Those that somebody saw are not among them."""
        return reading.counted(self._database, "quarantined") - reading.counted(self._database, "looked")
