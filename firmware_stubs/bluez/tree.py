"""D-Bus objects with properties that come and go, and methods that know their caller.

dbus-fast's own service classes tell a method neither who calls nor let a property be absent; BlueZ needs both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
INVALID_ARGUMENTS = "org.freedesktop.DBus.Error.InvalidArgs"


DBUS_ERROR = "org.freedesktop.DBus.Error"
CLOSE_SECONDS = 0.5


class Refusal(Exception):
    """An error reply. ``name`` is the last part of org.bluez.Error.*, or a whole D-Bus error name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name if "." in name else f"org.bluez.Error.{name}"
        self.text = text


Reply = tuple[str, list[Any]]
"""A reply's signature and body."""
NOTHING: Reply = ("", [])
Method = Callable[[str, list[Any]], Awaitable[Reply]]
"""Called with the caller's unique bus name and the arguments. Raises Refusal."""


async def leave(bus: MessageBus) -> None:
    """Leaves ``bus``, be it that it has gone before."""
    bus.disconnect()
    try:
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    except (EOFError, OSError):
        return


class Interface:
    """One interface of one object. ``writable`` properties may be set over the bus."""

    name: ClassVar[str]
    writable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, tree: Tree, path: str, properties: Mapping[str, Variant]) -> None:
        self.tree = tree
        self.path = path
        self.properties = dict(properties)
        self.methods: dict[tuple[str, str], Method] = {}

    def get(self, name: str) -> Any:
        """The value of a property, None where it is absent."""
        variant = self.properties.get(name)
        return None if variant is None else variant.value

    def set(self, *, always: bool = False, **changed: Variant) -> None:
        """Sets properties and signals those that differ (all of them with ``always``)."""
        self.change(changed, always=always)

    def change(self, changed: Mapping[str, Variant], *, always: bool = False) -> None:
        news = {name: value for name, value in changed.items() if always or self.properties.get(name) != value}
        self.properties.update(news)
        if news:
            self.tree.signal(self.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [self.name, news, []])

    def drop(self, name: str) -> None:
        """Takes a property away and signals it as invalidated."""
        if self.properties.pop(name, None) is not None:
            self.tree.signal(self.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [self.name, {}, [name]])

    async def write(self, name: str, value: Variant) -> None:
        """Somebody sets a ``writable`` property. Raises Refusal."""
        self.change({name: value})

    def lost(self, sender: str) -> None:
        """``sender`` left the bus."""


def _no_method(message: Message) -> str:
    """In the words of BlueZ's gdbus."""
    return (
        f'Method "{message.member}" with signature "{message.signature}" on interface "{message.interface}" '
        "doesn't exist\n"
    )


class Tree:
    """All objects of one service on one bus connection. While it is ``frozen`` it answers nobody."""

    def __init__(self, bus: MessageBus) -> None:
        self.frozen = False
        self._bus = bus
        self._objects: dict[str, dict[str, Interface]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        bus.add_message_handler(self._on_message)

    def add(self, interface: Interface) -> None:
        fresh = {interface.name: interface}
        self._objects.setdefault(interface.path, {}).update(fresh)
        self.signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [interface.path, self._shown(fresh)])

    def remove(self, path: str) -> None:
        """Removes an object and all below it, the deepest first."""
        for found in sorted((p for p in self._objects if p == path or p.startswith(f"{path}/")), reverse=True):
            names = [*self._objects.pop(found), PROPERTIES]
            self.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [found, names])

    def signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, body))

    async def call(self, owner: str, path: str, interface: str, member: str, signature: str, body: list[Any]) -> Any:
        """Calls somebody on the bus. Raises Refusal with the error that came back, or where nobody is there."""
        if not self._bus.connected:
            raise Refusal("Failed", "no bus")
        message = Message(owner, path, interface, member, signature=signature, body=body)
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            raise Refusal((reply.error_name if reply else None) or "Failed", "the other side refused")
        return reply.body[0] if reply.body else None

    def spawn(self, work: Awaitable[None]) -> None:
        """Runs ``work`` in the background until ``close``."""

        async def run() -> None:
            await work

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lets what is nearly done end, for the radio dislikes a command that nobody waits for, and cancels the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @staticmethod
    def _shown(interfaces: Mapping[str, Interface]) -> dict[str, dict[str, Variant]]:
        return {name: dict(interface.properties) for name, interface in interfaces.items()}

    def _on_message(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL:
            if message.member == "NameOwnerChanged" and message.body and not message.body[2]:
                for interfaces in list(self._objects.values()):
                    for interface in list(interfaces.values()):
                        interface.lost(message.body[0])
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if self.frozen:
            return True
        if message.interface == OBJECT_MANAGER and message.member == "GetManagedObjects":
            objects = {path: self._shown(interfaces) for path, interfaces in self._objects.items()}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [objects])
        if message.interface == "org.freedesktop.DBus.Peer":
            return None
        self.spawn(self._answer(message))
        return True

    async def _answer(self, message: Message) -> None:
        try:
            signature, body = await self._call(message)
            reply = Message.new_method_return(message, signature, body)
        except Refusal as refusal:
            reply = Message.new_error(message, refusal.name, refusal.text)
        if not message.flags & MessageFlag.NO_REPLY_EXPECTED and self._bus.connected:
            self._bus.send(reply)

    async def _call(self, message: Message) -> Reply:
        interfaces = self._objects.get(message.path or "")
        if interfaces is None:
            raise Refusal(UNKNOWN_OBJECT, _no_method(message))
        if message.interface == PROPERTIES:
            return await self._properties(interfaces, message)
        interface = interfaces.get(message.interface or "")
        method = interface.methods.get((message.member or "", message.signature)) if interface else None
        if method is None:
            raise Refusal(UNKNOWN_METHOD, _no_method(message))
        return await method(message.sender or "", message.body)

    @staticmethod
    async def _properties(interfaces: Mapping[str, Interface], message: Message) -> Reply:
        interface = interfaces.get(message.body[0]) if message.body else None
        if interface is None:
            raise Refusal(INVALID_ARGUMENTS, f"No such interface '{message.body[0] if message.body else ''}'")
        match message.member, message.signature:
            case "GetAll", "s":
                return "a{sv}", [dict(interface.properties)]
            case "Get", "ss":
                if message.body[1] not in interface.properties:
                    raise Refusal(INVALID_ARGUMENTS, f"No such property '{message.body[1]}'")
                return "v", [interface.properties[message.body[1]]]
            case "Set", "ssv":
                name, value = message.body[1:]
                if name not in interface.writable:
                    raise Refusal(f"{DBUS_ERROR}.PropertyReadOnly", f"Property '{name}' is not writable")
                if value.signature != interface.properties[name].signature:
                    raise Refusal(f"{DBUS_ERROR}.InvalidSignature", f"Invalid signature for '{name}'")
                await interface.write(name, value)
                return NOTHING
        raise Refusal(UNKNOWN_METHOD, f"Method {message.member} does not exist")
