"""What any Bluetooth LE device may say of itself, whatever its family: maker, serial number, battery, clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from drivers.codec.battery import battery_level
from drivers.codec.current_time import current_time, plain_time, set_current_time, set_plain_time
from drivers.codec.device_information import string
from edge.domain.dialogue import Known, Say
from edge.domain.fault import Fault
from edge.domain.measurement import Device
from edge.domain.ports import About

READ: Final[tuple[str, ...]] = ("2a19", "2a29", "2a24", "2a25", "2a26", "2a2b", "2a08")
"""Characteristics to read once all is subscribed to: battery, maker, model, serial number, firmware, and two clocks."""

CLOCK_IS_RIGHT: Final = 2.0
"""Seconds by which a device's clock may be off without being set."""

_CURRENT_TIME: Final = "2a2b"
_PLAIN_TIME: Final = "2a08"
CLOCKS: Final = frozenset({_CURRENT_TIME, _PLAIN_TIME})

Value = TypeVar("Value")


def _read(values: Mapping[str, bytes], source: str, decode: Callable[[bytes], Value], default: Value) -> Value:
    """What ``decode`` makes of the value of ``source``; ``default`` where there is none, or nonsense."""
    if source not in values:
        return default
    try:
        return decode(values[source])
    except Fault:
        return default


def about(device: Device, values: Mapping[str, bytes], known: Known, *, bonded: bool) -> About:
    """``values`` are those of READ that could be read. Never raises; what is nonsense is left out."""
    clock = _read(values, _CURRENT_TIME, current_time, None) or _read(values, _PLAIN_TIME, plain_time, None)
    return About(
        device=device,
        manufacturer=_read(values, "2a29", string, ""),
        model_number=_read(values, "2a24", string, ""),
        serial_number=_read(values, "2a25", string, ""),
        firmware=_read(values, "2a26", string, ""),
        battery_percent=_read(values, "2a19", battery_level, None),
        clock_offset=None if clock is None or known.civil is None else (known.civil - clock).total_seconds(),
        bonded=bonded,
    )


def clock_setting(values: Mapping[str, bytes], known: Known) -> Say | None:
    """What sets the device's clock, where it is off or unknown to the device itself.

    None where it is right, where there is none, where what it says is no clock, and while the cart has no time to give.
    """
    if known.civil is None:
        return None
    if _CURRENT_TIME in values:
        return _setting(_CURRENT_TIME, values, current_time, set_current_time, known.civil)
    return _setting(_PLAIN_TIME, values, plain_time, set_plain_time, known.civil)


def _setting(
    source: str,
    values: Mapping[str, bytes],
    decode: Callable[[bytes], dt.datetime | None],
    encode: Callable[[dt.datetime], bytes],
    now: dt.datetime,
) -> Say | None:
    try:
        clock = decode(values[source])
    except (Fault, KeyError):
        return None
    if clock is not None and abs((now - clock).total_seconds()) <= CLOCK_IS_RIGHT:
        return None
    return Say(encode(now), source)
