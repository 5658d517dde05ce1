"""What goes wrong between a cart and its Bluetooth devices, by name; injected below the cart's own libraries."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from firmware_stubs.ble_ward import BleWard
from firmware_stubs.bluez.systemd import Systemd
from firmware_stubs.bluez.tree import leave
from firmware_stubs.private_bus import PrivateBus

GONE_SECONDS = 1.0
"""How long the adapter, the daemon or the bus is away."""


class Site:
    """``async with Site() as site``: a bus, a ward on it, and a systemd that restarts bluetoothd when it is asked to."""

    def __init__(self, folder: Path | None = None) -> None:
        self.bus = PrivateBus(folder)
        self.ward: BleWard
        self.systemd: Systemd
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Site:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.bus)
            self.ward = await stack.enter_async_context(BleWard(self.bus.address))
            self.systemd = await stack.enter_async_context(Systemd(self.bus.address, self.restart_bluetoothd))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def cuff_path(self) -> str:
        return f"{self.ward.bluez.adapter.path}/dev_{self.ward.cuff.address.replace(':', '_')}"

    async def restart_bluetoothd(self) -> None:
        await self.ward.bluez.kill()
        await asyncio.sleep(GONE_SECONDS)
        await self.ward.bluez.__aenter__()


class Needs(enum.Enum):
    """What the cart is to do before a fault, and what comes of it."""

    NOTHING = "nothing"
    BOND = "bond"
    """The cuff is bonded before."""
    PAIRING = "pairing"
    """The cuff is to be paired while the fault lasts."""
    PERSON = "person"
    """The cuff is bonded before, and only a person can put it right: the cart is to say so."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """``inject`` breaks something and leaves it to the cart to get over it; what is left of it ends with the context."""

    number: int
    inject: Callable[[Site], AbstractAsyncContextManager[None]]
    needs: Needs = Needs.NOTHING


@asynccontextmanager
async def stolen_agent(site: Site) -> AsyncIterator[None]:
    """A bluetoothctl that somebody left open is the default agent, and refuses everything."""
    stray = MessageBus(bus_address=site.bus.address)
    await stray.connect()

    def refuse(message: Message) -> Message | None:
        if message.message_type is MessageType.METHOD_CALL and message.interface == "org.bluez.Agent1":
            return Message.new_error(message, "org.bluez.Error.Rejected", "Rejected")
        return None

    stray.add_message_handler(refuse)
    manager = ("org.bluez", "/org/bluez", "org.bluez.AgentManager1")
    await stray.call(Message(*manager, "RegisterAgent", signature="os", body=["/org/bluez/agent", "KeyboardDisplay"]))
    await stray.call(Message(*manager, "RequestDefaultAgent", signature="o", body=["/org/bluez/agent"]))
    try:
        yield
    finally:
        await leave(stray)


@asynccontextmanager
async def lost_bond(site: Site) -> AsyncIterator[None]:
    """The cuff got new batteries."""
    await site.ward.cuff.forget_bond()
    yield


@asynccontextmanager
async def in_progress(site: Site) -> AsyncIterator[None]:
    """A process was killed: its discovery and its connection attempt are still there."""
    adapter = site.ward.bluez.adapter
    adapter.busy = True
    if site.cuff_path in adapter.devices:
        adapter.devices[site.cuff_path].stuck = True
    yield


@asynccontextmanager
async def dead_discovery(site: Site) -> AsyncIterator[None]:
    """The radio stops scanning and BlueZ does not notice (bluez issue 807)."""
    await site.ward.bluez.adapter.scanning_anew()
    await site.ward.bluez.adapter.die_silently()
    yield


@asynccontextmanager
async def aborted_connections(site: Site) -> AsyncIterator[None]:
    """Somebody else scans: the controller aborts the next two connections."""
    site.ward.bluez.adapter.aborts = 2
    yield


@asynccontextmanager
async def early_indication(site: Site) -> AsyncIterator[None]:
    """The cuff remembers with its bond who subscribed, and indicates before anybody could do so again."""
    site.ward.cuff.eager = True
    yield
    site.ward.cuff.eager = False


@asynccontextmanager
async def doubled_values(site: Site) -> AsyncIterator[None]:
    """BlueZ signals each value twice."""
    site.ward.bluez.adapter.doubles = True
    yield
    site.ward.bluez.adapter.doubles = False


@asynccontextmanager
async def stale_cache(site: Site) -> AsyncIterator[None]:
    """BlueZ goes by what the cuff's services once were; and the cuff leaves in the middle of the next discovery."""
    adapter = site.ward.bluez.adapter
    if site.cuff_path in adapter.devices:
        adapter.devices[site.cuff_path].stale = True
    site.ward.cuff.hang_up_at_once = 1
    yield


@asynccontextmanager
async def hung_controller(site: Site) -> AsyncIterator[None]:
    """The controller answers nothing until it is switched off and on."""
    adapter = site.ward.bluez.adapter
    await adapter.scanning()
    await adapter.die_silently()
    adapter.hung = True
    yield


@asynccontextmanager
async def hung_bluetoothd(site: Site) -> AsyncIterator[None]:
    """bluetoothd answers nothing until it is restarted."""
    await site.ward.bluez.adapter.die_silently()
    site.ward.bluez.tree.frozen = True
    yield


@asynccontextmanager
async def adapter_gone(site: Site) -> AsyncIterator[None]:
    """The adapter is pulled out, and put back."""
    await site.ward.bluez.unplug()
    await asyncio.sleep(GONE_SECONDS)
    site.ward.bluez.plug()
    yield


@asynccontextmanager
async def killed_bluetoothd(site: Site) -> AsyncIterator[None]:
    await site.restart_bluetoothd()
    yield


@asynccontextmanager
async def bus_restarted(site: Site) -> AsyncIterator[None]:
    """dbus-daemon is restarted, and all that hang on it."""
    await site.systemd.__aexit__(None, None, None)
    await site.bus.stop()
    await site.ward.bluez.kill()
    await asyncio.sleep(GONE_SECONDS)
    await site.bus.start()
    await site.ward.bluez.__aenter__()
    await site.systemd.__aenter__()
    yield


@asynccontextmanager
async def link_lost(site: Site) -> AsyncIterator[None]:
    """The cuff goes out of range after it was subscribed to, twice."""
    site.ward.cuff.hang_up_early = 2
    yield


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "stolen agent": Fault(1, stolen_agent, Needs.PAIRING),
        "lost bond": Fault(2, lost_bond, Needs.PERSON),
        "in progress": Fault(3, in_progress),
        "dead discovery": Fault(4, dead_discovery),
        "aborted connections": Fault(5, aborted_connections),
        "early indication": Fault(6, early_indication, Needs.BOND),
        "doubled values": Fault(7, doubled_values),
        "stale cache": Fault(8, stale_cache),
        "hung controller": Fault(10, hung_controller),
        "hung bluetoothd": Fault(10, hung_bluetoothd),
        "adapter gone": Fault(10, adapter_gone),
        "killed bluetoothd": Fault(10, killed_bluetoothd),
        "bus restarted": Fault(10, bus_restarted),
        "link lost": Fault(11, link_lost),
    }
)
"""By the numbers of the list that the cart is held to; 11 is the link lost in the middle of a transfer. The ninth,
replays and wrong clocks, breaks nothing: a device does it by itself."""
