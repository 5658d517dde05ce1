"""What every simulated device has in common: it sleeps, wakes up with a value, tells it to who subscribes, and sleeps."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import functools
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any

from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service
from bumble.hci import Address, HCI_Disconnect_Command, HCI_ErrorCode
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from firmware_stubs.gatt.bond import Bond

ADVERTISING_MILLISECONDS = 50.0
HANG_UP_SECONDS = 2.0
CONNECTION_SECONDS = 30.0
"""How long a device waits for a connected central to subscribe before it hangs up."""


class HangUp(Exception):
    """Raised in a conversation: the device hangs up now, and begins it anew in the next connection."""


@dataclasses.dataclass(frozen=True)
class _Outgoing:
    """``say`` runs once the central is subscribed to ``characteristic``; what it does not finish stays to be done."""

    characteristic: Characteristic[bytes]
    say: Callable[[Connection], Awaitable[None]]
    delivered: asyncio.Future[None]


def device_information(manufacturer: str, model: str, serial: str) -> Service:
    """Service 0x180A."""

    def text(number: int, value: str) -> Characteristic[bytes]:
        return Characteristic(
            UUID.from_16_bits(number), Characteristic.Properties.READ, Characteristic.READABLE, value.encode()
        )

    return Service(
        UUID.from_16_bits(0x180A),
        [text(0x2A29, manufacturer), text(0x2A24, model), text(0x2A25, serial), text(0x2A26, "1.0")],
    )


async def hang_up(connection: Connection) -> None:
    """Ends ``connection``; returns once it is over, whoever of the two was faster, and after HANG_UP_SECONDS anyway.

    Raises what bumble raises if the controller refuses.
    """
    # bumble's own disconnect never returns when the far end hangs up at the same moment, nor bears to be cancelled
    device = connection.device
    if device.lookup_connection(connection.handle) is not connection:
        return
    gone = asyncio.Event()
    connection.on(connection.EVENT_DISCONNECTION, lambda _reason: gone.set())
    command = HCI_Disconnect_Command(
        connection_handle=connection.handle, reason=HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
    )
    await asyncio.shield(asyncio.ensure_future(device.send_async_command(command)))
    await asyncio.wait([waiting := asyncio.create_task(gone.wait())], timeout=HANG_UP_SECONDS)
    waiting.cancel()


class Peripheral:
    """A device at ``address`` ("F0:F1:F2:F3:F4:F5", random static) on ``link``.

    ``service`` is the 16-bit number it advertises. It advertises only while it has something to send, hangs up when it
    is sent, and keeps what could not be sent. ``hang_up_early`` is how many of the next connections it breaks after the
    central subscribed, before anything is sent; ``linger`` how many seconds it stays connected after its last word.
    ``hang_up_at_once`` is how many it breaks while the central discovers its services. ``bond`` says how it pairs; an
    ``eager`` device remembers with its bond what was subscribed to, and sends as soon as the link is encrypted.
    ``last_said`` is when it last sent a value, in monotonic seconds.
    """

    def __init__(self, link: LocalLink, address: str, name: str, service: int, services: list[Service]) -> None:
        self.address = address
        self.name = name
        self.hang_up_early = 0
        self.hang_up_at_once = 0
        self.linger = 0.0
        self.eager = False
        self.connections = 0
        self.last_said = 0.0
        self._link = link
        self._controller = Controller(name, link=link)
        self._device = Device(
            name=name, address=Address(address), host=Host(self._controller, AsyncPipeSink(self._controller))
        )
        self._device.add_services(services)
        self.bond = Bond(self._device)
        self._device.advertising_interval_min = ADVERTISING_MILLISECONDS
        self._device.advertising_interval_max = ADVERTISING_MILLISECONDS
        self._device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, service.to_bytes(2, "little")),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
                ]
            )
        )
        self._outbox: collections.deque[_Outgoing] = collections.deque()
        self._something = asyncio.Event()
        self._subscription = asyncio.Event()
        self._subscribed: set[int] = set()
        self._subscribed_for_ever: set[int] = set()
        self._connected: asyncio.Future[Connection] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._commands: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Peripheral:
        await self._device.power_on()
        self._device.on(self._device.EVENT_CONNECTION, self._on_connection)
        self._device.gatt_server.on("characteristic_subscription", self._on_subscription)
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._worker is not None
        self._worker.cancel()
        await asyncio.wait([self._worker, *self._commands])
        for waiting in self._outbox:
            waiting.delivered.cancel()
        await self._device.stop_advertising()
        await self._device.power_off()
        self._link.remove_controller(self._controller)
        if not self._worker.cancelled() and (broken := self._worker.exception()) is not None:
            raise broken

    async def sleep(self) -> None:
        """Hangs up and forgets what it had to say, as when its batteries are taken out and put back."""
        assert self._worker is not None
        self._worker.cancel()
        await asyncio.wait([self._worker, *self._commands])
        if not self._worker.cancelled() and (broken := self._worker.exception()) is not None:
            raise broken
        for waiting in self._outbox:
            waiting.delivered.cancel()
        self._outbox.clear()
        self._something.clear()
        await self._command(self._device.stop_advertising())
        for connection in list(self._device.connections.values()):
            await hang_up(connection)
        self._worker = asyncio.create_task(self._work())

    def _post(self, characteristic: Characteristic[bytes], value: bytes) -> asyncio.Future[None]:
        """Wakes the device up for ``value``; the future is done when a central has it (confirmed, if indicated)."""
        return self._converse(characteristic, functools.partial(self._tell, characteristic, value))

    def _converse(
        self, characteristic: Characteristic[bytes], say: Callable[[Connection], Awaitable[None]]
    ) -> asyncio.Future[None]:
        """Wakes the device up for a conversation that ends when ``say`` returns; it begins anew if the link is lost."""
        outgoing = _Outgoing(characteristic, say, asyncio.get_running_loop().create_future())
        self._outbox.append(outgoing)
        self._something.set()
        return outgoing.delivered

    async def _delivered(self, delivered: asyncio.Future[None], timeout: float) -> None:
        """Raises TimeoutError after ``timeout`` seconds; the value stays to be sent."""
        await asyncio.wait_for(asyncio.shield(delivered), timeout)

    def _on_connection(self, connection: Connection) -> None:
        if self._connected is not None and not self._connected.done():
            self._connected.set_result(connection)

    def _on_subscription(
        self, _bearer: object, characteristic: Characteristic[bytes], notify: bool, indicate: bool
    ) -> None:
        if notify or indicate:
            self._subscribed.add(characteristic.handle)
            self._subscribed_for_ever.add(characteristic.handle)
        else:
            self._subscribed.discard(characteristic.handle)
        self._subscription.set()

    async def _command(self, command: Coroutine[Any, Any, None]) -> None:
        """Runs ``command`` to its end even if we are cancelled: bumble cannot take back what the controller was told."""
        task = asyncio.create_task(command)
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        await asyncio.shield(task)

    async def _work(self) -> None:
        while True:
            await self._something.wait()
            self._connected = asyncio.get_running_loop().create_future()
            self._subscribed.clear()
            await self._command(self._device.start_advertising())
            connection = await self._connected
            self.connections += 1
            await self._command(self._device.stop_advertising())
            await self._serve(connection)
            if not self._outbox:
                self._something.clear()

    async def _serve(self, connection: Connection) -> None:
        gone = asyncio.Event()
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: gone.set())
        sender = asyncio.create_task(self._send_all(connection))
        leaving = asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({sender, leaving}, timeout=CONNECTION_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sender.cancel()
            leaving.cancel()
            await asyncio.wait({sender, leaving})
        if not gone.is_set():
            if not sender.cancelled() and (broken := sender.exception()) is not None:
                raise broken
            await hang_up(connection)

    def add(self, service: Service) -> None:
        """One more service, beside those of the device's family."""
        self._device.add_services([service])

    async def forget_bond(self) -> None:
        """As after a change of batteries."""
        await self.bond.forget()
        self._subscribed_for_ever.clear()

    async def _send_all(self, connection: Connection) -> None:
        if self.hang_up_at_once:
            self.hang_up_at_once -= 1
            return
        await self.bond.secured(connection)
        if self.eager:
            self._subscribed |= self._subscribed_for_ever
        while self._outbox:
            outgoing = self._outbox[0]
            while outgoing.characteristic.handle not in self._subscribed:
                self._subscription.clear()
                await self._subscription.wait()
            if self.hang_up_early:
                self.hang_up_early -= 1
                return
            try:
                await outgoing.say(connection)
            except HangUp:
                return
            self._outbox.popleft()
            if not outgoing.delivered.done():
                outgoing.delivered.set_result(None)
            if not self._outbox:
                await asyncio.sleep(self.linger)

    async def _tell(self, characteristic: Characteristic[bytes], value: bytes, connection: Connection) -> None:
        """Returns when the central has confirmed ``value``, or at once where it is notified."""
        self.last_said = time.monotonic()
        if characteristic.properties & Characteristic.Properties.INDICATE:
            await self._device.indicate_subscriber(connection, characteristic, value, force=self.eager)
        else:
            await self._device.notify_subscriber(connection, characteristic, value, force=self.eager)
