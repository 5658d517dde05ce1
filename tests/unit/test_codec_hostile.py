"""Whatever bytes a Bluetooth device sends: whole readings or the typed fault, in bounded memory (T5)."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st

from drivers.catalog import BLE
from drivers.models.model import BleModel
from edge.domain.dialogue import Finished, Known, Say, Tell
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind, Quality, Reading
from tests.capture_files import captures, decoded

SOURCES = sorted({source for model in BLE for source in (*model.subscribe, *model.control)} | {"2a19", "", "zzzz"})
KINDS = {
    "blood-pressure": {Kind.BLOOD_PRESSURE},
    "beurer-bm85": {Kind.BLOOD_PRESSURE},
    "pulse-oximeter": {Kind.SPO2},
    "thermometer": {Kind.TEMPERATURE},
    "heart-rate": {Kind.HEART_RATE},
    "weight-scale": {Kind.WEIGHT},
    "body-composition": {Kind.BODY_COMPOSITION, Kind.WEIGHT},
    "glucose": {Kind.GLUCOSE},
}

models = pytest.mark.parametrize("model", BLE, ids=lambda model: model.name)


@pytest.mark.hazard("T5", without="tests.controls_vitals:a_value_never_ends")
@models
@settings(deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_whole_reading_or_a_typed_fault(model: BleModel, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(sorted(model.subscribe)))
    frame = data.draw(st.binary(max_size=40))
    for found in decoded(model.decoder(), frame, source):
        if isinstance(found, Fault):
            assert found.reason in {Reason.UNDECODABLE, Reason.CHECKSUM}
            continue
        assert isinstance(found, Reading)
        assert found.kind in KINDS[model.name]
        assert found.raw == frame
        assert len(frame) > len(found.components)
        assert all((one.quantity is None) <= bool(one.quality) for one in found.components)


@models
@given(frames=st.lists(st.tuples(st.sampled_from(SOURCES), st.binary(max_size=24)), max_size=20))
def test_any_row_of_values_leaves_nothing_behind(model: BleModel, frames: list[tuple[str, bytes]]) -> None:
    decoder = model.decoder()
    sent = b""
    for source, frame in frames:
        decoder.feed(frame, source)
        sent += frame
    given_back = [one for one in decoded(decoder, b"") if isinstance(one, Reading)]
    assert sum(len(one.raw) for one in given_back) <= len(sent)
    assert not [one for one in decoded(decoder, b"") if isinstance(one, Reading)]


@models
def test_a_device_that_never_stops_costs_no_memory(model: BleModel) -> None:
    decoder = model.decoder()
    frames = [(one.data, one.characteristic) for one in captures(model)]

    def round_of_frames() -> None:
        for frame, source in frames:
            decoder.feed(frame, source)
            while True:
                try:
                    if not isinstance(decoder.next_frame(), Reading):
                        break
                except Fault:
                    continue

    round_of_frames()
    tracemalloc.start()
    try:
        for _ in range(20):
            round_of_frames()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(200):
            round_of_frames()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


@models
@settings(deadline=None)
@given(
    known=st.builds(
        Known,
        last_sequence=st.one_of(st.none(), st.integers(0, 0xFFFF)),
        user=st.one_of(st.none(), st.tuples(st.integers(0, 255), st.integers(0, 9999))),
    ),
    frames=st.lists(st.tuples(st.sampled_from(SOURCES), st.binary(max_size=24), st.floats(0, 30)), max_size=40),
)
def test_no_dialogue_raises_or_talks_to_what_is_no_control_point(
    model: BleModel, known: Known, frames: list[tuple[str, bytes, float]]
) -> None:
    dialogue = model.dialogue()
    steps = list(dialogue.opened(known))
    now = 0.0
    for source, frame, pause in frames:
        now += pause
        steps += [*dialogue.heard(frame, source), *dialogue.waited(now)]
        steps += dialogue.refused(Fault(Reason.UNDECODABLE, "nonsense"))
        steps += dialogue.kept(Reading(Kind.GLUCOSE, (), frame, quality=(Quality.NAN,)))
        steps += dialogue.unsent(Say(frame, source), None)
    assert all(isinstance(one, Finished | Tell | Say) for one in steps)
    assert {one.target for one in steps if isinstance(one, Say)} <= set(model.control)
    assert all("\n" not in one.what for one in steps if isinstance(one, Tell))
