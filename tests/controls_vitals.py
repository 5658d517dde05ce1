"""Switches (see tests/controls.py) of the controls in the decoders of vital signs and in the rule of the saved value."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from drivers.codec import (
    blood_pressure,
    body_composition,
    glucose,
    heart_rate,
    ieee11073,
    payload,
    plx,
    temperature,
    weight,
)
from edge.domain import spot
from edge.domain.measurement import Quality


def units_are_mixed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: each value is read in the other unit than the one its flag names."""
    for codec in (blood_pressure, glucose, temperature):
        monkeypatch.setattr(codec, "UNITS", codec.UNITS[::-1])
    swapped = weight.SYSTEMS[::-1]
    for module in (weight, body_composition):
        monkeypatch.setattr(module, "SYSTEMS", swapped)


def special_values_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: NaN and its like are read as the numbers that their bits would be, and FFFF as a weight."""
    monkeypatch.setattr(ieee11073, "SFLOAT_SPECIALS", MappingProxyType({}))
    monkeypatch.setattr(ieee11073, "FLOAT_SPECIALS", MappingProxyType({}))
    monkeypatch.setattr(weight, "UNSUCCESSFUL", -1)


def what_the_device_says_of_its_values_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17, H7: a meter's status, its control solution and a strap's skin contact are read over."""
    for codec in (glucose, plx):
        monkeypatch.setattr(codec, "_qualities", lambda *_: ())
    monkeypatch.setattr(glucose, "_CONTROL_TYPE", -1)
    monkeypatch.setattr(glucose, "_CONTROL_LOCATION", -1)
    monkeypatch.setattr(heart_rate, "CONTACT_SUPPORTED", 0)


def a_value_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: fields are read past the end of a value, and nobody asks what is left over."""

    def take(self: payload.Payload, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    monkeypatch.setattr(payload.Payload, "take", take)
    monkeypatch.setattr(payload.Payload, "end", lambda _self: None)


def every_quality_is_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: a running value is saved whatever the device says of it."""
    monkeypatch.setattr(spot, "TOLERATED", frozenset(Quality))
