"""org.bluez.Adapter1: discovery, one session per caller as in BlueZ, over bumble's scanner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bumble.core import AdvertisingData
from bumble.device import Advertisement, Device as Radio
from dbus_fast import Variant

from firmware_stubs.bluez.agent import AgentManager
from firmware_stubs.bluez.device import Device
from firmware_stubs.bluez.release import Release
from firmware_stubs.bluez.storage import Storage
from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply, Tree

RSSI_STEP = 8
"""With duplicate data off, BlueZ tells of a new RSSI only when it differs by this many dB (adapter.h, RSSI_THRESHOLD)."""


FILTERS = frozenset({"UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData", "Discoverable", "Pattern"})
"""doc/adapter-api.txt, SetDiscoveryFilter."""


class Adapter(Interface):
    """``connects_while_discovering`` counts what a real controller may answer with le-connection-abort-by-local.

    Faults: the next ``aborts`` connections end that way, as when somebody else scans; ``busy`` refuses discovery until
    the power is switched, as after a process that was killed; a ``hung`` controller answers nothing until then; with
    ``doubles`` each value is signalled twice. ``ended_while_connecting`` is what a Connect is answered with whose
    connection ends before it is done: which of two words BlueZ has for that depends on which of its sockets is faster.
    ``slow`` is how many seconds later than it is obeyed a StartDiscovery is answered.
    """

    name = "org.bluez.Adapter1"
    writable = frozenset({"Alias", "Powered", "Discoverable", "DiscoverableTimeout", "Pairable", "PairableTimeout"})

    def __init__(
        self, tree: Tree, radio: Radio, agents: AgentManager, storage: Storage, release: Release, path: str
    ) -> None:
        super().__init__(
            tree,
            path,
            {
                "Address": Variant("s", str(radio.random_address).split("/")[0]),
                "AddressType": Variant("s", "random"),
                "Name": Variant("s", "cart"),
                "Alias": Variant("s", "cart"),
                "Class": Variant("u", 0),
                "Powered": Variant("b", True),
                "Discoverable": Variant("b", False),
                "DiscoverableTimeout": Variant("u", 180),
                "Pairable": Variant("b", True),
                "PairableTimeout": Variant("u", 0),
                "Discovering": Variant("b", False),
                "UUIDs": Variant("as", []),
                "Modalias": Variant("s", "usb:v1D6Bp0246d0542"),
                "Roles": Variant("as", ["central", "peripheral"]),
                **release.adapter,
            },
        )
        self.radio = radio
        self.agents = agents
        self.devices: dict[str, Device] = {}
        self.storage = storage
        self.release = release
        self.ended_while_connecting = "br-connection-canceled"
        self.connects_while_discovering = 0
        self.aborts = 0
        self.discoveries = 0
        self.closings = 0
        self.busy = False
        self.hung = False
        self.doubles = False
        self.slow = 0.0
        self._switched = asyncio.Event()
        self._filters: dict[str, dict[str, Any]] = {}
        self._sessions: set[str] = set()
        self._changed = asyncio.Condition()
        self.methods = {
            ("StartDiscovery", ""): self._start_discovery,
            ("StopDiscovery", ""): self._stop_discovery,
            ("SetDiscoveryFilter", "a{sv}"): self._set_discovery_filter,
            ("RemoveDevice", "o"): self._remove_device,
        }
        radio.on(radio.EVENT_ADVERTISEMENT, self._on_advertisement)

    def restore(self) -> None:
        """The devices with a bond are known from the start."""
        for path, stored in self.storage.devices.items():
            device = Device(self, path, stored.address, stored.name, stored.uuids, None)
            bonded = Variant("b", True)
            device.properties |= {"Paired": bonded, "Bonded": bonded, "Trusted": Variant("b", stored.trusted)}
            self.devices[path] = device
            self.tree.add(device)

    async def power(self, *, on: bool) -> None:
        """As a person with a switch would; without power there is no scan and no connection."""
        self.busy = self.hung = False
        self._switched.set()
        self._switched = asyncio.Event()
        if not on:
            if self._sessions:
                self._sessions.clear()
                await self.radio.stop_scanning()
                self.set(Discovering=Variant("b", False))
            for device in list(self.devices.values()):
                device.drop("RSSI")
                await device.hang_up()
        self.set(Powered=Variant("b", on))

    async def write(self, name: str, value: Variant) -> None:
        if name == "Powered":
            await self.power(on=bool(value.value))
            return
        await super().write(name, value)
        if name == "Pairable" and not value.value:
            self.closings += 1
            await self.notify()

    async def controller_answers(self) -> None:
        """Waits for a ``hung`` controller to be switched off."""
        if self.hung:
            await self._switched.wait()
            raise Refusal("Failed", "Operation was canceled")

    async def scanning(self) -> None:
        """Returns when somebody discovers."""
        await self._until(lambda: bool(self._sessions) and self.radio.is_scanning)

    async def closed(self) -> None:
        """Returns when somebody forbade bonds."""
        await self._until(lambda: self.closings > 0)

    async def scanning_anew(self) -> None:
        """Returns when a discovery begins."""
        before = self.discoveries
        await self._until(lambda: self.discoveries > before and self.radio.is_scanning)

    async def knows(self, path: str) -> None:
        """Returns when the device at ``path`` was seen."""
        await self._until(lambda: path in self.devices)

    async def forgotten(self, path: str) -> None:
        """Returns when the device at ``path`` is not known any more."""
        await self._until(lambda: path not in self.devices)

    async def resolved(self, path: str) -> None:
        """Returns when all services of the device at ``path`` are known."""
        await self._until(lambda: path in self.devices and bool(self.devices[path].get("ServicesResolved")))

    async def die_silently(self) -> None:
        """The radio stops scanning and BlueZ does not notice (bluez issue 807)."""
        await self.radio.stop_scanning()

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(holds)

    async def notify(self) -> None:
        """Wakes up those who wait for something to hold."""
        async with self._changed:
            self._changed.notify_all()

    def lost(self, sender: str) -> None:
        self._filters.pop(sender, None)
        if sender in self._sessions:
            self.tree.spawn(self._end(sender))

    async def _start_discovery(self, sender: str, _body: list[Any]) -> Reply:
        if not self.get("Powered"):
            raise Refusal("NotReady", "Resource Not Ready")
        if self.busy or sender in self._sessions:
            raise Refusal("InProgress", "Operation already in progress")
        await self.controller_answers()
        self._sessions.add(sender)
        self.discoveries += 1
        if not self.get("Discovering"):
            self.set(Discovering=Variant("b", True))
            await self.radio.start_scanning()
        await self.notify()
        await asyncio.sleep(self.slow)
        return NOTHING

    async def _stop_discovery(self, sender: str, _body: list[Any]) -> Reply:
        if not self.get("Powered"):
            raise Refusal("NotReady", "Resource Not Ready")
        if sender not in self._sessions:
            raise Refusal("Failed", "No discovery started")
        await self._end(sender)
        return NOTHING

    async def _end(self, sender: str) -> None:
        self._sessions.discard(sender)
        if self._sessions:
            return
        await self.radio.stop_scanning()
        for device in list(self.devices.values()):
            device.drop("RSSI")
        self.set(Discovering=Variant("b", False))

    async def _set_discovery_filter(self, sender: str, body: list[Any]) -> Reply:
        found = {name: variant.value for name, variant in body[0].items()}
        if not FILTERS.issuperset(found):
            raise Refusal("InvalidArguments", "Invalid arguments in method call")
        if found:
            self._filters[sender] = found
        else:
            self._filters.pop(sender, None)
        return NOTHING

    async def _remove_device(self, _sender: str, body: list[Any]) -> Reply:
        device = self.devices.get(body[0])
        if device is None:
            raise Refusal("DoesNotExist", "Does Not Exist")
        device.stuck = False
        await device.hang_up()
        await self.storage.drop(device)
        self.forget(device)
        return NOTHING

    def forget(self, device: Device) -> None:
        """Forgets ``device`` and the objects below it, not its bond."""
        device.outlast()
        self.devices.pop(device.path, None)
        self.tree.remove(device.path)
        self.tree.spawn(self.notify())

    def _wanted(self, uuids: list[str]) -> bool:
        """BlueZ reports a device if any session's filter lets it through; one without UUIDs lets all through."""
        wanted = [self._filters.get(sender, {}).get("UUIDs", []) for sender in self._sessions]
        return any(not one or set(one) & set(uuids) for one in wanted)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        if not self._sessions:
            return
        uuids = [
            f"0000{number.to_hex_str().lower()}-0000-1000-8000-00805f9b34fb"
            for number in advertisement.data.get(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS) or []
        ]
        if not self._wanted(uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        path = f"{self.path}/dev_{address.replace(':', '_')}"
        device = self.devices.get(path)
        if device is None:
            name = advertisement.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
            device = Device(self, path, advertisement.address, name, uuids, advertisement.rssi)
            if self.release.advertising_flags:
                flags = advertisement.data.get(AdvertisingData.FLAGS, raw=True)
                device.properties["AdvertisingFlags"] = Variant("ay", flags)
            self.devices[path] = device
            self.tree.add(device)
            self.tree.spawn(self.notify())
            device.seen()
            return
        device.seen()
        known = device.get("RSSI")
        if known is None or abs(known - advertisement.rssi) >= RSSI_STEP:
            device.set(RSSI=Variant("n", advertisement.rssi))
