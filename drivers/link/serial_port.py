"""A peripheral on a serial line: a local port, or a pyserial URL such as ``socket://`` and ``rfc2217://``."""

from __future__ import annotations

import asyncio
import dataclasses
import termios
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import serial
import structlog

from drivers.models.model import SerialModel
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Reading
from edge.domain.ports import (
    Arrived,
    Decoder,
    LinkState,
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

RAW_KEPT: Final = 4096
"""Bytes of an undecodable stretch that are kept, at most: its beginning."""

BETWEEN_UNDECODABLE: Final = 10.0
"""Seconds between two Undecodable events of one line; what comes in between is told by the second."""

BETWEEN_LIVE: Final = 0.95
"""Seconds between two live values: one a second, and a little less so that three packets a second make one."""

SILENCE: Final = 5.0
"""Seconds without a byte after which a streaming device counts as switched off."""

REOPEN: Final = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try to open the port; the last one repeats."""

_READ_TIMEOUT: Final = 0.1
_READ_BYTES: Final = 256


@dataclasses.dataclass(slots=True)
class _Doubt:
    """Undecodable bytes on their way out, at most one event every BETWEEN_UNDECODABLE seconds."""

    device: Device
    raw: bytearray = dataclasses.field(default_factory=bytearray)
    fault: Fault | None = None
    told: float | None = None

    def add(self, raw: bytes, fault: Fault) -> None:
        self.fault = self.fault or fault
        self.raw += raw[: RAW_KEPT - len(self.raw)]

    def due(self, now: float) -> Iterator[Undecodable]:
        if self.fault is None or (self.told is not None and now - self.told < BETWEEN_UNDECODABLE):
            return
        event = Undecodable(self.device, bytes(self.raw), self.fault.reason, self.fault.what)
        self.raw.clear()
        self.fault, self.told = None, now
        yield event


@dataclasses.dataclass(slots=True)
class _Session:
    """One opening of the line: bytes in, events out; ``now`` in monotonic seconds."""

    device: Device
    decoder: Decoder
    continuous: bool
    doubt: _Doubt
    spot: SpotRule
    heard: float
    connected: bool | None = None
    live: float | None = None
    recent: bytearray = dataclasses.field(default_factory=bytearray)

    def take(self, data: bytes, now: float) -> Iterator[PeripheralEvent]:
        if data:
            self.heard = now
            self.recent += data
            self.decoder.feed(data)
            yield from self._decode(data, now)
            # a device that sends nothing we understand must not fill the memory
            del self.recent[:-RAW_KEPT]
        elif self.continuous and self.connected is not False and now - self.heard > SILENCE:
            yield self._state(False, f"{self.device.label} : n'envoie rien. Vérifiez qu'il est allumé.")
        yield from self.doubt.due(now)

    def opened(self) -> Iterator[PeripheralEvent]:
        """A device that speaks only after a measurement is there once its port is; a streaming one when it streams."""
        if not self.continuous:
            yield self._state(True)

    def _decode(self, data: bytes, now: float) -> Iterator[PeripheralEvent]:
        while True:
            try:
                reading = self.decoder.next_frame()
            except Fault as fault:
                self.doubt.add(bytes(self.recent), fault)
                self.recent.clear()
                continue
            if isinstance(reading, NeedData):
                return
            # the next frame may have begun in the newest bytes
            self.recent[:] = data
            if not self.connected:
                yield self._state(True)
            match reading:
                case Reading():
                    yield from self._read(reading, now)
                case Samples():
                    yield LiveSamples(self.device, reading)
                case Scan(text):
                    yield Scanned(self.device, text)

    def _read(self, reading: Reading, now: float) -> Iterator[PeripheralEvent]:
        if not self.continuous:
            yield Arrived(self.device, reading, reading.raw)
            return
        if self.live is None or now - self.live >= BETWEEN_LIVE:
            self.live = now
            yield LiveValue(self.device, reading)
        if self.spot.save(reading, now):
            yield Arrived(self.device, reading, reading.raw)

    def _state(self, connected: bool, what: str = "") -> LinkState:
        self.connected = connected
        return LinkState(self.device, connected, what)


class SerialPeripheral:
    """Implements ports.Peripherals for one line. ``port`` is a path or a pyserial URL;

    Raises Fault(SETTINGS) from ``events`` for a port name or settings that no waiting will make valid.
    """

    def __init__(self, port: str, model: SerialModel) -> None:
        self._port = port
        self._model = model
        self._line = model.line
        self.device = Device(id=port, model=model.name, label=model.label)

    async def events(self) -> AsyncIterator[PeripheralEvent]:
        loop = asyncio.get_running_loop()
        doubt = _Doubt(self.device)
        spot = SpotRule()
        failures = 0
        told = False
        # one thread of its own: a read ends within its time-out, and closing waits its turn behind it
        with _Thread() as thread:
            while True:
                try:
                    line = await loop.run_in_executor(thread.pool, self._open)
                except OSError as exc:
                    error, what = exc, "port série introuvable ou occupé. Vérifiez le câble."
                else:
                    session = _Session(
                        self.device, self._model.decoder(), self._model.continuous, doubt, spot, time.monotonic()
                    )
                    try:
                        for event in session.opened():
                            yield event
                        while True:
                            data = await loop.run_in_executor(thread.pool, _read, line)
                            for event in session.take(data, time.monotonic()):
                                yield event
                    except OSError as exc:
                        error, what = exc, "liaison coupée. Rebranchez le câble."
                    finally:
                        thread.pool.submit(_close, line)
                    if session.connected is not None:
                        failures, told = 0, False
                if not told:
                    told = True
                    log.warning("serial_line_absent", model=self._model.name, error=type(error).__name__)
                    yield LinkState(self.device, False, f"{self.device.label} : {what}")
                await asyncio.sleep(REOPEN[min(failures, len(REOPEN) - 1)])
                failures += 1

    def _open(self) -> serial.SerialBase:
        """Raises OSError for a port that is not there (yet), Fault for one that never will be."""
        try:
            return serial.serial_for_url(
                self._port,
                baudrate=self._line.baud,
                bytesize=self._line.bits,
                parity=self._line.parity,
                stopbits=self._line.stop_bits,
                rtscts=self._line.rtscts,
                timeout=_READ_TIMEOUT,
                exclusive=True,
            )
        except termios.error as exc:
            raise OSError(*exc.args) from exc
        except ValueError as exc:
            raise Fault(
                Reason.SETTINGS, f"{self._port!r} is no serial port", "name a path or a socket:// or rfc2217:// address"
            ) from exc


def _read(line: serial.SerialBase) -> bytes:
    """What came within the time-out, perhaps nothing. Raises OSError when the line is gone."""
    return bytes(line.read(_READ_BYTES))


def _close(line: serial.SerialBase) -> None:
    try:
        line.close()
    except OSError as exc:
        # a port that was pulled out may refuse; its descriptor is gone with it
        log.info("serial_port_close", error=type(exc).__name__)


class _Thread:
    """One thread that is not waited for: its last act, closing the port, ends by itself."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="serial")

    def __enter__(self) -> _Thread:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(wait=False)
