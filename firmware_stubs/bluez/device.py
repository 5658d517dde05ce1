"""org.bluez.Device1: a remote device, its connection, its bond, and the GATT objects found on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bumble.core import BaseBumbleError
from bumble.device import Connection, Peer
from bumble.hci import Address
from dbus_fast import Variant

from firmware_stubs.bluez.agent import Agent, config
from firmware_stubs.bluez.gatt import GattCharacteristic, export, uuid_text
from firmware_stubs.bluez.release import Release
from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply
from firmware_stubs.gatt.peripheral import hang_up

if TYPE_CHECKING:
    from firmware_stubs.bluez.adapter import Adapter

CONNECT_SECONDS = 20.0
NO_AGENT_SECONDS = 3.0
"""How long BlueZ takes to fail a Pair that nobody answers for."""
STARTED_PAIRING_SECONDS = 30.0
"""How long an operation hangs that needs a bond, where there is no agent."""
TEMPORARY_SECONDS = 30.0
"""How long BlueZ keeps a device without a bond that is neither connected nor seen (main.conf, TemporaryTimeout)."""
MTU = 517


class Device(Interface):
    """``stale`` makes the cache of its services wrong until the device is removed; ``stuck`` leaves a connection attempt
    of somebody who was killed.
    """

    name = "org.bluez.Device1"
    writable = frozenset({"Alias", "Trusted", "Blocked", "WakeAllowed"})

    def __init__(
        self, adapter: Adapter, path: str, address: Address, name: str | None, uuids: list[str], rssi: int | None
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
        }
        if rssi is not None:
            properties["RSSI"] = Variant("n", rssi)
        if name:
            properties["Name"] = Variant("s", name)
        super().__init__(adapter.tree, path, properties)
        self._adapter = adapter
        self.address = address
        self._connection: Connection | None = None
        self._connecting = False
        self._aborted = False
        self._pairing = False
        self._expiry: asyncio.TimerHandle | None = None
        self.stuck = False
        self.stale = False
        self.characteristics: dict[str, GattCharacteristic] = {}
        self.methods = {
            ("Connect", ""): self._connect,
            ("Disconnect", ""): self._disconnect,
            ("Pair", ""): self._pair,
            ("CancelPairing", ""): self._cancel_pairing,
        }

    async def _connect(self, _sender: str, _body: list[Any]) -> Reply:
        adapter = self._adapter
        if not adapter.get("Powered"):
            raise Refusal("NotReady", "Resource Not Ready")
        if self._connection is not None:
            return NOTHING
        if self.stuck or self._connecting or adapter.radio.is_le_connecting:
            raise Refusal("InProgress", "Operation already in progress")
        if adapter.get("Discovering"):
            adapter.connects_while_discovering += 1
        await adapter.controller_answers()
        if adapter.aborts:
            adapter.aborts -= 1
            self.tree.spawn(self._abort())
            raise Refusal("Failed", "le-connection-abort-by-local")
        self._connecting, self._aborted = True, False
        try:
            connection = await adapter.radio.connect_le(self.address, timeout=CONNECT_SECONDS)
        except (BaseBumbleError, TimeoutError) as exc:
            text = "le-connection-abort-by-local" if self._aborted else "le-connection-timeout"
            raise Refusal("Failed", text) from exc
        finally:
            self._connecting = False
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: self._on_disconnection(connection))
        self.set(Connected=Variant("b", True))
        peer = Peer(connection)
        if self.get("Bonded") and not await self._encrypted(connection, peer):
            self.tree.spawn(self._give_up(connection))
            raise Refusal("Failed", adapter.ended_while_connecting)
        self.tree.spawn(self._resolve(connection, peer))
        return NOTHING

    async def _give_up(self, connection: Connection) -> None:
        try:
            await hang_up(connection)
        except BaseBumbleError:
            # otherwise the far end was faster
            if self._connection is connection:
                raise

    async def _abort(self) -> None:
        """An aborted attempt comes up and goes down again (BlueZ 5.62 and later)."""
        self.set(Connected=Variant("b", True))
        self.set(Connected=Variant("b", False))

    async def _disconnect(self, _sender: str, _body: list[Any]) -> Reply:
        # one that is not connected is no error (BlueZ 5.66)
        self.stuck = False
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

    # --- the bond

    async def _pair(self, sender: str, _body: list[Any]) -> Reply:
        if self.get("Paired"):
            raise Refusal("AlreadyExists", "Already Exists")
        if self._pairing:
            raise Refusal("InProgress", "In Progress")
        agent = self._adapter.agents.of(sender)
        if agent is None:
            await asyncio.sleep(NO_AGENT_SECONDS)
            raise Refusal("AuthenticationFailed", "Authentication Failed")
        ours = self._connection is None
        if ours:
            await self._connect(sender, [])
        try:
            await self._secure(agent)
        except Refusal:
            if ours:
                # the kernel drops a connection that was made to pair (mgmt.c, pairing_complete)
                await self.hang_up()
            raise
        return NOTHING

    async def _secure(self, agent: Agent) -> None:
        """Pairs over the connection there is. Raises Refusal(AuthenticationFailed | AuthenticationCanceled)."""
        connection = self._connection
        if connection is None:
            raise Refusal("ConnectionAttemptFailed", "Page Timeout")
        adapter = self._adapter
        bondable = bool(adapter.get("Pairable"))
        adapter.radio.pairing_config_factory = lambda _: config(adapter.agents, agent, self.path, bondable=bondable)
        self._pairing = True
        try:
            await connection.pair()
        except BaseBumbleError as exc:
            raise Refusal("AuthenticationFailed", "Authentication Failed") from exc
        except asyncio.CancelledError as exc:
            # bumble cancels what waits for the far end when it leaves
            if self._connection is connection:
                raise
            raise Refusal("AuthenticationCanceled", "Authentication Canceled") from exc
        finally:
            self._pairing = False
        self.set(Bonded=Variant("b", bondable), Paired=Variant("b", True))
        if bondable:
            adapter.storage.keep(self)
        else:
            await adapter.storage.drop_key(self.address)

    async def _cancel_pairing(self, _sender: str, _body: list[Any]) -> Reply:
        if not self._pairing:
            raise Refusal("DoesNotExist", "Does Not Exist")
        await self.hang_up()
        return NOTHING

    @property
    def doubles(self) -> bool:
        return self._adapter.doubles

    @property
    def release(self) -> Release:
        return self._adapter.release

    async def elevate(self) -> bool:
        """The far end wants a safer link than there is: BlueZ starts to pair by itself. False where that failed."""
        agent = self._adapter.agents.of("")
        if agent is None:
            await asyncio.sleep(STARTED_PAIRING_SECONDS)
            return False
        if self.get("Bonded") or self._pairing:
            return False
        try:
            await self._secure(agent)
        except Refusal:
            return False
        return True

    async def write(self, name: str, value: Variant) -> None:
        await super().write(name, value)
        if self.get("Bonded"):
            self._adapter.storage.keep(self)

    # --- the connection

    async def _resolve(self, connection: Connection, peer: Peer) -> None:
        """What BlueZ does on a fresh connection: exchange the MTU, discover everything, then say ServicesResolved."""
        try:
            await peer.request_mtu(MTU)
            for service in await peer.discover_services():
                for characteristic in await service.discover_characteristics():
                    await characteristic.discover_descriptors()
            uuids = sorted({uuid_text(service.uuid) for service in peer.services} | set(self.get("UUIDs")))
            self.characteristics = export(self.tree, self, peer, self.characteristics)
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

    async def _encrypted(self, connection: Connection, peer: Peer) -> bool:
        """BlueZ encrypts before Connect is answered. A device that lost its key ends that; it is called Paired still (bluez
        issue 433).

        The values of a bonded device are listened for at once on behalf of those who asked (btd_gatt_client_connected).
        """
        for one in self.characteristics.values():
            one.listen_early(peer)
        try:
            await connection.encrypt()
        except BaseBumbleError:
            return False
        except asyncio.CancelledError:
            # bumble cancels what waits for the far end when it leaves
            if self._connection is connection:
                raise
            return False
        return True

    def _on_disconnection(self, connection: Connection) -> None:
        if self._connection is not connection:
            return
        self._connection = None
        for one in self.characteristics.values():
            one.unplug()
        self.set(ServicesResolved=Variant("b", False), Connected=Variant("b", False))
        if not self.get("Bonded"):
            self.set(Paired=Variant("b", False))
        self.seen()

    # --- for how long it is known

    def seen(self) -> None:
        """Without a bond it is forgotten after a while, with its GATT objects and their last Value."""
        self.outlast()
        self._expiry = asyncio.get_running_loop().call_later(TEMPORARY_SECONDS, self._expire)

    def outlast(self) -> None:
        """It is not forgotten by itself any more."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _expire(self) -> None:
        if self.get("Bonded") or self._adapter.devices.get(self.path) is not self:
            self.outlast()
        elif self._connection is not None or self._connecting or self._pairing:
            self.seen()
        else:
            self._adapter.forget(self)

    def lost(self, sender: str) -> None:
        for one in self.characteristics.values():
            one.forget(sender)
