"""The service itself: one adapter, hci0, on one bus."""

from __future__ import annotations

from types import TracebackType

from bumble.controller import Controller
from bumble.device import Device as Radio
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink
from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from firmware_stubs.bluez.adapter import Adapter
from firmware_stubs.bluez.agent import AgentManager
from firmware_stubs.bluez.release import TRIXIE, Release
from firmware_stubs.bluez.storage import Storage
from firmware_stubs.bluez.tree import Tree, leave

ADAPTER_ADDRESS = "F0:F1:F2:F3:F4:00"


class BluezService:
    """``async with BluezService(bus_address, link)``: org.bluez of a ``release`` on that bus, its radio on ``link``.

    It may be entered again after it was left: the bonds are still there.
    """

    def __init__(self, bus_address: str, link: LocalLink, release: Release = TRIXIE) -> None:
        self.bus_address = bus_address
        self.release = release
        self.storage = Storage()
        self._link = link

    async def __aenter__(self) -> BluezService:
        self._controller = Controller("hci0", link=self._link)
        self._radio = Radio(
            name="cart",
            address=Address(ADAPTER_ADDRESS),
            host=Host(self._controller, AsyncPipeSink(self._controller)),
        )
        self._radio.keystore = self.storage.keys
        await self._radio.power_on()
        self._bus = MessageBus(bus_address=self.bus_address)
        await self._bus.connect()
        self.tree = Tree(self._bus)
        self.agents = AgentManager(self.tree)
        self.tree.add(self.agents)
        self.adapter = Adapter(self.tree, self._radio, self.agents, self.storage, self.release, "/org/bluez/hci0")
        self.tree.add(self.adapter)
        self.adapter.restore()
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

    async def unplug(self) -> None:
        """The adapter is pulled out: its devices and then itself leave the bus."""
        await self.adapter.power(on=False)
        for device in list(self.adapter.devices.values()):
            self.adapter.forget(device)
        self.tree.remove(self.adapter.path)

    def plug(self) -> None:
        """It is put back; BlueZ powers it (AutoEnable)."""
        self.adapter.set(Powered=Variant("b", True))
        self.tree.add(self.adapter)
        self.adapter.restore()

    async def kill(self) -> None:
        """As by SIGKILL: the name is gone from the bus, and nobody is told that the connections are over."""
        await leave(self._bus)
        await self.__aexit__(None, None, None)

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.tree.close()
        # what a test left hung is let go
        self.adapter.hung = False
        for device in list(self.adapter.devices.values()):
            await device.hang_up()
            device.outlast()
        await leave(self._bus)
        await self._radio.power_off()
        self._link.remove_controller(self._controller)
