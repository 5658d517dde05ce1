"""Every Bluetooth LE peripheral around the cart, through BlueZ: one owner of the scanner, one session a device.

The scan stops before a connection is made (a controller that does both aborts the connection) and goes on once the
device is subscribed to. Each connection has a client and callbacks of its own, so that none is doubled; nothing is read
from a characteristic that delivers, so that BlueZ's last known value never looks like a reading.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import AsyncIterator, Sequence
from typing import Final

import structlog
from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.args.bluez import BlueZAdapterArgs, BlueZClientArgs, BlueZScannerArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from dbus_fast.errors import DBusFastError

from drivers.models.model import BleModel, assigned
from edge.domain.fault import Fault
from edge.domain.measurement import Device
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

CONNECT_SECONDS: Final = 20.0
SUBSCRIBE_SECONDS: Final = 10.0
LEAVE_SECONDS: Final = 5.0

WATCHDOG: Final = 10.0
"""Seconds after which a scan that found nothing starts anew: discovery can die without a word (bluez issue 807)."""

BACK_OFF: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each further try, of the adapter or of one device; the last one repeats."""

SILENT_CONNECTIONS: Final = 3
"""Connections in a row without a value after which the bedside is told."""

_NOT_SEEN: Final = -127
"""bleak's RSSI of a device that BlueZ knows of, but that is not advertising now."""

# what comes out of bleak and the bus below it; the last two are its own slips when an object vanishes under it
_FOREIGN: Final = (BleakError, DBusFastError, OSError, EOFError, AssertionError, KeyError)

ADAPTER: Final = Device(id="bluetooth", model="", label="Bluetooth")

_UNAVAILABLE: Final = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: "aucun adaptateur sur la borne. Prévenez le support.",
    BleakBluetoothNotAvailableReason.POWERED_OFF: "éteint sur la borne. Prévenez le support.",
}
_SILENT: Final = "ne répond pas, nouvel essai en cours. Si cela dure, redémarrez la borne."


def _pause(failures: int) -> float:
    return BACK_OFF[min(failures, len(BACK_OFF)) - 1]


@dataclasses.dataclass(slots=True)
class _Session:
    """One connection of one device. ``open`` is false once it ended: a callback that comes later says nothing."""

    device: Device
    model: BleModel
    decoder: Decoder
    gone: asyncio.Event
    spot: SpotRule | None = None
    open: bool = True
    heard: bool = False

    def take(self, source: str, data: bytes, now: float) -> list[PeripheralEvent]:
        """``now`` in seconds of a clock that never goes back."""
        events: list[PeripheralEvent] = []
        self.heard = True
        self.decoder.feed(data, source)
        while True:
            try:
                reading = self.decoder.next_frame()
            except Fault as fault:
                events.append(Undecodable(self.device, data, fault.reason, fault.what))
                continue
            if isinstance(reading, NeedData):
                return events
            if isinstance(reading, Samples):
                events.append(LiveSamples(self.device, reading))
                continue
            if isinstance(reading, Scan):
                events.append(Scanned(self.device, reading.text))
                continue
            live = source in self.model.live
            if live:
                events.append(LiveValue(self.device, reading))
            if not live or (self.spot is not None and self.spot.save(reading, now)):
                events.append(Arrived(self.device, reading, data))


class BlePeripherals:
    """Implements ports.Peripherals for one adapter ("hci0"; None: the first that is powered).

    ``watchdog`` is how many seconds a scan may find nothing before it starts anew.
    """

    def __init__(self, models: Sequence[BleModel], adapter: str | None = None, *, watchdog: float = WATCHDOG) -> None:
        self._models = {model.service: model for model in models}
        self._adapter_args: BlueZAdapterArgs = {} if adapter is None else {"adapter": adapter}
        self._scanner_args: BlueZScannerArgs = {} if adapter is None else {"adapter": adapter}
        self._client_args: BlueZClientArgs = {} if adapter is None else {"adapter": adapter}
        self._watchdog = watchdog
        self._queue: asyncio.Queue[PeripheralEvent | None] = asyncio.Queue()
        self._sessions: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._scan: asyncio.Future[tuple[BLEDevice, BleModel] | None] | None = None
        self._said: dict[str, str] = {}

    async def events(self) -> AsyncIterator[PeripheralEvent]:
        """Runs until it is cancelled or closed; then every device is disconnected."""
        owner = asyncio.create_task(self._own())
        owner.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            owner.result()
        finally:
            for task in [owner, *self._sessions.values()]:
                task.cancel()
            await asyncio.wait([owner, *self._sessions.values()])

    def _say(self, device: Device, what: str) -> None:
        """Tells of trouble with ``device`` once, not at every try; "" is told when it is over."""
        if self._said.get(device.id, "") != what:
            self._said[device.id] = what
            self._queue.put_nowait(LinkState(device, connected=False, what=f"{device.label} : {what}" if what else ""))

    async def _own(self) -> None:
        failures = 0
        while True:
            try:
                found = await self._next_device()
            except _FOREIGN as exc:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    # stopping a scan on a bus that is gone fails too, and that failure had taken the cancellation's place
                    raise asyncio.CancelledError from exc
                failures += 1
                log.warning("bluetooth_unavailable", error=type(exc).__name__, failures=failures)
                what = _SILENT
                if isinstance(exc, BleakBluetoothNotAvailableError):
                    what = _UNAVAILABLE.get(exc.reason, _SILENT)
                self._say(ADAPTER, what)
                await asyncio.sleep(_pause(failures))
                continue
            failures = 0
            self._say(ADAPTER, "")
            if found is not None:
                await self._meet(*found)

    def _model(self, uuids: Sequence[str]) -> BleModel | None:
        return next((self._models[uuid] for uuid in uuids if uuid in self._models), None)

    def _free(self, address: str) -> bool:
        now = asyncio.get_running_loop().time()
        return address not in self._sessions and self._not_before.get(address, now) <= now

    async def _next_device(self) -> tuple[BLEDevice, BleModel] | None:
        """Scans until a device of ours advertises; None when the scan has to start anew. It has stopped either way."""
        loop = asyncio.get_running_loop()
        if (left := await self._left_connected()) is not None:
            return left
        found: asyncio.Future[tuple[BLEDevice, BleModel] | None] = loop.create_future()

        def detected(device: BLEDevice, advertisement: AdvertisementData) -> None:
            model = self._model(advertisement.service_uuids)
            present = advertisement.rssi != _NOT_SEEN
            if model is not None and present and self._free(device.address) and not found.done():
                found.set_result((device, model))

        self._scan = found
        async with BleakScanner(detected, list(self._models), bluez=self._scanner_args):
            now = loop.time()
            wait = min([self._watchdog, *(at - now for at in self._not_before.values() if at > now)])
            await asyncio.wait({found}, timeout=wait)
        return found.result() if found.done() else None

    def _scan_anew(self) -> None:
        """BlueZ tells of a device that it has seen before only in a new scan."""
        if self._scan is not None and not self._scan.done():
            self._scan.set_result(None)

    async def _left_connected(self) -> tuple[BLEDevice, BleModel] | None:
        """A device of ours that is connected, but not by us: BlueZ keeps it so when a process was killed."""
        adapter = await BleakAdapter.get(bluez=self._adapter_args)
        for service, model in self._models.items():
            for device in await adapter.get_connected_devices([service]):
                if self._free(device.address):
                    return device, model
        return None

    async def _meet(self, found: BLEDevice, model: BleModel) -> None:
        """Connects and subscribes, with no scan running; the session then lives by itself."""
        loop = asyncio.get_running_loop()
        device = Device(id=found.address, model=model.name, label=model.label)
        session = _Session(device, model, model.decoder(), asyncio.Event())
        client = BleakClient(
            found, disconnected_callback=lambda _: session.gone.set(), timeout=CONNECT_SECONDS, bluez=self._client_args
        )
        connected = False
        try:
            await client.connect()
            connected = True
            self._said.pop(device.id, None)
            self._queue.put_nowait(LinkState(device, connected=True))
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                known = await self._subscribe(client, session)
        except _FOREIGN as exc:
            await self._leave(client, session)
            log.info("ble_meeting_ended", model=model.name, error=type(exc).__name__, heard=session.heard)
            if connected:
                # it may have said what it had to say, and hung up while we were still subscribing to the rest
                self._over(session)
            else:
                self._fail(device, "ne répond pas. Approchez-le et recommencez la mesure.")
            return
        except asyncio.CancelledError:
            await self._leave(client, session)
            raise
        if not known:
            await self._leave(client, session)
            self._fail(device, "appareil non reconnu. Prévenez le support.")
            return
        self._sessions[found.address] = loop.create_task(self._attend(client, session))

    def _fail(self, device: Device, what: str) -> None:
        failures = self._failures[device.id] = self._failures.get(device.id, 0) + 1
        self._not_before[device.id] = asyncio.get_running_loop().time() + _pause(failures)
        log.warning("ble_device_failed", model=device.model, failures=failures)
        self._say(device, what)

    def _over(self, session: _Session) -> None:
        """A connection ended. One that brought nothing counts as a failure, and is spoken of when it is the third."""
        device = session.device
        self._queue.put_nowait(LinkState(device, connected=False))
        if session.heard:
            self._failures.pop(device.id, None)
            self._not_before.pop(device.id, None)
        else:
            silent = self._failures.get(device.id, 0) + 1 >= SILENT_CONNECTIONS
            self._fail(device, "se déconnecte sans rien envoyer. Recommencez la mesure." if silent else "")

    async def _subscribe(self, client: BleakClient, session: _Session) -> bool:
        """False for a device that advertises a service and has none of its characteristics."""
        model = session.model
        present = [
            (source, characteristic)
            for source in model.subscribe
            if (characteristic := client.services.get_characteristic(assigned(source))) is not None
        ]
        if present and all(source in model.live for source, _ in present):
            session.spot = SpotRule()
        for source, characteristic in present:
            if model.subscribe[source] not in characteristic.properties:
                log.warning("ble_delivery_differs", model=model.name, source=source)
            await client.start_notify(characteristic, functools.partial(self._on_value, session, source))
        return bool(present)

    def _on_value(self, session: _Session, source: str, _from: BleakGATTCharacteristic, data: bytearray) -> None:
        if not session.open:
            return
        for event in session.take(source, bytes(data), asyncio.get_running_loop().time()):
            self._queue.put_nowait(event)

    async def _attend(self, client: BleakClient, session: _Session) -> None:
        try:
            await session.gone.wait()
        finally:
            await self._leave(client, session)
            self._sessions.pop(session.device.id, None)
        self._over(session)
        self._scan_anew()

    async def _leave(self, client: BleakClient, session: _Session) -> None:
        session.open = False
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await client.disconnect()
        except _FOREIGN as exc:
            log.info("ble_disconnect_failed", model=session.model.name, error=type(exc).__name__)
