"""What is saved, and what the cart tells about it."""

from __future__ import annotations

import dataclasses
import hashlib

from edge.domain.delivery import State
from edge.domain.identifier import uuid7
from edge.domain.item import Payload
from edge.domain.measurement import Device, Instant, Kind, Reading
from edge.domain.operator import Operator


@dataclasses.dataclass(frozen=True, slots=True)
class Capture:
    """Something to be saved. ``identity`` names what the device measured: the same identity twice is one item.

    ``operator`` is who captured it, None where no person is known.
    """

    kind: Kind
    payload: Payload
    device: Device
    taken: Instant
    identity: str
    raw: bytes = b""
    operator: Operator | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Saved:
    """``new`` is False where this very capture was saved before (a replay, a retry)."""

    item_id: str
    new: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One saved item as screens list it; ``payload`` is without its samples or JPEG."""

    item_id: str
    kind: Kind
    device: Device
    taken: Instant
    payload: Payload
    state: State
    entered_in_error: bool


def identity_of(kind: Kind, payload: Payload, device: Device, raw: bytes) -> str:
    """Device + sequence, else device + device time + value + user; a recording or a photo is its bytes, however it came.

    A reading with neither sequence nor time cannot be told from its like: each arrival is a new one.
    """
    match payload:
        case Reading(sequence=int() as sequence, device_time=when):
            # a sequence alone starts again after a change of batteries
            parts = [f"sequence {sequence}", when.isoformat() if when else _values(payload)]
        case Reading(device_time=when) if when is not None:
            parts = [when.isoformat(), _values(payload), str(payload.user)]
        case Reading():
            parts = [str(uuid7())]
        case _:
            return hashlib.sha256(b"\n".join([kind.encode(), raw])).hexdigest()
    return hashlib.sha256("\n".join([device.id, kind, *parts]).encode()).hexdigest()


def _values(reading: Reading) -> str:
    """Not its bytes: out of the memory of a device the same reading comes with another status."""
    return " ".join(
        f"{one.name} {one.quantity.value.normalize()} {one.quantity.unit}" if one.quantity else one.name
        for one in reading.components
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Items by their least advanced destination. ``oldest_utc`` of what is not received, ``last_received_utc`` of the newest proof."""

    counts: dict[State, int]
    oldest_utc: str | None
    last_received_utc: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Overview:
    """The store as a screen needs it: one encounter's items, newest first, and what still waits."""

    lines: tuple[Line, ...]
    standing: Standing
    unassigned: int
    quarantined: int
