"""`telecart decode`: recorded bytes of a device to measurements, one JSON line a quantity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from drivers.codec.battery import battery_level
from drivers.models.model import BleModel, SerialModel
from edge.domain.fault import Fault
from edge.domain.measurement import Component, Reading
from edge.domain.ports import Decoder, NeedData
from edge.domain.samples import Samples, Scan

_BATTERY: Final = "2a19"
_CHUNK: Final = 64
_RAW_SHOWN: Final = 4096


def decode(model: BleModel | SerialModel, data: bytes, *, as_hex: bool = False) -> Iterator[str]:
    """JSON lines. ``data`` of a BLE model are lines of a characteristic and its value in hex (``2A35 167c00...``); of a
    serial model raw bytes, or with ``as_hex`` lines of hex. Empty lines and those that begin with # are passed over.
    """
    stream = _Stream(model.decoder())
    if isinstance(model, SerialModel) and not as_hex:
        for at in range(0, len(data), _CHUNK):
            yield from stream.feed(data[at : at + _CHUNK])
    else:
        for line in data.decode(errors="replace").splitlines():
            words = line.split("#", 1)[0].split()
            if not words:
                continue
            source = words.pop(0).lower() if isinstance(model, BleModel) else ""
            try:
                frame = bytes.fromhex("".join(words).replace(":", ""))
                if isinstance(model, BleModel):
                    int(source, 16)
            except ValueError:
                yield _line({"error": "this line is not hexadecimal", "raw": line})
                continue
            if source == _BATTERY:
                yield _battery(frame)
            else:
                yield from stream.feed(frame, source)
    yield from stream.end()


class _Stream:
    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._since = bytearray()

    def feed(self, data: bytes, source: str = "") -> Iterator[str]:
        self._since += data
        self._decoder.feed(data, source)
        yield from self._drain(data)

    def end(self) -> Iterator[str]:
        self._decoder.end()
        yield from self._drain(b"")

    def _drain(self, newest: bytes) -> Iterator[str]:
        while True:
            try:
                frame = self._decoder.next_frame()
            except Fault as fault:
                yield _line({"error": str(fault), "raw": bytes(self._since[:_RAW_SHOWN]).hex()})
                self._since.clear()
                continue
            match frame:
                case NeedData():
                    return
                case Reading():
                    yield from map(_line, quantities(frame))
                    # the next frame may have begun in the newest bytes
                    self._since[:] = newest
                case Scan(text):
                    yield _line({"scan": text})
                    self._since[:] = newest
                case Samples():
                    self._since[:] = newest


def _battery(value: bytes) -> str:
    """Any Bluetooth device may say how full its battery is; that is no reading of anybody."""
    try:
        level = battery_level(value)
    except Fault as fault:
        return _line({"error": str(fault), "raw": value.hex()})
    sent = {"value": level, "unit": "%"}
    return _line({"quantity": "battery_level", **sent, "device_time": None, "quality": [], "as_sent": sent})


def quantities(reading: Reading) -> Iterator[dict[str, object]]:
    """One object a component; ``value`` and ``as_sent`` are exact decimal numbers as far as JSON has them."""
    device_time = reading.device_time and reading.device_time.isoformat()
    for one in reading.components:
        yield {
            "quantity": one.name.value,
            "value": one.quantity and _number(one.quantity.value),
            "unit": one.quantity and one.quantity.unit.value,
            "device_time": device_time,
            "quality": [q.value for q in dict.fromkeys((*one.quality, *reading.quality))],
            "as_sent": _as_sent(reading, one),
        }


def _as_sent(reading: Reading, one: Component) -> dict[str, object]:
    sent = one.as_sent or one.quantity
    found: dict[str, object] = {"value": sent and _number(sent.value), "unit": sent and sent.unit.value}
    if reading.sequence is not None:
        found["sequence"] = reading.sequence
    if reading.user is not None:
        found["user"] = reading.user
    return found


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _line(row: dict[str, object]) -> str:
    # what is not ASCII is escaped: it came from a device, and goes to a terminal (T17)
    return json.dumps(row)
