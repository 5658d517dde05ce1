"""A device on the cart's list: whom the cart trusts, and what it must remember of it."""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True)
class Appliance:
    """One device that an admin took in. ``id`` is its Bluetooth address, ``model`` a name of the catalog.

    ``serial_number`` ("" where it has none) and ``bonded`` are as they were then: a device that comes later with another
    serial number, or without its bond, is not believed to be it (T2). ``user`` is slot and consent code of a device that
    keeps users apart.
    """

    id: str
    model: str
    label: str
    serial_number: str = ""
    bonded: bool = False
    user: tuple[int, int] | None = None
    added: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Memory:
    """What the cart remembers of any device across restarts.

    ``clock_least`` as edge.domain.device_clock.DeviceClock.least; ``last_sequence`` the number that was saved last.
    """

    device_id: str
    clock_least: float | None = None
    last_sequence: int | None = None
