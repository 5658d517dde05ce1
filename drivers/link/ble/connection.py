"""One connection of one device, from connecting to letting go: subscribe at once, converse, and ask what it is."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Final

import structlog
from bleak import BleakClient
from bleak.args.bluez import BlueZClientArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from drivers.link.ble import words
from drivers.link.ble.agent import KEYBOARDS
from drivers.link.ble.early import Early
from drivers.link.ble.foreign import FOREIGN, att_code, error_name
from drivers.link.ble.session import UNDECODABLE_KEPT, Session
from drivers.link.ble.times import Times
from drivers.models import about as facts
from drivers.models.model import assigned
from edge.domain.binding import AT_ONCE
from edge.domain.dialogue import Finished, Known, Say, Step, Tell
from edge.domain.ports import About, DeviceBook, LinkState
from edge.domain.spot import SpotRule

log = structlog.get_logger()

TICK: Final = 1.0
"""Seconds between two calls of a dialogue's ``waited``."""


class Connection:
    """``bonded`` as BlueZ has it when the connection is made; ``about`` is done when the device was asked what it is."""

    def __init__(
        self,
        found: BLEDevice,
        session: Session,
        book: DeviceBook,
        early: Early,
        times: Times,
        client_args: BlueZClientArgs,
    ) -> None:
        self.found = found
        self.session = session
        self.bonded = False
        self.about: asyncio.Future[About] = asyncio.get_running_loop().create_future()
        self.told = ""
        self._values: dict[str, bytes] = {}
        self._book = book
        self._early = early
        self._times = times
        self._client = BleakClient(
            found, disconnected_callback=lambda _: session.gone.set(), timeout=times.connect, bluez=client_args
        )

    @property
    def path(self) -> str:
        return path_of(self.found)

    async def connect(self) -> None:
        """Raises what is in foreign.FOREIGN."""
        # BlueZ may hang where bleak waits for it without an end
        async with asyncio.timeout(self._times.connect + self._times.answer):
            await self._client.connect()

    def types(self) -> bool:
        """It offers to be a keyboard (T4)."""
        return any(service.uuid in KEYBOARDS for service in self._client.services)

    async def subscribe(self) -> bool:
        """False for a device that has none of the values of its model. Raises what is in foreign.FOREIGN."""
        model = self.session.model
        wanted = {**model.subscribe, **model.control}
        present = [
            (source, characteristic)
            for source in wanted
            if (characteristic := self._client.services.get_characteristic(assigned(source))) is not None
        ]
        values = [source for source, _ in present if source in model.subscribe]
        if values and all(source in model.live for source in values):
            self.session.spot = SpotRule()
        if self.bonded:
            await self._early.ask(self.session.device.id, self._paths())
        async with asyncio.timeout(self._times.subscribe):
            for source, characteristic in present:
                if wanted[source] not in characteristic.properties:
                    log.warning("ble_delivery_differs", model=model.name, source=source)
                await self._client.start_notify(characteristic, functools.partial(self._on_value, source))
        self.take_early()
        return bool(values)

    def take_early(self) -> None:
        """What the device said before it was subscribed to; a running value of then is no running value any more."""
        now = asyncio.get_running_loop().time()
        for value in self._early.subscribed(self.session.device.id):
            if value.source not in self.session.model.live:
                self.session.take(value.source, value.data, now, late=now - value.at > AT_ONCE)

    def _on_value(self, source: str, _from: BleakGATTCharacteristic, data: bytearray) -> None:
        self.session.take(source, bytes(data), asyncio.get_running_loop().time())

    async def converse(self) -> None:
        """Until the device is gone, or has said all it had to say."""
        session = self.session
        session.opened(self._book.known(session.device.id))
        loop = asyncio.get_running_loop()
        gone = loop.create_task(self._until_gone())
        speaking = loop.create_task(self._speak())
        ticking = loop.create_task(self._tick())
        introducing = loop.create_task(self.introduce(self._settle_about))
        tasks = (gone, speaking, ticking, introducing)
        try:
            await asyncio.wait({gone, speaking, ticking}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done() and not gone.done() and session.undecodable <= UNDECODABLE_KEPT:
                # nothing holds the device any more but that we do not know it yet, or its clock is wrong
                await asyncio.wait({gone, introducing}, return_when=asyncio.FIRST_COMPLETED)
                while not session.steps.empty() and not gone.done():
                    await self._do(session.steps.get_nowait())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            self.end_introduction()
        for task in tasks:
            if not task.cancelled():
                task.result()

    def _paths(self) -> dict[str, str]:
        """The object of each characteristic whose values are readings."""
        paths = {}
        for source in self.session.model.subscribe:
            if source not in self.session.model.live and self._can(source, "indicate", "notify"):
                characteristic = self._client.services.get_characteristic(assigned(source))
                assert characteristic is not None
                paths[source] = str(characteristic.obj[0])
        return paths

    async def _until_gone(self) -> None:
        await self.session.gone.wait()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        while True:
            await asyncio.sleep(TICK)
            self.session.waited(loop.time() - opened)

    async def _speak(self) -> None:
        """Does what the dialogue says, in its order, until it has finished."""
        while True:
            step = await self.session.steps.get()
            if isinstance(step, Finished):
                if self.session.undecodable > UNDECODABLE_KEPT:
                    self._tell(words.NONSENSE)
                return
            await self._do(step)

    async def _do(self, step: Step) -> None:
        match step:
            case Tell(what):
                self._tell(what)
            case Say():
                await self._write(step)

    async def _write(self, said: Say) -> None:
        code = None
        try:
            characteristic = self._client.services.get_characteristic(assigned(said.target))
            if characteristic is not None:
                async with asyncio.timeout(self._times.write):
                    await self._client.write_gatt_char(characteristic, said.data, response=True)
                if said.target in facts.CLOCKS:
                    await self._tell_clock(said.target)
                return
            error = "no such characteristic"
        except FOREIGN as exc:
            code = att_code(exc)
            error = error_name(exc) or type(exc).__name__
        log.info("ble_write_failed", model=self.session.model.name, target=said.target, error=error, code=code)
        self.session.unsent(said, code)

    async def _tell_clock(self, source: str) -> None:
        """A clock that was set is read again: what it says now is what the next readings carry."""
        await self._read(source, self._values)
        known = self._book.known(self.session.device.id)
        self.session.emit(self._about(self._values, known), None)

    def _tell(self, what: str) -> None:
        self.told = what
        device = self.session.device
        self.session.emit(LinkState(device, connected=True, what=f"{device.label} : {what}" if what else ""), None)

    # --- what it is

    def announce(self) -> None:
        """Before anything it says: a device on the list that stands on no bond is not vouched for (T2)."""
        if not self.bonded and self._book.model_of(self.session.device.id) is not None:
            self.session.emit(self._about({}, Known()), None)

    def end_introduction(self) -> None:
        """One About a connection, however short: what was read until its end."""
        if not self.about.done():
            self._settle_about(self._about(self._values, Known()))

    def _settle_about(self, about: About) -> None:
        self.session.emit(about, None)
        if not self.about.done():
            self.about.set_result(about)

    def _about(self, values: dict[str, bytes], known: Known) -> About:
        return facts.about(self.session.device, values, known, bonded=self.bonded)

    async def introduce(self, told: Callable[[About], None]) -> None:
        """Reads what the device says of itself, sets its clock where that is wrong, and tells. Failures tell less."""
        values = self._values
        try:
            async with asyncio.timeout(self._times.reads):
                for source in facts.READ:
                    await self._read(source, values)
        except TimeoutError:
            log.info("ble_about_incomplete", model=self.session.model.name, read=len(values))
        known = self._book.known(self.session.device.id)
        told(self._about(values, known))
        setting = facts.clock_setting(values, known)
        if setting is not None and self._can(setting.target, "write"):
            self.session.do([setting])

    def _can(self, source: str, *what: str) -> bool:
        """False too where the device is gone: then bleak knows no services any more."""
        try:
            characteristic = self._client.services.get_characteristic(assigned(source))
        except FOREIGN:
            return False
        return characteristic is not None and any(one in characteristic.properties for one in what)

    async def _read(self, source: str, values: dict[str, bytes]) -> None:
        # a value that is read from a characteristic which delivers would look as if it had been delivered
        if source in self.session.model.subscribe or not self._can(source, "read"):
            return
        try:
            async with asyncio.timeout(self._times.read):
                values[source] = bytes(await self._client.read_gatt_char(assigned(source)))
        except FOREIGN as exc:
            log.info("ble_read_failed", model=self.session.model.name, source=source, error=type(exc).__name__)

    async def leave(self) -> None:
        self.session.end(asyncio.get_running_loop().time())
        self._early.ended(self.session.device.id)
        try:
            async with asyncio.timeout(self._times.leave):
                await self._client.disconnect()
        except FOREIGN as exc:
            log.info("ble_disconnect_failed", model=self.session.model.name, error=type(exc).__name__)


def path_of(found: BLEDevice) -> str:
    """The object path of a device that bleak found through BlueZ."""
    return str(found.details["path"])
