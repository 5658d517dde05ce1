"""A cart's Bluetooth link under test, and what the bench measures of it."""

from __future__ import annotations

import datetime as dt

from edge.domain.dialogue import Known
from edge.mains.bench.recovery import (
    CUFF,
    MODELS,
    NOON,
    SECONDS,
    Listener,
    listening,
    no_digits,
    pair_cuff,
    recovery,
    systolics,
    use_cuff as measure,
)
from firmware_stubs.bluez.faults import FAULTS, Site


class Book:
    """A DeviceBook that a test writes in."""

    def __init__(self) -> None:
        self.models: dict[str, str] = {}
        self.sequences: dict[str, int] = {}
        self.civil: dt.datetime | None = None

    def known(self, device_id: str) -> Known:
        return Known(civil=self.civil, last_sequence=self.sequences.get(device_id))

    def model_of(self, device_id: str) -> str | None:
        return self.models.get(device_id)


__all__ = [
    "CUFF",
    "FAULTS",
    "MODELS",
    "NOON",
    "SECONDS",
    "Book",
    "Listener",
    "Site",
    "listening",
    "measure",
    "no_digits",
    "pair_cuff",
    "recovery",
    "systolics",
]
