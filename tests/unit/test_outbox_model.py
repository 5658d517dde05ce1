"""The outbox, whatever is done to it: bookmark, counters and indexes never say anything but what stands in its rows.

Edge, an import and two drains act in any order, under a clock that jumps; after each act all that is answered by a short cut
is compared with what reading every row says.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import types
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.delivery import ADVANCE, Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant, Kind
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Claim, Outcome
from edge.domain.retention import Retention
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox, release
from edge.store.sending.outbox import LONGEST_WAIT, OPEN, Opened, StoredOutbox
from edge.store.thread import StoreThread
from tests.memory_folder import memory_folder
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

NAMES: Final = ("fhir", "copy", "pacs", "archive")
SETTINGS: Final[Sequence[Mapping[Kind, Sequence[str]]]] = (
    {Kind.BLOOD_PRESSURE: ("fhir",), Kind.PHOTO: ("pacs",)},
    {Kind.BLOOD_PRESSURE: ("fhir", "copy"), Kind.PHOTO: ("pacs", "archive")},
    {Kind.BLOOD_PRESSURE: ("copy",)},
    {Kind.PHOTO: ("archive",)},
)
LEASE: Final = 1800.0
EVENTS: Final = (
    *(Event.ACCEPTED, Event.PROVEN, Event.NOT_HELD, Event.TRY_LATER, Event.REFUSED),
    *(Event.PLAINER, Event.NOT_TAKEN),
)
DONE: Final = frozenset({State.RECEIVED, State.WITHDRAWN})

names = st.sampled_from(NAMES)
which = st.integers(0, 63)
Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    item: int
    name: str
    destination: str
    state: State
    next_attempt: float
    lease_until: float | None
    frozen: str | None = None
    kind: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.name, self.destination

    def is_lent(self, now: float) -> bool:
        return self.lease_until is not None and now < self.lease_until <= now + LONGEST_WAIT

    def is_due(self, now: float) -> bool:
        return not self.is_lent(now) and not now < self.next_attempt <= now + LONGEST_WAIT

    def in_turn(self, now: float) -> tuple[bool, bool, float, int]:
        """What failed before goes before what is new, and last of it what another clock has put off."""
        return self.lease_until is None, self.next_attempt > now, self.next_attempt, self.item

    def due_in(self, now: float) -> float:
        if self.is_lent(now):
            assert self.lease_until is not None
            return self.lease_until - now
        return 0.0 if self.is_due(now) else self.next_attempt - now


class Cart(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.exits = contextlib.ExitStack()
        folder = Path(self.exits.enter_context(memory_folder()))
        self.loop = asyncio.new_event_loop()
        self.exits.callback(self.loop.close)
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.time = now().utc.timestamp()
        self.saved = 0
        self.proven = False
        self.offered: set[tuple[str, str]] = set()
        """Item and destination of what a sender had in hand as it is frozen now."""
        self.told: set[tuple[str, str]] = set()
        """Destination and SHA-256 of what has to be withdrawn there."""
        patch = self.exits.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(outbox, "time", types.SimpleNamespace(time=lambda: self.time))
        self.edge = self.opened(SETTINGS[1])
        self.edge.journal.put_patient(JEANNE)
        self.encounter = self.edge.journal.open_encounter(JEANNE.id, now(), "TC")[1]
        self.drains = [self.joined(), self.joined()]

    def opened(self, destinations: Mapping[Kind, Sequence[str]]) -> EdgeStore:
        store = open_for_edge(self.places, destinations, "care", Retention(10, 10, 10, 10))
        self.exits.callback(store.database.close)
        return store

    def joined(self) -> StoredOutbox:
        thread: StoreThread[Opened] = StoreThread(lambda: open_for_sync(self.places))
        self.do(thread.__aenter__())
        self.exits.callback(lambda: self.do(thread.__aexit__(None, None, None)))
        return StoredOutbox(thread)

    def do(self, work: Awaitable[Result]) -> Result:
        async def done() -> Result:
            return await work

        return self.loop.run_until_complete(done())

    def teardown(self) -> None:
        with self.exits:
            self.all_that_is_open_can_be_claimed()

    # --- what stands there

    def rows(self) -> list[Row]:
        found = self.edge.run(
            "SELECT o.item, i.id, o.destination, iif(withdrawn IS NULL, o.state, 'withdrawn'), o.next_attempt, o.lease_until,"
            " o.frozen_sha256, i.kind FROM outbox o, item i WHERE i.sequence = o.item ORDER BY o.item"
        )
        return [Row(item, name, to, State(state), *more) for item, name, to, state, *more in found]

    def one_of(self, rows: Sequence[Row], number: int) -> Row | None:
        return rows[number % len(rows)] if rows else None

    # --- what is done

    @rule(kind=st.sampled_from([Kind.BLOOD_PRESSURE, Kind.PHOTO]), somebodys=st.booleans(), again=st.booleans())
    def save(self, kind: Kind, *, somebodys: bool, again: bool) -> None:
        self.saved += not (again and self.saved)
        one = _capture(kind, self.saved)
        stands = self.edge.run(
            "SELECT id FROM item WHERE identity = ? AND patient_id IS NOT NULL AND entered_in_error IS NULL",
            (one.identity,),
        ).fetchone()
        saved = self.edge.journal.save(one, self.encounter if somebodys else None)
        if stands is not None:
            assert (saved.item_id, saved.new) == (stands[0], False)

    @rule(count=st.integers(14, 18))
    def save_many(self, count: int) -> None:
        """A batch of what is filed has 16."""
        for _ in range(count):
            self.save(Kind.BLOOD_PRESSURE, somebodys=True, again=False)

    @rule(number=st.integers(0, len(SETTINGS) - 1), instead=st.booleans())
    def open_with_other_settings(self, number: int, *, instead: bool) -> None:
        """Edge after its settings changed; or, not ``instead`` of it, a command of which it hears nothing."""
        other = self.opened(SETTINGS[number])
        if instead:
            self.edge = other

    @rule(drain=st.booleans(), to=names, state=st.sampled_from(OPEN), limit=st.integers(1, 20))
    def claim(self, to: str, state: State, limit: int, *, drain: bool) -> None:
        due = [row for row in self.rows() if (row.destination, row.state) == (to, state) and row.is_due(self.time)]
        due.sort(key=lambda row: row.in_turn(self.time))
        found = self.do(self.drains[drain].claim(to, state, limit, LEASE))
        assert [claim.item_id for claim in found] == [row.name for row in due[:limit]]
        if state is State.PENDING:
            self.offered |= {(claim.item_id, to) for claim in found}

    @rule(drain=st.booleans(), to=names)
    def give_back(self, to: str, *, drain: bool) -> None:
        self.do(self.drains[drain].give_back(to))

    @rule(drain=st.booleans(), number=which)
    def freeze(self, number: int, *, drain: bool) -> None:
        row = self.one_of([row for row in self.rows() if row.state is State.KEPT], number)
        if row is not None:
            self.frozen_as(row, self.drains[drain], f"{number} {row}".encode())

    def frozen_as(self, row: Row, drain: StoredOutbox, content: bytes) -> None:
        if row.frozen is None:
            self.offered.discard(row.place)
        self.do(drain.freeze(row.destination, row.name, content))

    @rule(drain=st.booleans(), number=which, event=st.sampled_from(EVENTS), wait=st.sampled_from([0.0, 1.0, 300.0]))
    def record(self, number: int, event: Event, wait: float, *, drain: bool) -> None:
        row = self.one_of(self.rows(), number)
        if row is not None:
            if row.state is State.PENDING:
                self.offered.add(row.place)
            self.proven |= (row.state, event) == (State.SENT, Event.PROVEN)
            reason = Reason.DESTINATION_BUSY if event in {Event.TRY_LATER, Event.REFUSED} else None
            self.do(self.drains[drain].record(row.destination, Outcome(row.name, event, reason, "said"), 1, wait))

    @rule(number=which)
    def bring(self, number: int) -> None:
        """All the way."""
        row = self.one_of([row for row in self.rows() if row.state is State.KEPT and row.lease_until != 0], number)
        if row is not None:
            self.frozen_as(row, self.drains[0], repr(row).encode())
            self.offered.add(row.place)
            for event in (Event.ACCEPTED, Event.PROVEN):
                self.do(self.drains[0].record(row.destination, Outcome(row.name, event), 0, 0))
            self.proven = True

    @rule(number=which)
    def undo(self, number: int) -> None:
        row = self.one_of(self.rows(), number)
        if row is not None:
            before = self.rows()
            with contextlib.suppress(Fault):  # it was purged
                self.edge.journal.mark_entered_in_error(row.name, self.encounter.id, now())
                self.what_may_have_left_is_told(row.name, before)

    def what_may_have_left_is_told(self, name: str, before: Sequence[Row]) -> None:
        mine = [row for row in before if row.name == name and row.kind == "photo" and row.state is not State.WITHDRAWN]
        self.told |= {(row.destination, row.frozen) for row in mine if row.frozen and row.place in self.offered}

    @rule(number=which, refused=st.booleans())
    def correct(self, number: int, *, refused: bool) -> None:
        before = self.rows()
        row = self.one_of([row for row in before if row.state is State.NEEDS_PERSON or not refused], number)
        if row is not None:
            with contextlib.suppress(Fault):  # it was purged or undone
                release.correct(self.edge.database, row.name, lambda _kind, content: content, now(), THE_CART)
                self.what_may_have_left_is_told(row.name, before)

    @rule(number=which)
    def let_go(self, number: int) -> None:
        row = self.one_of([row for row in self.rows() if row.state is State.NEEDS_PERSON], number)
        if row is not None:
            release.release(self.edge.database, row.name, row.destination, now(), THE_CART)

    @rule(days=st.sampled_from([1, 11]))
    def purge(self, days: int) -> None:
        open_before = [row for row in self.rows() if row.state not in DONE]
        self.edge.purge.run(_later(days))
        whole = {name for (name,) in self.edge.run("SELECT id FROM item WHERE purged IS NULL")}
        assert {row.name for row in open_before} <= whole

    @rule(seconds=st.sampled_from([0.5, 299.0, 1801.0, 3601.0, 365 * 86400.0]), back=st.booleans())
    def jump(self, seconds: float, *, back: bool) -> None:
        self.time += -seconds if back else seconds

    @rule(raw=st.binary(max_size=1))
    def quarantine(self, raw: bytes) -> None:
        self.edge.journal.quarantine(CUFF, raw, Reason.CHECKSUM, "no", now())

    # --- what is said of it

    @invariant()
    def the_standing_is_that_of_the_rows(self) -> None:
        rows = self.rows()
        states: dict[int, list[State]] = {}
        for row in rows:
            states.setdefault(row.item, []).append(row.state)
        least = [min(found, key=ADVANCE.index) for found in states.values()]
        said = outbox.standing(self.edge)
        assert said.counts == {state: least.count(state) for state in State}
        waiting = [row.item for row in rows if row.state not in DONE]
        first = self.edge.run("SELECT taken_utc FROM item WHERE sequence = ?", (min(waiting, default=0),)).fetchone()
        assert said.oldest_utc == (first[0] if first else None)
        assert (said.last_received_utc is not None) == self.proven

    @invariant()
    def the_counters_count(self) -> None:
        (nobodys,) = self.edge.run("SELECT count(*) FROM item WHERE patient_id IS NULL").fetchone()
        (quarantined,) = self.edge.run("SELECT count(*) FROM quarantine").fetchone()
        assert (self.edge.journal.unassigned(), self.edge.journal.quarantined()) == (nobodys, quarantined)
        (unpromised,) = self.edge.run(
            "SELECT count(*) FROM item WHERE sequence NOT IN (SELECT item FROM outbox)"
        ).fetchone()
        assert self.edge.run("SELECT value FROM counter WHERE name = 'unpromised'").fetchone() == (unpromised,)

    @invariant()
    def the_next_due_is_the_next_that_can_be_claimed(self) -> None:
        rows = [row for row in self.rows() if row.state in OPEN]
        for name in NAMES:
            soonest = min((row.due_in(self.time) for row in rows if row.destination == name), default=None)
            assert self.do(self.drains[0].next_due(name)) == (None if soonest is None else pytest.approx(soonest)), name

    @invariant()
    def the_screen_shows_what_is_there(self) -> None:
        shown = self.edge.run(
            "SELECT id FROM item WHERE encounter_id = ? AND purged IS NULL AND part_of IS NULL ORDER BY sequence DESC LIMIT 50",
            (self.encounter.id,),
        )
        assert [line.item_id for line in self.edge.journal.lines(self.encounter.id)] == [name for (name,) in shown]
        newest = self.edge.run(
            "SELECT max(sequence), id FROM item WHERE kind = 'blood_pressure' AND patient_id IS NOT NULL"
            " AND purged IS NULL AND entered_in_error IS NULL"
        ).fetchone()
        assert [line.item_id for line in self.edge.journal.latest(JEANNE.id)] == [newest[1]] * (newest[0] is not None)

    @invariant()
    def what_was_undone_goes_nowhere_and_is_withdrawn_where_it_may_be(self) -> None:
        undone = {name for (name,) in self.edge.run("SELECT id FROM item WHERE entered_in_error IS NOT NULL")}
        for row in self.rows():
            if row.name in undone and row.kind == "photo":
                assert row.state is State.WITHDRAWN, row
                assert self.do(self.drains[0].frozen(row.destination, row.name)) is None
        notes = [json.loads(text) for (text,) in self.edge.run("SELECT payload FROM item WHERE kind = 'withdrawal'")]
        told = {(note["destination"], sha256) for note in notes if note for sha256 in note["objects"]}
        assert told <= self.told
        if all(notes):  # none was purged
            assert told == self.told

    def all_that_is_open_can_be_claimed(self) -> None:
        """No promise is out of everybody's sight."""
        for name in NAMES:
            self.do(self.drains[0].give_back(name))
        self.time += LONGEST_WAIT
        claimed: dict[tuple[str, State], Sequence[Claim]] = {
            (name, state): self.do(self.drains[0].claim(name, state, 10_000, LEASE)) for name in NAMES for state in OPEN
        }
        found = {(claim.item_id, name, state) for (name, state), claims in claimed.items() for claim in claims}
        assert found == {(row.name, row.destination, row.state) for row in self.rows() if row.state in OPEN}


def _capture(kind: Kind, number: int) -> Capture:
    if kind is Kind.PHOTO:
        photo = Photo(b"\xff\xd8 a wound \xff\xd9", 4, 3, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)
        return Capture(kind, photo, CUFF, now(), f"photo {number}")
    return dataclasses.replace(capture(reading()), identity=f"reading {number}")


def _later(days: float) -> Instant:
    begin = now()
    return dataclasses.replace(begin, utc=begin.utc + dt.timedelta(days=days))


@pytest.mark.hazard("H10", without="tests.controls_store:the_bookmark_runs_ahead")
@pytest.mark.hazard("H10", without="tests.controls_store:counters_are_not_moved")
def test_no_promise_is_lost_from_sight_and_no_counter_drifts() -> None:
    run_state_machine_as_test(
        Cart,
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            derandomize=True,
            # with Phase.shrink a failure is shorter to read and takes minutes to find
            phases=(Phase.generate,),
        ),
    )
