"""What bluetoothd keeps in /var/lib/bluetooth: the bonds, which outlive it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bumble.hci import Address
from bumble.keys import MemoryKeyStore

if TYPE_CHECKING:
    from firmware_stubs.bluez.device import Device


@dataclasses.dataclass(frozen=True)
class Stored:
    address: Address
    name: str | None
    uuids: list[str]
    trusted: bool


class Storage:
    """``devices`` by path."""

    def __init__(self) -> None:
        self.keys = MemoryKeyStore()
        self.devices: dict[str, Stored] = {}

    def keep(self, device: Device) -> None:
        self.devices[device.path] = Stored(
            device.address, device.get("Name"), list(device.get("UUIDs")), bool(device.get("Trusted"))
        )

    async def drop(self, device: Device) -> None:
        self.devices.pop(device.path, None)
        await self.drop_key(device.address)

    async def drop_key(self, address: Address) -> None:
        await self.keys.delete(str(address))
