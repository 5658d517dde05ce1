"""The service itself: one adapter, hci0, on one bus."""

from __future__ import annotations

from types import TracebackType

from bumble.controller import Controller
from bumble.device import Device as Radio
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from firmware_stubs.bluez.adapter import Adapter
from firmware_stubs.bluez.agent import AgentManager
from firmware_stubs.bluez.tree import Tree

ADAPTER_ADDRESS = "F0:F1:F2:F3:F4:00"


class BluezService:
    """``async with BluezService(bus_address, link)``: org.bluez on that bus, its radio on ``link``."""

    def __init__(self, bus_address: str, link: LocalLink) -> None:
        self._bus_address = bus_address
        self._link = link

    async def __aenter__(self) -> BluezService:
        self._controller = Controller("hci0", link=self._link)
        self._radio = Radio(
            name="cart",
            address=Address(ADAPTER_ADDRESS),
            host=Host(self._controller, AsyncPipeSink(self._controller)),
        )
        await self._radio.power_on()
        self._bus = MessageBus(bus_address=self._bus_address)
        await self._bus.connect()
        self._tree = Tree(self._bus)
        agents = AgentManager(self._tree)
        self._tree.add(agents)
        self.adapter = Adapter(self._tree, self._radio, agents, "/org/bluez/hci0")
        self._tree.add(self.adapter)
        await self._bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=["type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"],
            )
        )
        await self._bus.request_name("org.bluez")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._tree.close()
        for device in list(self.adapter.devices.values()):
            await device.hang_up()
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        await self._radio.power_off()
        self._link.remove_controller(self._controller)
