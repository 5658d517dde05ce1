"""reading_to_saved_ms: from the last byte on the link to the commit, 99 in 100.

Over a serial line (pty, pyserial) and over Bluetooth (bleak, D-Bus, bumble's virtual radio), each with the real recorder and
the real encrypted store on this disk. The peer is the disk itself: one page appended and flushed.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from drivers import catalog
from drivers.link.ble import BlePeripherals
from drivers.link.serial_port import SerialPeripheral
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, supervise
from edge.domain.audit import Actor
from edge.domain.capture import Capture, Saved
from edge.domain.measurement import Kind
from edge.domain.patient import Encounter, Patient, Sex
from edge.domain.ports import Peripherals
from edge.mains.bench.figure import Detail, Figure, percentile
from edge.mains.clock import SystemClock
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from firmware_stubs.ble_ward import BleWard
from firmware_stubs.private_bus import private_bus
from firmware_stubs.serial.and_bp import AndBloodPressure
from firmware_stubs.serial.cable import Pty

LIMIT: Final = 250.0
"""Milliseconds: what a person takes for at once."""

_SERIAL_READINGS: Final = 75
_BLE_READINGS: Final = 75
_READING_SECONDS: Final = 30.0
_PAGE: Final = 4096
_RESIDENT: Final = Patient("bench", "bench", "BENCH", "A", dt.date(1940, 1, 1), Sex.FEMALE, "0")
_PROMISED: Final = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.TEMPERATURE: ("fhir",)}


class _Stopwatch(StoredLedger):
    """A ledger that says when a reading was committed."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        super().__init__(store, "TC")
        self.committed: asyncio.Queue[float] = asyncio.Queue()

    async def save(self, capture: Capture, encounter: Encounter | None, by: Actor | None = None) -> Saved:
        saved = await super().save(capture, encounter, by)
        if saved.new:
            self.committed.put_nowait(time.monotonic())
        return saved


class _StampedPty(Pty):
    """A cable that remembers when its last byte went out."""

    last_sent = 0.0

    def send(self, data: bytes) -> None:
        super().send(data)
        self.last_sent = time.monotonic()


def measure(folder: Path | None = None) -> Figure:
    """``folder`` is where the store of the measurement lies (the disk that is measured); None: where temporary files lie."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="telecart-bench-") as scratch:
        place = Path(scratch)
        floor = _flushes(place)
        for name in ("serial", "bluetooth"):
            (place / name).mkdir()
        links = {
            "serial": asyncio.run(_serial(place / "serial")),
            "bluetooth": asyncio.run(_bluetooth(place / "bluetooth")),
        }
    details: dict[str, Detail] = {
        name: {"p50": percentile(found, 0.50), "p99": percentile(found, 0.99), "readings": len(found)}
        for name, found in links.items()
    }
    peer: dict[str, Detail] = {
        "name": "one page appended and flushed (fdatasync)",
        "p50": percentile(floor, 0.5),
        "p99": percentile(floor, 0.99),
    }
    return Figure(max(percentile(found, 0.99) for found in links.values()), LIMIT, {**details, "peer": peer})


async def _serial(folder: Path) -> list[float]:
    device = AndBloodPressure(_StampedPty(), again=_READING_SECONDS)
    async with device:
        assert isinstance(device.cable, _StampedPty)
        cable = device.cable
        model = next(model for model in catalog.SERIAL if model.name == "and-bp")
        link = SerialPeripheral(device.port, model)

        async def one(number: int) -> None:
            device.measure(100 + number % 90, 80, 95, 60, _moment())

        return await _timed(folder, link, {device.port}, _SERIAL_READINGS, one, lambda: cable.last_sent)


async def _bluetooth(folder: Path) -> list[float]:
    async with private_bus(folder) as bus, BleWard(bus) as ward:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus
        link = BlePeripherals(catalog.BLE)

        async def one(number: int) -> None:
            await ward.thermometer.measure(Decimal(350 + number) / 10, _moment())

        return await _timed(
            folder, link, {ward.thermometer.address}, _BLE_READINGS, one, lambda: ward.thermometer.last_said
        )


async def _timed(
    folder: Path,
    link: Peripherals,
    wired: set[str],
    count: int,
    one: Callable[[int], Awaitable[object]],
    last_byte: Callable[[], float],
) -> list[float]:
    """Milliseconds of each reading; the first ones warm up and do not count."""
    found = []
    async with _cart(folder, link, wired) as committed:
        for number in range(count + 5):
            doing = asyncio.ensure_future(one(number))
            async with asyncio.timeout(_READING_SECONDS):
                at = await committed.get()
                await doing
            if number >= 5:
                found.append((at - last_byte()) * 1000)
    return found


@contextlib.asynccontextmanager
async def _cart(folder: Path, link: Peripherals, wired: set[str]) -> AsyncIterator[asyncio.Queue[float]]:
    """Recorder and store as edge has them, a resident on screen."""
    places = Places(folder / "store.db", folder / "blobs", folder / "key")
    clock = SystemClock()
    async with StoreThread(lambda: open_for_edge(places, _PROMISED, "demonstration")) as thread:
        ledger = _Stopwatch(thread)
        await ledger.put_patient(_RESIDENT)
        recorder = Recorder(ledger, clock, Devices(ledger, clock, wired), lambda: None)
        recorder.show(*await ledger.open_encounter(_RESIDENT.id, clock.now()))
        going = asyncio.create_task(supervise(link, recorder, "bench"))
        try:
            yield ledger.committed
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)


def _moment() -> dt.datetime:
    return dt.datetime.now()  # noqa: DTZ005 - a device's clock


def _flushes(folder: Path) -> list[float]:
    found = []
    with (folder / "floor").open("ab", buffering=0) as file:
        for _ in range(200):
            begin = time.perf_counter()
            file.write(bytes(_PAGE))
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - begin) * 1000)
    return found
