"""Whatever happens in whatever order: a reading is nobody's, or whose a person said; everywhere it counts once (H1).

The real store, recorder and desks, and the real outbox drained by hand into two far ends that keep all they are sent. The
judge keeps who was on screen at every second and what was said of every reading, and shares no rule with what it judges.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st

from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault
from edge.domain.item import Item, Withdrawal
from edge.domain.measurement import IMAGING, VITAL_SIGNS, Kind, Quality, Reading
from edge.domain.patient import Encounter
from edge.domain.photo import Photo
from edge.domain.ports import Arrived, Outcome
from edge.domain.whose import NOBODY
from edge.door import messages as m
from edge.door.assign_desk import AssignDesk
from edge.store.damage.mending import counted_anew
from edge.store.keeping import audit
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from edge.store.whose_book import StoredWhose
from tests import items
from tests.memory_folder import memory_folder
from tests.unit.test_door import Cart
from tests.unit.test_recorder import OXIMETER, patient, spo2

NURSE: Final = Actor(Who(KnownBy.ROLE, "ui"), Origin("edge", m.UI))
TO: Final = dict.fromkeys(IMAGING, ("pacs",)) | dict.fromkeys(VITAL_SIGNS, ("fhir",))
PHOTO: Final = items.photo().payload
TAKES: Final = 10
"""Seconds that a saturation may have been running: judged, not looked up."""

SPO2, PICTURE = "spo2", "photo"


@dataclasses.dataclass
class FarEnds:
    """What they hold: the last Observation of each name; every object, and which of them were withdrawn."""

    observations: dict[str, tuple[int, str, bool]] = dataclasses.field(default_factory=dict)
    objects: dict[str, tuple[int, str]] = dataclasses.field(default_factory=dict)
    withdrawn: set[str] = dataclasses.field(default_factory=set)

    def take(self, content: bytes) -> None:
        said = json.loads(content)
        match said["is"]:
            case "observation":
                self.observations[said["id"]] = (said["n"], said["patient"], said["error"])
            case "object":
                assert self.objects.setdefault(said["id"], (said["n"], said["patient"])) == (said["n"], said["patient"])
            case _:
                self.withdrawn |= set(said["objects"])

    def final(self) -> dict[int, list[str]]:
        """Whose each reading is there now."""
        found: dict[int, list[str]] = {}
        for number, whose, error in self.observations.values():
            if not error:
                found.setdefault(number, []).append(whose)
        for name, (number, whose) in self.objects.items():
            if name not in self.withdrawn:
                found.setdefault(number, []).append(whose)
        return found


def built(item: Item) -> bytes:
    match item.payload:
        case Reading(sequence=number):
            said = {"is": "observation", "id": item.id, "n": number, "error": item.entered_in_error}
        case Photo(width=number):
            said = {"is": "object", "id": item.sop_uid, "n": number}
        case Withdrawal(contents=contents):
            return json.dumps(
                {"is": "note", "objects": [json.loads(b"".join(one.pieces()))["id"] for one in contents]}
            ).encode()
        case other:
            raise TypeError(other)
    return json.dumps(said | {"patient": item.patient.id}).encode()


async def drain(box: StoredOutbox, ends: FarEnds, dies: int) -> None:
    """One turn; it dies after so many of its steps (5: it does not)."""
    for name in ("fhir", "pacs"):
        await box.give_back(name)
        for claim in await box.claim(name, State.KEPT, 100, 60):
            await box.freeze(name, claim.item_id, built(await box.load(name, claim.item_id)))
        if dies == 1:
            return
        claimed = [claim.item_id for claim in await box.claim(name, State.PENDING, 100, 60)]
        if dies == 2:
            return
        for item_id, frozen in (await box.frozen_all(name, claimed)).items():
            assert frozen is not None
            assert not isinstance(frozen, Fault)
            ends.take(frozen.content)
            if dies == 3:
                return
            await box.record(name, Outcome(item_id, Event.ACCEPTED), 0, 0)
        if dies == 4:
            return
        for claim in await box.claim(name, State.SENT, 100, 60):
            await box.record(name, Outcome(claim.item_id, Event.PROVEN), 0, 0)


class Judge:
    """One cart, and what the judge knows of it."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "store.db", folder / "blobs", folder / "key")
        self.folder = folder
        self.ends = FarEnds()
        self.seconds = 1000.0
        self.history: list[str | None] = []
        self.whose: dict[int, str] = {}  # by number: whose it was said to be; NOBODY
        self.undone: set[int] = set()
        self.measured: set[int] = set()  # by the oximeter, which may repeat it
        self.rounds: list[Encounter] = []
        self.of_round: dict[str, str] = {}
        self.became: dict[str, str] = {}  # the round on screen into which one went over
        self.unknown: list[str] = []
        self.came_along: dict[str, tuple[str, set[int]]] = {}  # by who was reconciled: to whom, and which went

    # --- the cart

    async def __aenter__(self) -> Judge:
        self.thread: StoreThread[EdgeStore] = StoreThread(lambda: open_for_edge(self.places, TO, "care"))
        await self.thread.__aenter__()
        self.sync = StoreThread(lambda: open_for_sync(self.places))
        await self.sync.__aenter__()
        self.box = StoredOutbox(self.sync)
        self.cart = Cart(StoredLedger(self.thread, "TC"), self.folder / "door.sock")
        self.cart.clock.seconds = self.seconds
        self.desk = AssignDesk(
            self.cart.recorder, StoredWhose(self.thread, "TC", "EHPAD"), self.cart.clock, self.cart.desk.handle
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.seconds = self.cart.clock.seconds
        await self.sync.__aexit__(None, None, None)
        await self.thread.__aexit__(None, None, None)

    async def restart(self) -> None:
        await self.__aexit__()
        await self.__aenter__()
        await self.cart.desk.restore()

    async def ask(self, command: m.AnyCommand) -> bool:
        try:
            await self.desk.handle(command, NURSE)
        except Fault:
            return False
        finally:
            self.look()
        return True

    def look(self) -> None:
        shown = self.cart.recorder.on_screen
        if shown is not None and shown.encounter.id not in self.of_round:
            self.rounds.append(shown.encounter)
            self.of_round[shown.encounter.id] = shown.patient.id

    def wait(self, seconds: int) -> None:
        shown = self.cart.recorder.on_screen
        self.history += [shown.patient.id if shown else None] * seconds
        self.cart.clock.seconds += seconds

    async def standing(self) -> dict[int, list[tuple[str, str, str]]]:
        """(item, patient, encounter) of what stands of each reading."""
        found = await self.thread.run(
            lambda s: s.run(
                "SELECT id, coalesce(patient_id, ''), coalesce(encounter_id, ''), coalesce(json_extract(payload, '$.sequence'),"
                " json_extract(payload, '$.width')) FROM item WHERE entered_in_error IS NULL AND kind IN ('spo2', 'photo')"
            ).fetchall()
        )
        stands: dict[int, list[tuple[str, str, str]]] = {}
        for name, whose, encounter, number in found:
            stands.setdefault(number, []).append((name, whose, encounter))
        return stands

    # --- what happens

    async def capture(self, what: str, *, stored: bool = False) -> None:
        number, shown = len(self.whose) + 1, self.cart.recorder.on_screen
        if what == PICTURE:
            assert isinstance(PHOTO, Photo)
            photo = dataclasses.replace(PHOTO, width=number)
            await self.cart.recorder.keep(
                Capture(Kind.PHOTO, photo, items.CAMERA, self.cart.clock.now(), f"still {number}")
            )
        else:
            self.measured.add(number)
            await self.cart.recorder.take(self.saturation(number, stored=stored))
        ((_, whose, _),) = (await self.standing())[number]
        self.whose[number] = whose
        if whose == NOBODY:
            return
        assert shown is not None
        assert whose == self.of_round[shown.encounter.id] == shown.patient.id
        assert not stored
        seconds = 0 if what == PICTURE else TAKES
        there = {one for one in self.history[max(0, len(self.history) - seconds) :] if one}
        assert there <= {whose}

    def saturation(self, number: int, *, stored: bool = False) -> Arrived:
        quality = (Quality.FROM_STORAGE,) if stored else ()
        reading = dataclasses.replace(spo2(97, quality), sequence=number)
        return Arrived(OXIMETER, reading, b"%d" % number)

    async def late(self, which: int) -> None:
        """A save that was tried again until the disk took it, for the round that it was bound to."""
        if not self.rounds:
            return
        encounter = self.rounds[which % len(self.rounds)]
        number = len(self.whose) + 1
        reading = dataclasses.replace(spo2(95), sequence=number)
        now = self.cart.clock.now()
        await self.cart.ledger.save(Capture(Kind.SPO2, reading, OXIMETER, now, f"late {number}"), encounter)
        self.whose[number] = self.of_round[encounter.id]
        for unknown, (_, numbers) in self.came_along.items():
            if encounter.patient_id == unknown and self.whose[number] == self.came_along[unknown][0]:
                numbers.add(number)

    def picked(self, which: int) -> int | None:
        return 1 + which % len(self.whose) if self.whose else None

    async def item_of(self, which: int) -> tuple[int, str] | None:
        number = self.picked(which)
        stands = (await self.standing()).get(number or 0)
        return (number, stands[0][0]) if number and stands else None

    def said(self, number: int, whose: str) -> None:
        self.whose[number] = whose
        for _, numbers in self.came_along.values():
            numbers.discard(number)

    def residents(self, which: int) -> str:
        everyone = ["P1", "P2", "P3", *self.unknown]
        return everyone[which % len(everyone)]

    async def happens(self, what: str, one: int, other: int) -> None:
        match what:
            case "show":
                await self.ask(m.SelectResident(patient_id=self.residents(other)))
            case "release":
                await self.ask(m.ReleaseResident())
            case "wait":
                self.wait(1 + one % 60)
            case "reading" | "memory" | "photo":
                await self.capture(PICTURE if what == "photo" else SPO2, stored=what == "memory")
            case "late":
                await self.late(one)
            case "again":
                number = self.picked(one)
                if number in self.measured and self.whose[number] != NOBODY:
                    await self.cart.recorder.take(self.saturation(number))
            case "restart":
                await self.restart()
            case "drain":
                await drain(self.box, self.ends, 1 + one % 5)
            case "unknown":
                await self.new_resident()
            case "reconcile" | "take_back" if self.unknown:
                await self.about_unknown(what, self.unknown[one % len(self.unknown)], self.residents(other))
            case "round" if self.rounds:
                await self.move_round(self.rounds[one % len(self.rounds)], self.residents(other))
            case "undo" | "assign" | "aside" | "move":
                await self.about_item(what, one, other)

    async def about_item(self, what: str, one: int, other: int) -> None:
        found = await self.item_of(one)
        if found is None:
            return
        number, item_id = found
        whose = self.residents(other)
        match what:
            case "undo":
                if await self.ask(m.MarkEnteredInError(item_id=item_id)):
                    self.undone.add(number)
            case "aside":
                await self.ask(m.LeaveAside(item_id=item_id))
            case "assign":
                was = self.whose[number]
                if await self.ask(m.AssignItem(item_id=item_id, patient_id=whose)):
                    assert was in {NOBODY, whose}
                    if was == NOBODY:
                        self.said(number, whose)
            case "move":
                to = NOBODY if one % 7 == 0 else whose
                if await self.ask(m.MoveItem(item_id=item_id, patient_id=to)) and self.whose[number] != to:
                    self.said(number, to)

    async def move_round(self, encounter: Encounter, whose: str) -> None:
        if self.of_round[encounter.id] != encounter.patient_id:
            return
        stands, shown = await self.standing(), self.cart.recorder.on_screen
        if await self.ask(m.MoveRound(encounter_id=encounter.id, patient_id=whose)) and whose != encounter.patient_id:
            for number, ((_, _, where), *_) in stands.items():
                if where == encounter.id:
                    self.said(number, whose)
            new = self.cart.recorder.on_screen
            for one, into in list(self.became.items()):
                if into == encounter.id:
                    self.became[one], self.of_round[one] = "", whose
            self.of_round[encounter.id] = whose
            into = shown and shown.encounter.id == encounter.id and new
            self.became[encounter.id] = new.encounter.id if into and new else ""

    async def new_resident(self) -> None:
        before = {one.id for one in await self.cart.ledger.patients()}
        if len(self.unknown) < 2 and await self.ask(m.NewResident(sex="F", room="214", about_years=80)):
            (new,) = {one.id for one in await self.cart.ledger.patients()} - before
            self.unknown.append(new)

    async def about_unknown(self, what: str, unknown: str, became: str) -> None:
        if what == "reconcile":
            if await self.ask(m.Reconcile(patient_id=unknown, became=became)):
                went = {number for number, whose in self.whose.items() if whose == unknown} - self.undone
                for number in went:
                    self.said(number, became)
                self.came_along[unknown] = (became, went)
                self.of_round |= {one: became for one, whose in self.of_round.items() if whose == unknown}
        elif await self.ask(m.TakeBack(patient_id=unknown)):
            became, went = self.came_along.pop(unknown)
            for number in went - self.undone:
                self.said(number, unknown)
            for encounter in self.rounds:
                if encounter.patient_id == unknown and self.of_round[encounter.id] == became:
                    self.of_round[encounter.id] = unknown

    # --- the judgement

    async def judge(self) -> None:
        stands = await self.standing()
        for number, whose in self.whose.items():
            found = [patient_id for _, patient_id, _ in stands.get(number, [])]
            assert found == ([] if number in self.undone else [whose]), number

    async def final(self) -> None:
        await self.judge()
        for _ in range(4):
            await drain(self.box, self.ends, 5)
        there = self.ends.final()
        for number, whose in self.whose.items():
            assert there.get(number, []) == ([] if number in self.undone or whose == NOBODY else [whose]), number
        told = await self.thread.run(
            lambda s: (
                dict(s.run("SELECT name, value FROM counter WHERE name <> 'filed'").fetchall()),
                counted_anew(s.database.connection),
                audit.check(s.database),
                s.run("SELECT count(*) FROM outbox WHERE state <> 'received'").fetchone(),
            )
        )
        assert told[0] == told[1]
        assert told[2:] == ([], (0,))


HAPPENS: Final = (
    *("show", "show", "release", "wait", "wait", "reading", "reading", "memory", "photo", "late", "again", "restart"),
    *(
        "drain",
        "drain",
        "unknown",
        "reconcile",
        "take_back",
        "round",
        "undo",
        "assign",
        "assign",
        "aside",
        "move",
        "move",
    ),
)
NUMBERS: Final = st.integers(0, 59)


async def _played(events: list[tuple[str, int, int]]) -> None:
    with memory_folder() as folder:
        judge = Judge(Path(folder))
        async with judge:
            for number in (1, 2, 3):
                await judge.cart.ledger.put_patient(patient(number))
            for what, one, other in events:
                await judge.happens(what, one, other)
                await judge.judge()
            await judge.final()


@pytest.mark.hazard("H1", without="tests.controls_whose:what_is_still_to_come_stays")
@pytest.mark.hazard("H1", without="tests.controls_whose:the_far_end_is_not_told")
@pytest.mark.hazard("H1", without="tests.controls_whose:what_is_moved_stays_as_well")
@pytest.mark.hazard("H1", without="tests.controls_withdrawal:nobody_is_told")
@given(events=st.lists(st.tuples(st.sampled_from(HAPPENS), NUMBERS, NUMBERS), min_size=10, max_size=40))
@example(events=[("show", 0, 0), ("photo", 0, 0), ("drain", 4, 0), ("move", 1, 1)])
@example(
    events=[
        ("unknown", 0, 0),
        ("show", 0, 0),
        ("late", 0, 0),
        ("round", 0, 0),
        ("move", 1, 3),
        ("reconcile", 0, 0),
        ("drain", 4, 0),
        ("take_back", 0, 0),
    ]
)
@example(
    events=[
        ("unknown", 0, 0),
        ("photo", 0, 0),
        ("drain", 2, 0),
        ("reconcile", 0, 1),
        ("late", 0, 0),
        ("take_back", 0, 0),
    ]
)
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
def test_no_order_of_events_gives_a_reading_to_anybody_but_whom_a_person_said(
    events: list[tuple[str, int, int]],
) -> None:
    asyncio.run(_played(events))
