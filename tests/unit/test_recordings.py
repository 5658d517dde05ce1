"""A running signal that is recorded: durable stretch by stretch, one item at the end, whatever happens in between."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Kind
from edge.domain.patient import Encounter
from edge.domain.waveform import Scale, Waveform
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.sending import outbox
from tests.unit.test_store import JEANNE, now

STRIP = Device("/dev/ttyACM0", "healthypi", "HealthyPi")
HEADER = Waveform(("I",), Decimal(125), (Scale(Decimal("0.5")),), b"")


def opened(folder: Path) -> EdgeStore:
    places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
    return open_for_edge(places, {Kind.ECG: ("pacs",)}, "care")


@pytest.fixture
def store(tmp_path: Path) -> EdgeStore:
    made = opened(tmp_path)
    made.journal.put_patient(JEANNE)
    return made


@pytest.fixture
def encounter(store: EdgeStore) -> Encounter:
    return store.journal.open_encounter(JEANNE.id, now(), "TC")[1]


def second(value: int) -> bytes:
    return value.to_bytes(2, "little") * 125


def test_a_finished_recording_is_one_item_with_all_its_samples(store: EdgeStore, encounter: Encounter) -> None:
    number = store.recordings.begin(HEADER, STRIP, encounter, now())
    for place in range(5):
        store.recordings.append(number, place, second(place))
    saved = store.recordings.finish(number, now().utc)
    assert saved is not None
    item = store.journal.load(saved.item_id)
    assert isinstance(item.payload, Waveform)
    assert item.payload.samples == b"".join(map(second, range(5)))
    assert (item.device, item.encounter, item.patient.id) == (STRIP, encounter, JEANNE.id)
    assert [dict(one.states) for one in outbox.items(store)] == [{"pacs": State.KEPT}]
    assert [line.item_id for line in store.journal.lines(encounter.id)] == [saved.item_id]
    again = store.recordings.finish(number, now().utc)
    assert again is not None
    assert (again.item_id, again.new) == (saved.item_id, False)


def test_a_stretch_that_is_written_twice_is_there_once(store: EdgeStore, encounter: Encounter) -> None:
    number = store.recordings.begin(HEADER, STRIP, encounter, now())
    for place in (0, 0, 1, 1):
        store.recordings.append(number, place, second(place))
    saved = store.recordings.finish(number, now().utc)
    assert saved is not None
    content = store.journal.load(saved.item_id).payload
    assert isinstance(content, Waveform)
    assert content.samples == second(0) + second(1)


def test_it_is_bound_to_whom_it_was_begun_for(store: EdgeStore, encounter: Encounter) -> None:
    number = store.recordings.begin(HEADER, STRIP, encounter, now())
    store.recordings.append(number, 0, second(0))
    store.journal.leave_encounter(encounter.id, now())
    saved = store.recordings.finish(number, now().utc)
    assert saved is not None
    assert store.journal.load(saved.item_id).encounter.id == encounter.id


def test_what_a_process_that_died_had_recorded_is_kept(tmp_path: Path, store: EdgeStore, encounter: Encounter) -> None:
    numbers = [store.recordings.begin(HEADER, STRIP, encounter, now()) for _ in range(2)]
    store.recordings.append(numbers[0], 0, second(7))
    store.database.close()
    again = opened(tmp_path)
    [saved] = again.recordings.finish_all(now().utc)
    content = again.journal.load(saved.item_id).payload
    assert isinstance(content, Waveform)
    assert content.samples == second(7)
    assert again.recordings.finish_all(now().utc) == []
    with pytest.raises(Fault) as caught:
        again.recordings.append(numbers[1], 0, second(1))
    assert caught.value.reason is Reason.NOT_ALLOWED


def test_one_in_which_nothing_came_is_no_item(store: EdgeStore, encounter: Encounter) -> None:
    number = store.recordings.begin(HEADER, STRIP, encounter, now())
    assert store.recordings.finish(number, now().utc) is None
    assert outbox.items(store) == []
