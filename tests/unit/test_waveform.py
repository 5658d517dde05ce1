"""Waveforms: int16 little-endian, one sample of each lead and then the next instant."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from edge.domain.waveform import Scale, Waveform
from edge.door import snapshot
from tests import items


def waveform(samples: bytes, leads: tuple[str, ...] = ("I", "II")) -> Waveform:
    return Waveform(leads, Decimal(500), (Scale(Decimal("2.5")),) * len(leads), samples)


def test_leads_are_taken_apart_with_their_signs() -> None:
    recorded = waveform(struct.pack("<6h", 1, -1, 2, -2, 32767, -32768))
    assert list(recorded.lead("I")) == [1, 2, 32767]
    assert list(recorded.lead("II")) == [-1, -2, -32768]
    assert recorded.count == 3


def test_each_lead_has_its_scale() -> None:
    first, second = Scale(Decimal("2.5")), Scale(Decimal("0.1"), Decimal(-40))
    recorded = Waveform(("I", "II"), Decimal(500), (first, second), bytes(4))
    assert (recorded.scale("I"), recorded.scale("II")) == (first, second)
    with pytest.raises(ValueError, match="not in tuple"):
        recorded.scale("V1")
    with pytest.raises(ValueError, match="1 scales for 2 leads"):
        Waveform(("I", "II"), Decimal(500), (first,), bytes(4))


def test_the_trace_on_the_screen_is_in_millivolts_above_zero_volts() -> None:
    scales = (Scale(Decimal(1)), Scale(Decimal("2.5"), Decimal(-100)))
    recorded = Waveform(("I", "II"), Decimal(125), scales, struct.pack("<4h", 9, 400, 9, -400))
    shown = snapshot.trace(items.ecg(recorded))
    assert shown is not None
    assert (shown.lead, shown.hertz, shown.millivolts) == ("II", 125, (0.9, -1.1))


def test_duration_is_exact() -> None:
    assert waveform(bytes(2 * 2 * 5000)).seconds == Decimal(10)
    assert waveform(bytes(2 * 2)).seconds == Decimal("0.002")


def test_an_empty_recording_is_one_of_no_seconds() -> None:
    assert (waveform(b"").count, waveform(b"").seconds) == (0, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 4001])
def test_a_cut_recording_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="do not divide into 2 leads"):
        waveform(bytes(size))


def test_a_recording_without_leads_is_refused() -> None:
    with pytest.raises(ValueError, match="0 leads"):
        waveform(b"", leads=())


def test_a_lead_that_was_not_recorded_is_no_zeros() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        waveform(bytes(4)).lead("V1")
