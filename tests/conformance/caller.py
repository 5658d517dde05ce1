"""A caller of org.bluez that keeps all it is told, in words that can be compared between two services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER_PATH = "/org/bluez/hci0"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
AGENT_PATH = "/agent"
CALL_SECONDS = 40.0

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

OF_THE_PLACE = frozenset({"Address", "Alias", "Class", "Modalias", "Name", "RSSI", "TxPower", "UUIDs"})
"""What differs between two adapters, or two moments: only its type is compared."""


def plain(value: Any) -> Json:
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in sorted(value.items(), key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def shown(properties: Mapping[str, Variant], hidden: frozenset[str] = frozenset({"RSSI"})) -> list[Json]:
    """Each property with its D-Bus type and value; of those ``hidden`` only the type."""
    return [
        f"{name}: {variant.signature}" if name in hidden else f"{name}: {variant.signature} {plain(variant)}"
        for name, variant in sorted(properties.items())
    ]


class Caller:
    """``async with Caller(bus_address)``; ``news`` are all signals of org.bluez, in their order.

    It is an agent too, at AGENT_PATH: ``asked`` is what it was asked, and it says yes; ``passkey`` is what it asks a
    person for.
    """

    def __init__(self, bus_address: str) -> None:
        self._bus = MessageBus(bus_address=bus_address)
        self.news: list[Message] = []
        self.asked: list[str] = []
        self.passkey: Callable[[], Awaitable[int]] | None = None
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Caller:
        await self._bus.connect()
        self._bus.add_message_handler(self._on_message)
        await self._bus.call(
            Message(
                "org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "AddMatch",
                signature="s",
                body=["type='signal',sender='org.bluez'"],
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    def _on_message(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL and message.interface in (PROPERTIES, OBJECT_MANAGER):
            self.news.append(message)
            self._spawn(self._wake())
            return None
        if message.message_type is MessageType.METHOD_CALL and message.interface == "org.bluez.Agent1":
            self._spawn(self._answer(message))
            return True
        return None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: Message) -> None:
        self.asked.append(str(message.member))
        if message.member == "RequestPasskey" and self.passkey is not None:
            await self._bus.send(Message.new_method_return(message, "u", [await self.passkey()]))
        else:
            await self._bus.send(Message.new_method_return(message))

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, holds: Callable[[], bool], seconds: float = CALL_SECONDS) -> None:
        """Returns when ``holds``, looked at after each signal. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(holds)

    async def raw(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Message:
        async with asyncio.timeout(CALL_SECONDS):
            reply = await self._bus.call(
                Message("org.bluez", path, interface, member, signature=signature, body=list(body))
            )
        assert reply is not None
        return reply

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Json:
        """What was answered: the name and words of an error, or the values that were returned."""
        reply = await self.raw(path, interface, member, signature, *body)
        if reply.message_type is MessageType.ERROR:
            return f"{reply.error_name}: {reply.body[0] if reply.body else ''}"
        return [reply.signature, *(plain(one) for one in reply.body)]

    async def objects(self) -> dict[str, dict[str, dict[str, Variant]]]:
        reply = await self.raw("/", OBJECT_MANAGER, "GetManagedObjects")
        objects: dict[str, dict[str, dict[str, Variant]]] = reply.body[0]
        return objects

    async def get(self, path: str, interface: str, name: str) -> Any:
        """None where there is no such object or property."""
        reply = await self.raw(path, PROPERTIES, "Get", "ss", interface, name)
        return None if reply.message_type is MessageType.ERROR else reply.body[0].value

    def changes(self, path: str, interface: str, since: int = 0) -> list[str]:
        """How the properties of one object changed, "Name value" each, in their order."""
        return [
            f"{name} {plain(value)}"
            for message in self.news[since:]
            if message.member == "PropertiesChanged" and message.path == path and message.body[0] == interface
            for name, value in message.body[1].items()
            if name not in OF_THE_PLACE
        ]

    def removed(self, since: int = 0) -> set[str]:
        """The objects that lost interfaces of org.bluez, with those: "path interface"."""
        return {
            f"{message.body[0]} {name}"
            for message in self.news[since:]
            if message.member == "InterfacesRemoved"
            for name in message.body[1]
            if name.startswith("org.bluez.")
        }

    def added(self, since: int = 0) -> set[str]:
        return {message.body[0] for message in self.news[since:] if message.member == "InterfacesAdded"}
