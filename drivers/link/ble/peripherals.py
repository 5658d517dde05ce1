"""Every Bluetooth LE peripheral around the cart, through BlueZ: one owner of the scanner, one connection a device.

The scan stops before a connection is made (a controller that does both aborts the connection) and goes on once the
device is subscribed to. Each connection has a client and callbacks of its own, so that none is doubled; nothing is read
from a characteristic that delivers, so that BlueZ's last known value never looks like a reading.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog
from bleak.args.bluez import BlueZClientArgs
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from drivers.link.ble import words
from drivers.link.ble.agent import Agent
from drivers.link.ble.around import Around
from drivers.link.ble.bus import Bus
from drivers.link.ble.connection import Connection, path_of
from drivers.link.ble.early import Early
from drivers.link.ble.foreign import FOREIGN, error_name
from drivers.link.ble.pairing import Pairing
from drivers.link.ble.rescue import Rescue
from drivers.link.ble.scanner import Met, Scanner
from drivers.link.ble.session import Echoes, Session, Then
from drivers.link.ble.times import Times
from drivers.link.ble.trouble import How, Trouble, Verdict
from drivers.link.ble.words import ADAPTER
from drivers.models.model import BleModel
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import (
    About,
    Blank,
    DeviceBook,
    LinkState,
    LiveSamples,
    LiveValue,
    Nearby,
    PeripheralEvent,
)

log = structlog.get_logger()

WATCHDOG: Final = Times().watchdog

LIVE_WAITING: Final = 512
"""Running values that wait to be taken in, at most; more are left out, finished readings never (T5)."""

LIVE_WAITS: Final = 2.0
"""Seconds after which a running value that waited is none any more: it is not shown (H6)."""

_UNAVAILABLE: Final = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: words.NO_ADAPTER,
    BleakBluetoothNotAvailableReason.POWERED_OFF: words.SWITCHED_OFF,
}

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True)
class _Waiting:
    """An event on its way out, and what is to be done once it was taken in; ``since`` is when it came."""

    event: PeripheralEvent | None
    then: Then | None
    since: float

    def too_late(self, now: float) -> bool:
        return isinstance(self.event, LiveValue | LiveSamples) and now - self.since > LIVE_WAITS


class BlePeripherals:
    """Implements ports.Peripherals and ports.Radio for one adapter ("hci0"; None: the first that is powered).

    ``tap`` sees every raw value as it comes, with its characteristic. ``watchdog`` is that of ``times``.
    """

    def __init__(
        self,
        models: Sequence[BleModel],
        adapter: str | None = None,
        *,
        book: DeviceBook = Blank(),  # noqa: B008 - it holds nothing
        watchdog: float = WATCHDOG,
        tap: Callable[[Device, str, bytes], None] | None = None,
        times: Times = Times(),  # noqa: B008 - frozen
    ) -> None:
        self._times = dataclasses.replace(times, watchdog=watchdog)
        self._book = book
        self._tap = tap
        self._around = Around(models, book)
        self._client_args: BlueZClientArgs = {} if adapter is None else {"adapter": adapter}
        self._bus = Bus(self._times.answer)
        self._agent = Agent(self._bus, self._around.services, self._times.agent)
        self._pairing = Pairing(self._bus, self._agent, adapter, self._times)
        self._early = Early(self._bus)
        self._rescue = Rescue(self._bus, adapter, self._times)
        self._scanner = Scanner(self._around, self._rescue, adapter, self._times)
        self._trouble = Trouble(self._times)
        self._echoes = Echoes()
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._connections: dict[str, Connection] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._said: dict[str, str] = {}
        self._bus.watch(self._bluez_changed)

    # --- ports.Peripherals

    async def events(self) -> AsyncIterator[PeripheralEvent]:
        """Runs until it is cancelled or closed; then every device is disconnected."""
        agent = asyncio.create_task(self._agent.keep(self._pairing.shut))
        owner = asyncio.create_task(self._own())
        owner.add_done_callback(self._wake)
        try:
            while not owner.done() or not self._queue.empty():
                item = await self._queue.get()
                if item is None:
                    continue
                if item.event is not None and not item.too_late(asyncio.get_running_loop().time()):
                    yield item.event
                if item.then is not None:
                    # whoever listens asked for more: what was yielded is durable
                    item.then()
            owner.result()
        finally:
            tasks = [agent, owner, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self.close()

    def _wake(self, _owner: asyncio.Task[None]) -> None:
        self._queue.put_nowait(None)

    async def close(self) -> None:
        """Lets go of the bus. For whoever used ports.Radio without listening."""
        await self._agent.close()
        await self._bus.close()

    def _bluez_changed(self, there: bool) -> None:
        """A bluetoothd that died has told nobody that its connections are over."""
        self._scanner.anew()
        if not there:
            for connection in self._connections.values():
                connection.session.gone.set()

    def _emit(self, event: PeripheralEvent | None, then: Then | None = None) -> None:
        if isinstance(event, LiveValue | LiveSamples) and self._queue.qsize() > LIVE_WAITING:
            return
        self._queue.put_nowait(_Waiting(event, then, asyncio.get_running_loop().time()))

    def _say(self, device: Device, what: str) -> None:
        """Tells of trouble with ``device`` once, not at every try; "" is told when it is over."""
        if self._said.get(device.id, "") != what:
            self._said[device.id] = what
            self._emit(LinkState(device, connected=False, what=f"{device.label} : {what}" if what else ""))

    # --- the scanner

    async def _own(self) -> None:
        while True:
            try:
                async with self._scanner.air:
                    at_most = self._trouble.next_try(asyncio.get_running_loop().time())
                    found = await self._scanner.next_device(self._free, at_most, alone=not self._connections)
                    self._say(ADAPTER, "")
                    if found is not None:
                        await self._meet(*found)
            except FOREIGN as exc:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    # stopping a scan on a bus that is gone fails too, and that failure had taken the cancellation's place
                    raise asyncio.CancelledError from exc
                await self._unavailable(exc)

    async def _unavailable(self, exc: Exception) -> None:
        error = error_name(exc) or type(exc).__name__
        log.warning("bluetooth_unavailable", error=error, failures=self._rescue.failures + 1)
        what = words.NO_ANSWER
        if isinstance(exc, BleakBluetoothNotAvailableError):
            what = _UNAVAILABLE.get(exc.reason, words.NO_ANSWER)
        self._say(ADAPTER, what)
        await self._rescue.failed()
        await asyncio.sleep(self._times.pause(self._rescue.failures))

    def _free(self, address: str) -> bool:
        now = asyncio.get_running_loop().time()
        return address not in self._connections and self._trouble.may_meet(address, now)

    # --- one device

    async def _meet(self, found: BLEDevice, model: BleModel) -> Connection | None:
        """Connects and subscribes, with no scan running; the connection then lives by itself.

        None where it failed; one that is over already is one of a device that was faster than we.
        """
        device = Device(id=found.address, model=model.name, label=model.label)
        session = Session(device, model, model.decoder(), model.dialogue(), self._emit, self._echoes, self._tap)
        connection = Connection(found, session, self._book, self._early, self._times, self._client_args)
        connected = subscribed = keyboard = False
        failure: Exception | None = None
        try:
            connection.bonded = await self._pairing.bonded(connection.path)
            await connection.connect()
            connected = True
            self._rescue.connected()
            self._said.pop(device.id, None)
            self._emit(LinkState(device, connected=True))
            connection.announce()
            keyboard = connection.types()
            subscribed = not keyboard and await connection.subscribe()
        except FOREIGN as exc:
            failure = exc
            connection.take_early()
        except asyncio.CancelledError:
            await connection.leave()
            raise
        if subscribed:
            self._trouble.worked(device.id)
            self._connections[device.id] = connection
            self._tasks[device.id] = asyncio.get_running_loop().create_task(self._attend(connection))
            return connection
        end = How(
            connected=connected,
            gone=session.gone.is_set(),
            bonded=connection.bonded,
            keyboard=keyboard,
            failure=failure,
        )
        await connection.leave()
        await self._did_not_meet(connection, end)
        return connection if session.heard else None

    async def _did_not_meet(self, connection: Connection, how: How) -> None:
        session = connection.session
        error = "" if how.failure is None else error_name(how.failure) or type(how.failure).__name__
        log.info("ble_meeting_ended", model=session.model.name, error=error, heard=session.heard, gone=how.gone)
        if session.heard:
            # it said what it had to say, and hung up while we were still subscribing to the rest
            connection.end_introduction()
            self._over(connection)
            return
        verdict = self._trouble.judge(session.device.id, how, asyncio.get_running_loop().time())
        await self._act(connection, verdict, connected=how.connected)
        if verdict.what == words.UNREACHABLE:
            await self._rescue.did_not_connect()

    async def _act(self, connection: Connection, verdict: Verdict, *, connected: bool) -> None:
        """What can be done about a device that cannot be met, and what the bedside is told."""
        device = connection.session.device
        if verdict.let_go:
            await self._pairing.let_go(connection.path)
        if verdict.remove:
            with contextlib.suppress(*FOREIGN):
                await self._pairing.remove(device.id)
        if connected and not verdict.what:
            self._emit(LinkState(device, connected=False))
        self._say(device, verdict.what)

    def _over(self, connection: Connection) -> None:
        """A connection ended. One that brought nothing counts as a failure, and is spoken of when it is the third."""
        session, device = connection.session, connection.session.device
        told = f"{device.label} : {connection.told}" if connection.told else ""
        self._emit(LinkState(device, connected=False, what=told))
        if session.heard:
            self._trouble.over(device.id)
        else:
            self._say(device, self._trouble.silent(device.id, asyncio.get_running_loop().time()))

    async def _attend(self, connection: Connection) -> None:
        device_id = connection.session.device.id
        try:
            await connection.converse()
        except FOREIGN as exc:
            log.info("ble_conversation_ended", model=connection.session.model.name, error=type(exc).__name__)
        except Exception:
            # a defect of one model must not end the others
            log.exception("ble_defect", model=connection.session.model.name)
        finally:
            await connection.leave()
            self._connections.pop(device_id, None)
            self._tasks.pop(device_id, None)
        self._over(connection)
        self._scanner.anew()

    # --- ports.Radio

    def nearby(self) -> Sequence[Nearby]:
        return self._around.nearby(tuple(self._connections), asyncio.get_running_loop().time())

    async def pair(self, device_id: str, passkey: Callable[[], Awaitable[int]]) -> About:
        async with self._scanner.silence():
            connection = self._connections.get(device_id)
            if connection is None:
                met = await self._found(device_id)
                if await self._pairing.bonded(path_of(met[0])):
                    # what a person pairs anew does not work: the old bond would be in the way
                    await self._translated(self._pairing.remove(device_id))
                    met = await self._found(device_id)
                self._trouble.welcome(device_id)
                await self._translated(self._pairing.bond(path_of(met[0]), passkey))
                connection = await self._met(*met)
            else:
                connection.bonded = await self._translated(self._pairing.bond(connection.path, passkey))
                return await self._introduced(connection)
        return await self._about(connection)

    async def forget(self, device_id: str) -> None:
        async with self._scanner.silence():
            await self._translated(self._pairing.remove(device_id))
            self._trouble.welcome(device_id)
            self._said.pop(device_id, None)

    async def test(self, device_id: str) -> About:
        connection = self._connections.get(device_id)
        if connection is not None:
            return await self._introduced(connection)
        async with self._scanner.silence():
            connection = self._connections.get(device_id) or await self._met(*await self._found(device_id))
        return await self._about(connection)

    async def _found(self, device_id: str) -> Met:
        """After a scan: BlueZ keeps on trying to reach a device that sleeps for longer than anybody waits.

        Raises Fault(UNKNOWN_DEVICE).
        """
        found = await self._translated(self._scanner.look_for(device_id))
        if found is None:
            raise Fault(
                Reason.UNKNOWN_DEVICE,
                "Aucun appareil de ce nom à proximité",
                "allumez-le ou mettez-le en mode appairage, près de la borne",
            )
        return found

    async def _met(self, found: BLEDevice, model: BleModel) -> Connection:
        connection = await self._meet(found, model)
        if connection is not None:
            return connection
        said = self._said.get(found.address, "")
        if said in (words.WANTS_A_BOND, words.FORGOTTEN, words.KEYBOARD, words.UNKNOWN, words.CHANGED):
            raise Fault(Reason.LINK_REFUSED, f"{model.label} : {said}")
        raise Fault(Reason.LINK_LOST, "L'appareil ne répond pas", "approchez-le, réveillez-le et recommencez")

    async def _about(self, connection: Connection) -> About:
        """What it said at the beginning of this connection."""
        async with asyncio.timeout(self._times.reads + self._times.answer):
            return await asyncio.shield(connection.about)

    async def _introduced(self, connection: Connection) -> About:
        """What it says now."""
        told: list[About] = []
        await connection.introduce(told.append)
        if connection.session.gone.is_set():
            raise Fault(Reason.LINK_LOST, "La liaison est coupée", "approchez l'appareil et recommencez")
        self._emit(told[0])
        return told[0]

    @staticmethod
    async def _translated(work: Awaitable[_T]) -> _T:
        try:
            return await work
        except FOREIGN as exc:
            log.warning("radio_failed", error=error_name(exc) or type(exc).__name__)
            raise Fault(
                Reason.LINK_LOST,
                "Le Bluetooth ne répond pas",
                "attendez une minute ; si cela dure, redémarrez la borne",
            ) from exc
