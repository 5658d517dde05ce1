"""org.bluez.GattService1, GattCharacteristic1 and GattDescriptor1 of a remote device."""

from __future__ import annotations

import asyncio
import uuid as uuid_module
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from bumble.att import ATT_Error
from bumble.core import UUID, BaseBumbleError
from bumble.device import Peer
from bumble.gatt import Characteristic
from bumble.gatt_client import CharacteristicProxy, DescriptorProxy
from dbus_fast import Variant

from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply, Tree

if TYPE_CHECKING:
    from firmware_stubs.bluez.device import Device

_T = TypeVar("_T")
GENERIC_ACCESS = 0x1800
CCCD = 0x2902

# BlueZ's words for the bits of the properties field (Core, Vol 3 Part G, table 3.5)
_FLAGS = (
    (Characteristic.Properties.BROADCAST, "broadcast"),
    (Characteristic.Properties.READ, "read"),
    (Characteristic.Properties.WRITE_WITHOUT_RESPONSE, "write-without-response"),
    (Characteristic.Properties.WRITE, "write"),
    (Characteristic.Properties.NOTIFY, "notify"),
    (Characteristic.Properties.INDICATE, "indicate"),
    (Characteristic.Properties.AUTHENTICATED_SIGNED_WRITES, "authenticated-signed-writes"),
    (Characteristic.Properties.EXTENDED_PROPERTIES, "extended-properties"),
)
# gatt-client.c, create_gatt_dbus_error
_ATT_ERRORS: Mapping[int, tuple[str, str]] = {
    0x02: ("NotPermitted", "Read not permitted"),
    0x03: ("NotPermitted", "Write not permitted"),
    0x05: ("NotPermitted", "Not paired"),
    0x06: ("NotSupported", "Operation is not supported"),
    0x07: ("InvalidArguments", "Invalid offset"),
    0x08: ("NotAuthorized", "Operation Not Authorized"),
    0x0D: ("InvalidArguments", "Invalid Length"),
    0x0F: ("NotPermitted", "Not paired"),
}


def uuid_text(uuid: UUID) -> str:
    """As BlueZ writes it: 128 bits, lower case."""
    return str(uuid_module.UUID(bytes=uuid.to_bytes(force_128=True)[::-1]))


_INSECURE = frozenset({0x05, 0x08, 0x0F})


async def _att(operation: Callable[[], Awaitable[_T]], device: Device | None = None) -> _T:
    """For an operation that a safer link may bring about, BlueZ asks ``device`` for one and tries again (att.c)."""
    try:
        try:
            return await operation()
        except ATT_Error as exc:
            if device is None or exc.error_code not in _INSECURE or not await device.elevate():
                raise
            return await operation()
    except ATT_Error as exc:
        text = f"Operation failed with ATT error: 0x{exc.error_code:02x}"
        raise Refusal(*_ATT_ERRORS.get(exc.error_code, ("Failed", text))) from exc
    except (BaseBumbleError, TimeoutError) as exc:
        raise Refusal("Failed", "Not connected") from exc
    except asyncio.CancelledError as exc:
        # bumble cancels what waits for an answer when the far end leaves
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        raise Refusal("Failed", "Not connected") from exc


def _handle(device: Device, handle: int) -> dict[str, Variant]:
    return {"Handle": Variant("q", handle)} if device.release.handles else {}


class GattService(Interface):
    name = "org.bluez.GattService1"


class GattDescriptor(Interface):
    name = "org.bluez.GattDescriptor1"

    def __init__(self, device: Device, path: str, characteristic: str, proxy: DescriptorProxy) -> None:
        super().__init__(
            device.tree,
            path,
            {
                "UUID": Variant("s", uuid_text(proxy.type)),
                "Characteristic": Variant("o", characteristic),
                "Value": Variant("ay", b""),
                **_handle(device, proxy.handle),
            },
        )
        self.proxy: DescriptorProxy | None = proxy
        self.methods = {("ReadValue", "a{sv}"): self._read, ("WriteValue", "aya{sv}"): self._write}

    def _plugged(self) -> DescriptorProxy:
        if self.proxy is None:
            raise Refusal("Failed", "Not connected")
        return self.proxy

    async def _read(self, _sender: str, _body: list[Any]) -> Reply:
        value = await _att(self._plugged().read_value)
        self.set(always=True, Value=Variant("ay", value))
        return "ay", [value]

    async def _write(self, _sender: str, body: list[Any]) -> Reply:
        proxy = self._plugged()
        if proxy.type == UUID.from_16_bits(CCCD):
            raise Refusal("NotPermitted", "Write not permitted")
        await _att(lambda: proxy.write_value(bytes(body[0]), with_response=True))
        return NOTHING


class GattCharacteristic(Interface):
    """``notifying`` are the callers that asked for values; as in BlueZ they keep their wish across a reconnect."""

    name = "org.bluez.GattCharacteristic1"

    def __init__(
        self, device: Device, path: str, service_path: str, proxy: CharacteristicProxy[bytes], mtu: int
    ) -> None:
        flags = [word for bit, word in _FLAGS if proxy.properties & bit]
        properties = {
            "UUID": Variant("s", uuid_text(proxy.uuid)),
            "Service": Variant("o", service_path),
            "Flags": Variant("as", flags),
            "MTU": Variant("q", mtu),
            "Value": Variant("ay", b""),
            # a characteristic's declaration stands right before its value
            **_handle(device, proxy.handle - 1),
        }
        if "notify" in flags or "indicate" in flags:
            properties["Notifying"] = Variant("b", False)
        if "notify" in flags:
            properties["NotifyAcquired"] = Variant("b", False)
        if "write-without-response" in flags:
            properties["WriteAcquired"] = Variant("b", False)
        super().__init__(device.tree, path, properties)
        self._device = device
        self._handle: int = proxy.handle
        self.service_path = service_path
        self.descriptors: dict[int, GattDescriptor] = {}
        self.notifying: set[str] = set()
        self._proxy: CharacteristicProxy[bytes] | None = proxy
        self._early: list[set[Any]] = []
        self.methods = {
            ("ReadValue", "a{sv}"): self._read,
            ("WriteValue", "aya{sv}"): self._write,
            ("StartNotify", ""): self._start_notify,
            ("StopNotify", ""): self._stop_notify,
        }

    def _plugged(self) -> CharacteristicProxy[bytes]:
        if self._proxy is None:
            raise Refusal("Failed", "Not connected")
        return self._proxy

    async def _read(self, _sender: str, _body: list[Any]) -> Reply:
        value = await _att(self._plugged().read_value, self._device)
        self.set(always=True, Value=Variant("ay", value))
        return "ay", [value]

    async def _write(self, _sender: str, body: list[Any]) -> Reply:
        if not {"write", "write-without-response"} & set(self.get("Flags")):
            raise Refusal(*self._device.release.not_writable)
        options = {name: variant.value for name, variant in body[1].items()}
        proxy = self._plugged()
        response = options.get("type") != "command"
        await _att(lambda: proxy.write_value(bytes(body[0]), with_response=response), self._device)
        return NOTHING

    async def _start_notify(self, sender: str, _body: list[Any]) -> Reply:
        if "Notifying" not in self.properties:
            raise Refusal("NotSupported", "Operation is not supported")
        if sender in self.notifying:
            if self.get("Notifying"):
                return NOTHING
            raise Refusal("InProgress", "Operation already in progress")
        if self._device.stale:
            raise Refusal("Failed", "Operation failed with ATT error: 0x01")
        self.notifying.add(sender)
        # one that is not connected is subscribed to when it is
        if len(self.notifying) == 1 and (proxy := self._proxy) is not None:
            try:
                await self._subscribe(proxy)
            except Refusal:
                self.notifying.discard(sender)
                raise
        return NOTHING

    async def _subscribe(self, proxy: CharacteristicProxy[bytes]) -> None:
        for early in self._early:
            early.discard(self._on_value)
        self._early.clear()
        # BlueZ says Notifying when the far end accepted
        await _att(lambda: proxy.subscribe(self._on_value), self._device)
        self.set(Notifying=Variant("b", True))

    async def _stop_notify(self, sender: str, _body: list[Any]) -> Reply:
        if sender not in self.notifying:
            raise Refusal("Failed", "No notify session started")
        self.notifying.discard(sender)
        if not self.notifying:
            proxy = self._plugged()
            await _att(lambda: proxy.unsubscribe(self._on_value))
            self.set(Notifying=Variant("b", False))
        return NOTHING

    def _on_value(self, value: bytes) -> None:
        if self.notifying:
            # a fast device's value comes with the answer that makes it notify, and is signalled after that
            self.set(Notifying=Variant("b", True))
            for _ in range(2 if self._device.doubles else 1):
                self.set(always=True, Value=Variant("ay", value))

    def listen_early(self, peer: Peer) -> None:
        """Before anything is discovered, for those who still wait since the last connection of a bonded device."""
        if self.notifying:
            for subscribers in (peer.gatt_client.indication_subscribers, peer.gatt_client.notification_subscribers):
                early = subscribers.setdefault(self._handle, set())
                early.add(self._on_value)
                self._early.append(early)

    def unplug(self) -> None:
        """The device is gone; its last Value stays, and Notifying for those who wait for more, as in BlueZ."""
        self._proxy = None
        for descriptor in self.descriptors.values():
            descriptor.proxy = None
        self.drop("MTU")

    def plug(self, proxy: CharacteristicProxy[bytes], mtu: int) -> None:
        self._proxy = proxy
        for one in proxy.descriptors:
            if (known := self.descriptors.get(one.handle)) is not None:
                known.proxy = one
        self.properties["MTU"] = Variant("q", mtu)

    async def resume(self) -> None:
        """Subscribes again for those who still wait since the last connection."""
        if self.notifying and self._proxy is not None:
            await self._subscribe(self._proxy)

    def forget(self, sender: str) -> None:
        """``sender`` left the bus."""
        if sender in self.notifying:
            self.notifying.discard(sender)
            if not self.notifying:
                self.set(Notifying=Variant("b", False))
                if self._proxy is not None:
                    self.tree.spawn(self._unsubscribe(self._proxy))

    async def _unsubscribe(self, proxy: CharacteristicProxy[bytes]) -> None:
        try:
            await proxy.unsubscribe(self._on_value)
        except (BaseBumbleError, TimeoutError):
            if self._proxy is proxy:
                raise


def export(
    tree: Tree, device: Device, peer: Peer, known: Mapping[str, GattCharacteristic]
) -> dict[str, GattCharacteristic]:
    """Adds the objects of all that ``peer`` discovered, as BlueZ names them; those ``known`` are used again.

    Generic Attribute and the CCCDs are exported, the Generic Access service not by every release.
    """
    found: dict[str, GattCharacteristic] = {}
    for service in peer.services:
        if service.uuid == UUID.from_16_bits(GENERIC_ACCESS) and not device.release.generic_access:
            continue
        service_path = f"{device.path}/service{service.handle:04x}"
        characteristics = {
            # a characteristic's declaration stands right before its value, and names the object
            f"{service_path}/char{one.handle - 1:04x}": one
            for one in service.characteristics
        }
        if all(path in known for path in characteristics) and characteristics:
            for path, proxy in characteristics.items():
                known[path].plug(proxy, peer.gatt_client.mtu)
                found[path] = known[path]
            continue
        tree.add(
            GattService(
                tree,
                service_path,
                {
                    "UUID": Variant("s", uuid_text(service.uuid)),
                    "Device": Variant("o", device.path),
                    "Primary": Variant("b", True),
                    "Includes": Variant("ao", []),
                    **_handle(device, service.handle),
                },
            )
        )
        for path, proxy in characteristics.items():
            found[path] = GattCharacteristic(device, path, service_path, proxy, peer.gatt_client.mtu)
            tree.add(found[path])
            for descriptor in proxy.descriptors:
                shown = GattDescriptor(device, f"{path}/desc{descriptor.handle:04x}", path, descriptor)
                found[path].descriptors[descriptor.handle] = shown
                tree.add(shown)
    return found
