"""The captures: bytes of devices with where they come from, one file a model (tests/captures/README.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from drivers.models.model import BleModel, SerialModel
from edge.domain.fault import Fault
from edge.domain.measurement import Reading
from edge.domain.ports import Decoder, NeedData
from edge.domain.samples import Samples, Scan

FOLDER = Path(__file__).parent / "captures"
SOURCES = ("log", "spec-example", "spec-by-hand")
KINDS = ("golden", "truncated", "corrupt")


class Capture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "is", "hex": "bytes"}):
    """``hex`` are the bytes, or ``text`` is what they spell in ASCII. ``gives`` are the quantities in order, each as

    ``quantity value unit quality...`` with ``none -`` for value and unit that are absent, or ``scan TEXT``.
    """

    kind: str
    source: str
    origin: str
    hex: str = ""
    text: str = ""
    characteristic: str = ""
    device_time: str | None = None
    gives: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        return self.text.encode("ascii") if self.text else bytes.fromhex(self.hex)


def captures(model: BleModel | SerialModel, kind: str | None = None) -> list[Capture]:
    found = msgspec.convert(tomllib.loads((FOLDER / f"{model.name}.toml").read_text())["capture"], list[Capture])
    return [capture for capture in found if kind in (None, capture.kind)]


def drained(decoder: Decoder) -> Iterator[Reading | Scan | Fault]:
    """What a decoder has to say now, its running samples aside."""
    while True:
        try:
            frame = decoder.next_frame()
        except Fault as fault:
            yield fault
            continue
        match frame:
            case NeedData():
                return
            case Samples():
                pass
            case _:
                yield frame


def decoded(decoder: Decoder, data: bytes, source: str = "", chunk: int | None = None) -> list[Reading | Scan | Fault]:
    """All that comes out of ``data``, fed ``chunk`` bytes at a time (None: at once), and of its end."""
    found: list[Reading | Scan | Fault] = []
    size = chunk or max(1, len(data))
    for at in range(0, max(1, len(data)), size):
        decoder.feed(data[at : at + size], source)
        found += drained(decoder)
    decoder.end()
    found += drained(decoder)
    return found


def told(found: list[Reading | Scan | Fault]) -> list[str]:
    """Readings and scans as ``gives`` writes them."""
    lines = []
    for one in found:
        match one:
            case Scan(text):
                lines.append(f"scan {text}")
            case Reading():
                for part in one.components:
                    value = f"{part.quantity.value:f} {part.quantity.unit}" if part.quantity else "none -"
                    quality = dict.fromkeys((*part.quality, *one.quality))
                    lines.append(" ".join([part.name, value, *quality]))
            case Fault():
                pass
    return lines
