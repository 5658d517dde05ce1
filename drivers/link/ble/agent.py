"""Our BlueZ agent (org.bluez.Agent1): who answers when a device wants to pair, or a service to be used.

It says yes to the one device that somebody is pairing now, and to nobody else (T2, T3). A service is let in only if it is
one of the catalog's: never a keyboard (T4).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Final

import structlog
from dbus_fast import Message, MessageType

from drivers.link.ble.bus import AGENT1, AGENT_MANAGER1, Bus
from drivers.link.ble.foreign import FOREIGN, BusError, error_name
from drivers.models.model import assigned
from edge.domain.fault import Fault

log = structlog.get_logger()

PATH: Final = "/fr/telecart/agent"

CAPABILITY: Final = "KeyboardOnly"
"""A person reads six digits from the device and types them here: whenever it can show any, the bond is protected against
somebody in the middle (Core 5.4, Vol 3 Part H table 2.8). We have no way to show digits, so none are promised."""

KEYBOARDS: Final = frozenset({assigned("1812"), assigned("1124")})
"""HID over GATT and classic HID: a device that types is no medical device (CVE-2023-45866)."""

GENERAL: Final = frozenset(assigned(number) for number in ("1800", "1801", "1805", "180a", "180f"))

_SOON: Final = 1.0
"""Seconds until the next try where BlueZ or the bus is away."""

_ROOT: Final = "/org/bluez"
_REJECTED: Final = "org.bluez.Error.Rejected"


class Rejected(Exception):
    """The agent says no."""


class Agent:
    """``services`` are the 128-bit UUIDs of the catalog. ``asked`` says whether the device being paired wanted digits."""

    def __init__(self, bus: Bus, services: Collection[str], again_seconds: float) -> None:
        self._bus = bus
        self._services = GENERAL | frozenset(services)
        self._again = again_seconds
        self._expected: tuple[str, Callable[[], Awaitable[int]]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self.asked = False
        bus.handle(self._on_message)
        bus.watch(lambda _there: self._wake.set())

    async def keep(self, shut: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled: registered and the default, whoever stole that, and whenever BlueZ or the bus came back.

        Then each time ``shut``, which forbids bonds.
        """
        told = False
        while True:
            wait = self._again
            try:
                await self.ensure()
                await shut()
                told = False
            except FOREIGN as exc:
                wait = min(wait, _SOON)
                if not told:
                    told = True
                    log.warning("agent_not_registered", error=error_name(exc) or type(exc).__name__)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def ensure(self) -> None:
        """Registered and the default now. Raises what is in foreign.FOREIGN."""
        try:
            await self._bus.call(_ROOT, AGENT_MANAGER1, "RequestDefaultAgent", "o", [PATH])
        except BusError as exc:
            if not exc.name.endswith(".DoesNotExist"):
                raise
        else:
            return
        await self._bus.call(_ROOT, AGENT_MANAGER1, "RegisterAgent", "os", [PATH, CAPABILITY])
        await self._bus.call(_ROOT, AGENT_MANAGER1, "RequestDefaultAgent", "o", [PATH])
        log.info("agent_registered")

    @contextlib.contextmanager
    def expecting(self, device_path: str, passkey: Callable[[], Awaitable[int]]) -> Iterator[None]:
        """While somebody is pairing the device at ``device_path``, whose digits ``passkey`` asks a person for."""
        self._expected = device_path, passkey
        self.asked = False
        try:
            yield
        finally:
            self._expected = None
            for task in list(self._tasks):
                task.cancel()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _on_message(self, message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != AGENT1 or message.path != PATH:
            return False
        task = asyncio.get_running_loop().create_task(self._reply(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _reply(self, message: Message) -> None:
        try:
            digits = await self._answer(message)
        except Rejected as no:
            log.warning("agent_refused", request=message.member, why=str(no))
            self._bus.send(Message.new_error(message, _REJECTED, "Rejected"))
            return
        signature, body = ("", []) if digits is None else ("u", [digits])
        self._bus.send(Message.new_method_return(message, signature, body))

    async def _answer(self, message: Message) -> int | None:
        """The digits that were asked for, None where a plain yes is the answer. Raises Rejected."""
        match message.member:
            case "Release" | "Cancel":
                return None
            case "AuthorizeService":
                if not self.lets_in(str(message.body[1])):
                    raise Rejected("not a service of the catalog")
                return None
            case "RequestPasskey":
                return await self._digits(str(message.body[0]))
            case "RequestConfirmation":
                if await self._digits(str(message.body[0])) != message.body[1]:
                    raise Rejected("other digits")
                return None
            case "RequestAuthorization":
                self._passkey_for(str(message.body[0]))
                return None
        raise Rejected("not something that we can do")

    def lets_in(self, service: str) -> bool:
        return service.lower() in self._services and service.lower() not in KEYBOARDS

    def _passkey_for(self, device_path: str) -> Callable[[], Awaitable[int]]:
        if self._expected is None or self._expected[0] != device_path:
            raise Rejected("nobody is pairing this device")
        return self._expected[1]

    async def _digits(self, device_path: str) -> int:
        passkey = self._passkey_for(device_path)
        self.asked = True
        try:
            digits = await passkey()
        except Fault as fault:
            raise Rejected(fault.what) from fault
        if not 0 <= digits <= 999_999:
            raise Rejected("not six digits")
        return digits
