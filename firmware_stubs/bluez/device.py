"""org.bluez.Device1: a remote device, its connection, and the GATT objects found on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bumble.core import BaseBumbleError
from bumble.device import Connection, Peer
from bumble.hci import Address
from dbus_fast import Variant

from firmware_stubs.bluez.gatt import GattCharacteristic, export, uuid_text
from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply
from firmware_stubs.gatt.peripheral import hang_up

if TYPE_CHECKING:
    from firmware_stubs.bluez.adapter import Adapter

CONNECT_SECONDS = 20.0
NO_AGENT_SECONDS = 3.0
"""How long BlueZ takes to fail a Pair that nobody answers for."""
MTU = 517


class Device(Interface):
    name = "org.bluez.Device1"
    writable = frozenset({"Alias", "Trusted", "Blocked", "WakeAllowed"})

    def __init__(
        self, adapter: Adapter, path: str, address: Address, name: str | None, uuids: list[str], rssi: int
    ) -> None:
        text = address.to_string(with_type_qualifier=False)
        properties = {
            "Address": Variant("s", text),
            "AddressType": Variant("s", "public" if address.is_public else "random"),
            "Alias": Variant("s", name or text.replace(":", "-")),
            "Paired": Variant("b", False),
            "Bonded": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "LegacyPairing": Variant("b", False),
            "Connected": Variant("b", False),
            "UUIDs": Variant("as", uuids),
            "Adapter": Variant("o", adapter.path),
            "ServicesResolved": Variant("b", False),
            "RSSI": Variant("n", rssi),
        }
        if name:
            properties["Name"] = Variant("s", name)
        super().__init__(adapter.tree, path, properties)
        self._adapter = adapter
        self._address = address
        self._connection: Connection | None = None
        self._connecting = False
        self._aborted = False
        self.characteristics: dict[str, GattCharacteristic] = {}
        self.methods = {
            ("Connect", ""): self._connect,
            ("Disconnect", ""): self._disconnect,
            ("Pair", ""): self._pair,
        }

    async def _connect(self, _sender: str, _body: list[Any]) -> Reply:
        if self._connection is not None:
            return NOTHING
        radio = self._adapter.radio
        if self._connecting or radio.is_le_connecting:
            raise Refusal("InProgress", "Operation already in progress")
        if self._adapter.get("Discovering"):
            self._adapter.connects_while_discovering += 1
        self._connecting, self._aborted = True, False
        try:
            connection = await radio.connect_le(self._address, timeout=CONNECT_SECONDS)
        except (BaseBumbleError, TimeoutError) as exc:
            text = "le-connection-abort-by-local" if self._aborted else "le-connection-timeout"
            raise Refusal("Failed", text) from exc
        finally:
            self._connecting = False
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: self._on_disconnection(connection))
        self.set(Connected=Variant("b", True))
        self.tree.spawn(self._resolve(connection))
        return NOTHING

    async def _disconnect(self, _sender: str, _body: list[Any]) -> Reply:
        if self._connection is None and not self._connecting:
            raise Refusal("NotConnected", "Not Connected")
        await self.hang_up()
        return NOTHING

    async def hang_up(self) -> None:
        """Ends the connection for every caller, or the attempt at one."""
        if self._connecting:
            self._aborted = True
            await self._adapter.radio.cancel_connection()  # type: ignore[no-untyped-call]
        elif (connection := self._connection) is not None:
            try:
                await hang_up(connection)
            except BaseBumbleError as exc:
                # otherwise the far end was faster
                if self._connection is connection:
                    raise Refusal("Failed", str(exc)) from exc

    async def _pair(self, _sender: str, _body: list[Any]) -> Reply:
        if self.get("Paired"):
            raise Refusal("AlreadyExists", "Already Exists")
        if not self._adapter.agents.agents:
            await asyncio.sleep(NO_AGENT_SECONDS)
            raise Refusal("AuthenticationFailed", "Authentication Failed")
        if self._connection is None:
            await self._connect(_sender, [])
        assert self._connection is not None
        try:
            await self._connection.pair()
        except BaseBumbleError as exc:
            raise Refusal("AuthenticationFailed", "Authentication Failed") from exc
        self.set(Paired=Variant("b", True), Bonded=Variant("b", True))
        return NOTHING

    async def _resolve(self, connection: Connection) -> None:
        """What BlueZ does on a fresh connection: exchange the MTU, discover everything, then say ServicesResolved."""
        peer = Peer(connection)
        try:
            await peer.request_mtu(MTU)
            for service in await peer.discover_services():
                for characteristic in await service.discover_characteristics():
                    await characteristic.discover_descriptors()
            uuids = sorted({uuid_text(service.uuid) for service in peer.services} | set(self.get("UUIDs")))
            known = {path: one for path, one in self.characteristics.items() if self.get("Bonded")}
            self.characteristics = export(self.tree, self.path, peer, known)
            for one in self.characteristics.values():
                await one.resume()
        except (BaseBumbleError, TimeoutError, asyncio.CancelledError):
            # bumble cancels what waits for an answer when the far end leaves; Connected has said so already
            if self._connection is connection:
                raise
            return
        if self._connection is connection:
            self.set(UUIDs=Variant("as", uuids), ServicesResolved=Variant("b", True))
            await self._adapter.notify()

    def _on_disconnection(self, connection: Connection) -> None:
        if self._connection is not connection:
            return
        self._connection = None
        for one in self.characteristics.values():
            one.unplug()
        self.set(ServicesResolved=Variant("b", False), Connected=Variant("b", False))
        if not self.get("Bonded"):
            # with a bond, BlueZ keeps the GATT objects and their last Value
            for path in {one.service_path for one in self.characteristics.values()}:
                self.tree.remove(path)
            self.characteristics.clear()

    def lost(self, sender: str) -> None:
        for one in self.characteristics.values():
            one.forget(sender)
