"""The one method of org.freedesktop.systemd1 that a cart asks for: RestartUnit of bluetooth.service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from dbus_fast.aio import MessageBus

from firmware_stubs.bluez.tree import Interface, Refusal, Reply, Tree, leave

NAME = "org.freedesktop.systemd1"


class _Manager(Interface):
    name = f"{NAME}.Manager"

    def __init__(self, tree: Tree, restart: Callable[[], Awaitable[None]]) -> None:
        super().__init__(tree, "/org/freedesktop/systemd1", {})
        self.restarts: list[str] = []
        self._restart = restart
        self.methods = {("RestartUnit", "ss"): self._restart_unit}

    async def _restart_unit(self, _sender: str, body: list[Any]) -> Reply:
        unit, mode = body
        if unit != "bluetooth.service" or mode != "replace":
            raise Refusal(f"{NAME}.NoSuchUnit", f"Unit {unit} not found.")
        self.restarts.append(unit)
        self.tree.spawn(self._restart())
        return "o", ["/org/freedesktop/systemd1/job/1"]


class Systemd:
    """``async with Systemd(bus_address, restart)``: ``restarts`` names the units that were asked for."""

    def __init__(self, bus_address: str, restart: Callable[[], Awaitable[None]]) -> None:
        self._bus_address = bus_address
        self._restart = restart

    @property
    def restarts(self) -> list[str]:
        return self._manager.restarts

    async def __aenter__(self) -> Systemd:
        self._bus = MessageBus(bus_address=self._bus_address)
        await self._bus.connect()
        self._tree = Tree(self._bus)
        self._manager = _Manager(self._tree, self._restart)
        self._tree.add(self._manager)
        await self._bus.request_name(NAME)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._tree.close()
        await leave(self._bus)
