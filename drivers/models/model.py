"""A product family as a row of data: how it is recognised, its line, its decoder, and how sure we are of all that."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType

from edge.domain.ports import Decoder


class Link(enum.StrEnum):
    BLE = "ble"
    SERIAL = "serial"
    FILE = "file"


class Sure(enum.StrEnum):
    """``CONFIRMED``: read in a specification or checked on public captures;
    ``UNCONFIRMED``: from memory or one source."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


class Delivery(enum.StrEnum):
    """How a GATT characteristic hands over its values (Core 5.4, Vol 3 Part G 4.10 and 4.11)."""

    INDICATE = "indicate"
    NOTIFY = "notify"


@dataclasses.dataclass(frozen=True, slots=True)
class SerialSettings:
    """Line settings in the words of pyserial. ``parity`` is N, E or O; ``baud`` in bits a second."""

    baud: int
    bits: int = 8
    parity: str = "N"
    stop_bits: int = 1
    rtscts: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """One product family.

    ``name`` is what settings and the command line call it, ``label`` what a nurse reads (French).
    ``service`` (BLE) is the 128-bit UUID in advertisements by which it is recognised; ``subscribe`` maps the four hex
    digits of each characteristic to how it delivers, and those digits are the ``source`` given to the decoder.
    ``continuous`` says that values stream while a measurement runs; otherwise each reading is a finished one, but for
    those of the sources in ``live``, which are values of a running measurement.
    ``facts`` names the specification or the public logs that the row stands on.
    """

    name: str
    label: str
    link: Link
    decoder: Callable[[], Decoder]
    facts: str
    sure: Sure
    continuous: bool
    service: str | None = None
    subscribe: Mapping[str, Delivery] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    live: frozenset[str] = frozenset()
    serial: SerialSettings | None = None
    tried_on_hardware: bool = False

    def __post_init__(self) -> None:
        if self.link is Link.BLE and not (self.service and self.subscribe):
            raise ValueError(f"model {self.name}: a BLE model names its service and what to subscribe to")
        if self.link is Link.SERIAL and self.serial is None:
            raise ValueError(f"model {self.name}: a serial model names its line settings")


def assigned(number: str) -> str:
    """The 128-bit UUID of a 16-bit number assigned by the Bluetooth SIG (Core 5.4, Vol 3 Part B 2.5.1)."""
    return f"0000{number.lower()}-0000-1000-8000-00805f9b34fb"
