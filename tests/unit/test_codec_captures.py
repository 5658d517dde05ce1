"""Every BLE model against bytes that are not ours: golden, truncated at every place, corrupt."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.catalog import MODELS
from drivers.models.model import Link, Model
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Reading
from edge.domain.ports import NEED_DATA

CAPTURES = Path(__file__).parents[1] / "captures"
BLE = [model for model in MODELS if model.link is Link.BLE]


def captures(model: Model, kind: str) -> list[dict[str, Any]]:
    found = tomllib.loads((CAPTURES / f"{model.name}.toml").read_text())["capture"]
    return [capture for capture in found if capture["is"] == kind]


def cases(kind: str) -> Iterator[Any]:
    for model in BLE:
        for number, capture in enumerate(captures(model, kind)):
            yield pytest.param(model, capture, id=f"{model.name}-{kind}-{number}")


def shown(reading: Reading) -> dict[str, str]:
    return {str(one.name): f"{one.quantity.value} {one.quantity.unit}" for one in reading.components if one.quantity}


@pytest.mark.parametrize(("model", "capture"), cases("golden"))
def test_a_golden_capture_is_read_exactly(model: Model, capture: dict[str, Any]) -> None:
    data = bytes.fromhex(capture["bytes"])
    decoder = model.decoder()
    decoder.feed(data, capture["characteristic"])
    reading = decoder.next_reading()
    assert isinstance(reading, Reading)
    assert shown(reading) == capture["values"]
    assert [str(quality) for quality in reading.quality] == capture.get("quality", [])
    assert (reading.device_time and reading.device_time.isoformat()) == capture.get("device_time")
    assert reading.raw == data
    assert decoder.next_reading() is NEED_DATA


@pytest.mark.parametrize(("model", "capture"), cases("golden"))
def test_a_truncated_capture_is_refused_and_the_next_one_read(model: Model, capture: dict[str, Any]) -> None:
    data = bytes.fromhex(capture["bytes"])
    decoder = model.decoder()
    for length in range(len(data)):
        decoder.feed(data[:length], capture["characteristic"])
        with pytest.raises(Fault) as caught:
            decoder.next_reading()
        assert caught.value.reason is Reason.UNDECODABLE
    decoder.feed(data, capture["characteristic"])
    assert isinstance(decoder.next_reading(), Reading)


@pytest.mark.parametrize(("model", "capture"), cases("corrupt"))
def test_a_corrupt_capture_is_refused(model: Model, capture: dict[str, Any]) -> None:
    decoder = model.decoder()
    decoder.feed(bytes.fromhex(capture["bytes"]), capture["characteristic"])
    with pytest.raises(Fault) as caught:
        decoder.next_reading()
    assert caught.value.reason is Reason.UNDECODABLE
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("model", BLE, ids=lambda model: model.name)
def test_every_model_has_captures_of_both_kinds_and_of_every_characteristic(model: Model) -> None:
    golden = captures(model, "golden")
    assert {capture["characteristic"] for capture in golden} == set(model.subscribe)
    assert captures(model, "corrupt")
    assert all(capture["source"] for capture in golden + captures(model, "corrupt"))
