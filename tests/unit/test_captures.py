"""Every model against bytes that are not ours: golden, truncated at every place, corrupt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from drivers.catalog import BLE, SERIAL
from drivers.models.model import BleModel, SerialModel
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Reading
from tests.capture_files import FOLDER, KINDS, SOURCES, Capture, captures, decoded, told

Model = BleModel | SerialModel
MODELS: tuple[Model, ...] = (*BLE, *SERIAL)

OPEN_ENDED = {"2a37"}
"""Their values end where they end: RR intervals fill what is left (HRS 1.0, 3.1.1)."""


def cases(*kinds: str) -> Iterator[Any]:
    for model in MODELS:
        for number, capture in enumerate(captures(model)):
            if capture.kind in kinds:
                yield pytest.param(model, capture, id=f"{model.name}-{capture.kind}-{number}")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_has_captures_of_every_kind(model: Model) -> None:
    found = captures(model)
    assert {capture.kind for capture in found} == set(KINDS)
    assert all(capture.source in SOURCES and capture.origin for capture in found)
    if isinstance(model, BleModel):
        golden = {capture.characteristic for capture in found if capture.kind == "golden"}
        assert golden == set(model.subscribe)


def test_every_file_of_captures_is_of_a_model() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {model.name for model in MODELS}


@pytest.mark.parametrize(("model", "capture"), cases("golden"))
@pytest.mark.parametrize("chunk", [None, 1, 7])
def test_a_golden_capture_is_read_exactly(model: Model, capture: Capture, chunk: int | None) -> None:
    if isinstance(model, BleModel):
        chunk = None  # a GATT value is whole or it is none
    found = decoded(model.decoder(), capture.data, capture.characteristic, chunk)
    assert not [str(one) for one in found if isinstance(one, Fault)]
    assert told(found) == list(capture.gives)
    times = {one.device_time and one.device_time.isoformat() for one in found if isinstance(one, Reading)}
    assert times <= {capture.device_time}


@pytest.mark.parametrize(("model", "capture"), cases("truncated", "corrupt"))
def test_a_damaged_capture_gives_only_what_is_whole(model: Model, capture: Capture) -> None:
    found = decoded(model.decoder(), capture.data, capture.characteristic)
    assert told(found) == list(capture.gives)
    faults = [one for one in found if isinstance(one, Fault)]
    if capture.kind == "corrupt" or isinstance(model, BleModel):
        assert faults
    assert all(one.reason in {Reason.UNDECODABLE, Reason.CHECKSUM} and "\n" not in str(one) for one in faults)


@pytest.mark.parametrize(("model", "capture"), cases("golden"))
def test_cut_anywhere_it_gives_nothing_that_is_not_in_the_whole(model: Model, capture: Capture) -> None:
    whole = list(capture.gives)
    for length in range(len(capture.data)):
        found = decoded(model.decoder(), capture.data[:length], capture.characteristic)
        cut = told(found)
        assert cut == whole[: len(cut)]
        if isinstance(model, BleModel) and capture.characteristic not in OPEN_ENDED:
            assert not cut


@pytest.mark.parametrize(("model", "capture"), cases("golden"))
def test_after_a_damaged_frame_the_next_whole_one_is_read(model: Model, capture: Capture) -> None:
    decoder = model.decoder()
    if isinstance(model, BleModel):
        decoder.feed(capture.data[:-1], capture.characteristic)
    else:
        decoder.feed(b"\x07\x00\xff" * 5)
    again = decoded(decoder, capture.data * 3, capture.characteristic) if isinstance(model, SerialModel) else []
    if isinstance(model, BleModel):
        again = decoded(decoder, capture.data, capture.characteristic)
    assert set(capture.gives) <= set(told(again))
