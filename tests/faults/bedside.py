"""Edge's side of a run that will be cut: what a nurse does, noted as it is acknowledged."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal

from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.item import InMemory, Payload, Withdrawal
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Reading
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.domain.quantity import Quantity, Unit
from edge.store.ledger import Places, open_for_edge
from tests.faults.cutting import Expected, Notes
from tests.items import PATIENT, drawn_jpeg

PROMISED: Mapping[Kind, Sequence[str]] = {Kind.BLOOD_PRESSURE: ("fhir", "copy"), Kind.PHOTO: ("pacs",)}
PURPOSE = "demonstration"
CUFF = Device("AA:BB:CC:DD:EE:01", "blood-pressure", "Tensiomètre")


def now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "boot", time.monotonic_ns(), clock_trusted=True)


def reading(chance: random.Random) -> Reading:
    systolic, diastolic = (Quantity(Decimal(chance.randint(*span)), Unit.MMHG) for span in ((90, 180), (40, 89)))
    return Reading(
        Kind.BLOOD_PRESSURE,
        (Component(Name.SYSTOLIC, systolic), Component(Name.DIASTOLIC, diastolic)),
        raw=chance.randbytes(19),
    )


def photo(chance: random.Random) -> Photo:
    """A JPEG that is like no other: a comment (T.81 B.2.4.5) of random length behind its start."""
    drawn = drawn_jpeg()
    comments = [chance.randbytes(chance.randint(1, 65_533)) for _ in range(chance.randint(1, 3))]
    segments = b"".join(b"\xff\xfe" + (len(one) + 2).to_bytes(2, "big") + one for one in comments)
    jpeg = drawn[:2] + segments + drawn[2:]
    return Photo(jpeg, 320, 240, Encoding.CAMERA_MJPEG, View.CLOSE_UP, sharpness=140.0, brightness=120.0)


class Bedside:
    """Edge's side of a run: what a nurse does, noted."""

    def __init__(self, places: Places, chance: random.Random, notes: Notes) -> None:
        self.store = open_for_edge(places, PROMISED, PURPOSE)
        self._chance, self._notes = chance, notes

    def receive(self) -> Encounter:
        self.store.journal.put_patient(PATIENT)
        _, self.encounter = self.store.journal.open_encounter(PATIENT.id, now(), "TC")
        return self.encounter

    def save(self, kind: Kind, payload: Payload, *, of_somebody: bool = True) -> str:
        began = time.monotonic_ns()
        capture = Capture(kind, payload, CUFF, now(), self._chance.randbytes(16).hex(), b"")
        saved = self.store.journal.save(capture, self.encounter if of_somebody else None)
        assert saved.new
        states = dict.fromkeys(PROMISED[kind], State.KEPT)
        self._notes.did(began, saved.item_id, Expected(payload, False, states) if of_somebody else Expected(None))
        return saved.item_id

    def save_reading(self, *, of_somebody: bool = True) -> str:
        return self.save(Kind.BLOOD_PRESSURE, reading(self._chance), of_somebody=of_somebody)

    def save_photo(self) -> str:
        return self.save(Kind.PHOTO, photo(self._chance))

    def undo(self, item_id: str) -> None:
        before = self._notes.model[item_id]
        began = time.monotonic_ns()
        self.store.journal.mark_entered_in_error(item_id, self.encounter.id, now())
        if isinstance(before.payload, Reading):
            # what is said of a reading goes out again
            after = Expected(before.payload, True, dict.fromkeys(before.states, State.KEPT))
        else:
            after = Expected(before.payload, True, dict.fromkeys(before.states, State.WITHDRAWN))
        self._notes.did(began, item_id, before if before.undone else after)
        for note in () if before.undone else self._withdrawals(item_id):
            item = self.store.journal.load(note)
            promised = self.store.run(
                "SELECT destination FROM outbox WHERE item = (SELECT item FROM item_named WHERE id = ?)", (note,)
            )
            states = dict.fromkeys([destination for (destination,) in promised], State.KEPT)
            self._notes.did(began, note, Expected(in_memory(item.payload), False, states))

    def _withdrawals(self, item_id: str) -> list[str]:
        """The notes that were saved with the undoing, of what may have left before."""
        found = self.store.run(
            "SELECT id FROM item WHERE kind = ? AND part_of = (SELECT item FROM item_named WHERE id = ?)",
            (Kind.WITHDRAWAL.value, item_id),
        )
        return [str(name) for (name,) in found]

    def undo_any(self) -> None:
        mine = [
            item_id for item_id, expected in self._notes.model.items() if isinstance(expected.payload, Reading | Photo)
        ]
        self.undo(self._chance.choice(mine))

    def done(self) -> None:
        self.store.database.close()


def in_memory(payload: Payload) -> Payload:
    """As it is where it does not matter out of which store it was read."""
    if not isinstance(payload, Withdrawal):
        return payload
    contents = tuple(InMemory(b"".join(one.pieces())) for one in payload.contents)
    return dataclasses.replace(payload, contents=contents)
