"""One connection of one device as values: bytes in, events and steps out. No I/O; times are of a clock that never goes back."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from drivers.models.model import BleModel
from edge.domain.dialogue import Dialogue, Finished, Known, Say, Step
from edge.domain.fault import Fault
from edge.domain.measurement import Device, Quality, Reading
from edge.domain.ports import (
    Arrived,
    Decoded,
    Decoder,
    LiveSamples,
    LiveValue,
    NeedData,
    PeripheralEvent,
    Scanned,
    Undecodable,
)
from edge.domain.samples import Samples, Scan
from edge.domain.spot import SpotRule

log = structlog.get_logger()

ECHO_SECONDS: Final = 1.0
"""An identical finished value within this time is the same one told twice; no device measures that fast."""

UNDECODABLE_KEPT: Final = 50
"""Undecodable values of one connection that are kept; then the device is let go (T5)."""

_ECHOES: Final = 256

Then = Callable[[], None]
Emit = Callable[[PeripheralEvent | None, Then | None], None]
"""Hands on an event, and what is to be done once it was taken in; without an event, once all before it were."""


class Echoes:
    """The last finished values, by device and characteristic: they outlive a connection, as doubled callbacks do."""

    def __init__(self) -> None:
        self._last: collections.OrderedDict[tuple[str, str], tuple[bytes, float]] = collections.OrderedDict()

    def is_echo(self, device_id: str, source: str, data: bytes, now: float) -> bool:
        before = self._last.pop((device_id, source), None)
        echo = before is not None and before[0] == data and now - before[1] < ECHO_SECONDS
        # an echo does not prolong itself
        self._last[device_id, source] = before if echo and before is not None else (data, now)
        while len(self._last) > _ECHOES:
            self._last.popitem(last=False)
        return echo


@dataclasses.dataclass(slots=True)
class Session:
    """``open`` is false once the connection ended: a callback that comes later says nothing.

    ``heard`` says whether the device said anything at all; ``tap`` sees every raw value.
    """

    device: Device
    model: BleModel
    decoder: Decoder
    dialogue: Dialogue
    emit: Emit
    echoes: Echoes
    tap: Callable[[Device, str, bytes], None] | None = None
    spot: SpotRule | None = None
    open: bool = True
    heard: bool = False
    undecodable: int = 0
    gone: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    steps: asyncio.Queue[Step] = dataclasses.field(default_factory=asyncio.Queue)

    def take(self, source: str, data: bytes, now: float, *, late: bool = False) -> None:
        """One value of characteristic ``source``, as it came. ``late``: nobody knows how long ago that was."""
        if not self.open:
            return
        self.heard = True
        if self.tap is not None:
            self.tap(self.device, source, data)
        if source not in self.model.control:
            self.decoder.feed(data, source)
            found = [from_storage(one) if late and isinstance(one, Reading) else one for one in self._decoded()]
            if source not in self.model.live and self._is_echo(source, data, found, now):
                return
            for one in found:
                self._tell(one, source, data, now)
        self.do(self.dialogue.heard(data, source))

    def end(self, now: float) -> None:
        """The connection is over: what the decoder held back is given, and nothing is heard any more."""
        if self.open:
            self.decoder.end()
            for one in self._decoded():
                self._tell(one, "", b"", now)
        self.open = False

    def opened(self, known: Known) -> None:
        self.do(self.dialogue.opened(known))

    def unsent(self, said: Say, code: int | None) -> None:
        if self.open:
            self.do(self.dialogue.unsent(said, code))

    def waited(self, seconds: float) -> None:
        self.do(self.dialogue.waited(seconds))

    def do(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.steps.put_nowait(step)

    def _decoded(self) -> list[Decoded | Fault]:
        found: list[Decoded | Fault] = []
        while True:
            try:
                one = self.decoder.next_frame()
            except Fault as fault:
                found.append(fault)
                continue
            if isinstance(one, NeedData):
                return found
            found.append(one)

    def _is_echo(self, source: str, data: bytes, found: Sequence[Decoded | Fault], now: float) -> bool:
        """A reading with a sequence number needs no such guess: the store knows it by its number."""
        echo = self.echoes.is_echo(self.device.id, source, data, now)
        if not echo or any(isinstance(one, Reading) and one.sequence is not None for one in found):
            return False
        log.info("ble_value_doubled", model=self.model.name, source=source)
        for one in found:
            # the first of the two may have come on another connection, that ended before its device was told
            if isinstance(one, Reading):
                self.emit(None, functools.partial(self._kept, one))
        return True

    def _tell(self, one: Decoded | Fault, source: str, data: bytes, now: float) -> None:
        match one:
            case Fault():
                self.undecodable += 1
                if self.undecodable > UNDECODABLE_KEPT:
                    self.do([Finished()])
                    return
                told = Undecodable(self.device, data, one.reason, one.what)
                self.emit(told, functools.partial(self._refused, one))
            case Samples():
                self.emit(LiveSamples(self.device, one), None)
            case Scan(text):
                self.emit(Scanned(self.device, text), None)
            case Reading():
                self._read(from_storage(one) if source in self.model.stored else one, source, now)

    def _read(self, reading: Reading, source: str, now: float) -> None:
        live = source in self.model.live
        if live:
            self.emit(LiveValue(self.device, reading), None)
        if not live or (self.spot is not None and self.spot.save(reading, now)):
            self.emit(Arrived(self.device, reading, reading.raw, live), functools.partial(self._kept, reading))

    def _kept(self, reading: Reading) -> None:
        if self.open:
            self.do(self.dialogue.kept(reading))

    def _refused(self, fault: Fault) -> None:
        if self.open:
            self.do(self.dialogue.refused(fault))


def from_storage(reading: Reading) -> Reading:
    """``reading``, out of the device's memory (H6)."""
    if Quality.FROM_STORAGE in reading.quality:
        return reading
    return dataclasses.replace(reading, quality=(*reading.quality, Quality.FROM_STORAGE))
