"""A connection of our own to the system bus, for what bleak has no words for: agent, pairing, power, the unit's restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from drivers.link.ble.foreign import BusError

BLUEZ: Final = "org.bluez"
ADAPTER1: Final = "org.bluez.Adapter1"
DEVICE1: Final = "org.bluez.Device1"
CHARACTERISTIC1: Final = "org.bluez.GattCharacteristic1"
AGENT1: Final = "org.bluez.Agent1"
AGENT_MANAGER1: Final = "org.bluez.AgentManager1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"

_DBUS: Final = ("/org/freedesktop/DBus", "org.freedesktop.DBus")
_OWNERS: Final = f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{BLUEZ}'"

Handler = Callable[[Message], bool]
"""Looks at a message; True if it is dealt with."""


class Bus:
    """Connects when it is needed, and anew when the bus was restarted."""

    def __init__(self, answer_seconds: float) -> None:
        self._seconds = answer_seconds
        self._bus: MessageBus | None = None
        self._opening = asyncio.Lock()
        self._handlers: list[Handler] = []
        self._watchers: list[Callable[[bool], None]] = []

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """``watcher(True)`` when bluetoothd comes, ``watcher(False)`` when it goes; bleak does not notice."""
        self._watchers.append(watcher)

    def handle(self, handler: Handler) -> None:
        """``handler`` sees every message, on this connection to the bus and on those that follow it."""
        self._handlers.append(handler)

    async def open(self) -> MessageBus:
        """Raises what is in foreign.FOREIGN."""
        async with self._opening:
            if self._bus is not None and self._bus.connected:
                return self._bus
            await self._drop()
            bus = MessageBus(bus_type=BusType.SYSTEM)
            try:
                async with asyncio.timeout(self._seconds):
                    await bus.connect()
            except BaseException:
                bus.disconnect()
                raise
            bus.add_message_handler(self._on_message)
            self._bus = bus
        await self.call(*_DBUS, "AddMatch", "s", [_OWNERS], destination="org.freedesktop.DBus")
        return bus

    def _on_message(self, message: Message) -> bool | None:
        if message.member == "NameOwnerChanged" and message.body and message.body[0] == BLUEZ:
            for watcher in self._watchers:
                watcher(bool(message.body[2]))
        return any(handler(message) for handler in self._handlers) or None

    def send(self, message: Message) -> None:
        """An answer; lost where the bus is."""
        if self._bus is not None and self._bus.connected:
            self._bus.send(message)

    async def close(self) -> None:
        async with self._opening:
            await self._drop()

    async def _drop(self) -> None:
        bus, self._bus = self._bus, None
        if bus is None:
            return
        try:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        except (DBusFastError, OSError, EOFError):
            return  # it says again why it died

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: Sequence[Any] = (),
        *,
        destination: str = BLUEZ,
        seconds: float | None = None,
    ) -> list[Any]:
        """The body of the reply. Raises BusError for an error reply, TimeoutError after ``seconds`` (default: answer)."""
        bus = await self.open()
        message = Message(destination, path, interface, member, signature=signature, body=list(body))
        async with asyncio.timeout(self._seconds if seconds is None else seconds):
            reply = await bus.call(message)
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            name = (reply.error_name if reply else None) or "no reply"
            raise BusError(name, str(reply.body[0]) if reply and reply.body else "")
        return list(reply.body)

    async def properties(self, path: str, interface: str) -> dict[str, Any]:
        (found,) = await self.call(path, PROPERTIES, "GetAll", "s", [interface])
        return {name: variant.value for name, variant in found.items()}

    async def set(self, path: str, interface: str, name: str, value: Variant) -> None:
        await self.call(path, PROPERTIES, "Set", "ssv", [interface, name, value])

    async def objects(self, interface: str) -> dict[str, dict[str, Any]]:
        """Path and properties of every object of BlueZ that has ``interface``."""
        (found,) = await self.call("/", OBJECTS, "GetManagedObjects")
        return {
            path: {name: variant.value for name, variant in interfaces[interface].items()}
            for path, interfaces in found.items()
            if interface in interfaces
        }

    async def adapter(self, name: str | None) -> str:
        """The path of the adapter ("hci0"; None: the first, if possible with power). Raises BusError where there is none."""
        if name is not None:
            return f"/org/bluez/{name}"
        found = await self.objects(ADAPTER1)
        if not found:
            raise BusError("org.bluez.Error.NotAvailable", "no adapter")
        return min(found, key=lambda path: (not found[path].get("Powered"), path))
