"""How a simulated device bonds: not at all, without a word, or with six digits on its display (Core 5.4, Vol 3 Part H)."""

from __future__ import annotations

import asyncio
import enum
import secrets

from bumble.att import Attribute
from bumble.core import UUID
from bumble.device import Connection, Device
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

CCCD = 0x2902


class Pairing(enum.Enum):
    NONE = "none"
    JUST_WORKS = "just works"
    PASSKEY = "passkey"


_CAPABILITY = {
    Pairing.NONE: PairingDelegate.NO_OUTPUT_NO_INPUT,
    Pairing.JUST_WORKS: PairingDelegate.NO_OUTPUT_NO_INPUT,
    Pairing.PASSKEY: PairingDelegate.DISPLAY_OUTPUT_ONLY,
}


class _Display(PairingDelegate):
    def __init__(self, bond: Bond) -> None:
        super().__init__(_CAPABILITY[bond.pairing])
        self._bond = bond

    async def accept(self) -> bool:
        return self._bond.pairing is not Pairing.NONE

    async def generate_passkey(self) -> int:
        return 1 + secrets.randbelow(999_999)

    async def display_number(self, number: int, digits: int) -> None:  # noqa: ARG002
        self._bond.show(number)


class Bond:
    """The bond of one device. With any ``pairing`` but NONE it delivers nothing on a link that is not encrypted."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._pairing = Pairing.NONE
        self._shown: asyncio.Future[int] | None = None
        device.keystore = MemoryKeyStore()
        device.pairing_config_factory = self._config

    @property
    def pairing(self) -> Pairing:
        return self._pairing

    @pairing.setter
    def pairing(self, pairing: Pairing) -> None:
        self._pairing = pairing
        for attribute in self._device.gatt_server.attributes:
            if attribute.type == UUID.from_16_bits(CCCD):
                attribute.permissions = Attribute.READABLE | Attribute.WRITEABLE
                if self.insists:
                    attribute.permissions |= Attribute.WRITE_REQUIRES_ENCRYPTION

    @property
    def insists(self) -> bool:
        return self._pairing is not Pairing.NONE

    def _config(self, _connection: Connection) -> PairingConfig:
        return PairingConfig(
            sc=True,
            mitm=self._pairing is Pairing.PASSKEY,
            bonding=True,
            delegate=_Display(self),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    def show(self, digits: int) -> None:
        self._display().set_result(digits)

    def _display(self) -> asyncio.Future[int]:
        if self._shown is None or self._shown.done():
            self._shown = asyncio.get_running_loop().create_future()
        return self._shown

    async def shown(self) -> int:
        """The six digits on the display, once there are some; for one reader of one pairing."""
        shown = self._shown or self._display()
        digits = await asyncio.shield(shown)
        self._shown = None
        return digits

    async def secured(self, connection: Connection) -> None:
        """Returns when ``connection`` is as safe as the device insists on."""
        if not self.insists or connection.is_encrypted:
            return
        encrypted = asyncio.Event()
        connection.on(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, encrypted.set)
        while not connection.is_encrypted:
            encrypted.clear()
            await encrypted.wait()

    async def authenticated(self) -> bool:
        """Whether the bond is safe against somebody in the middle; False without a bond."""
        keys = [one for _, one in await self._keys().get_all()]
        return bool(keys) and all(one.ltk is not None and one.ltk.authenticated for one in keys)

    async def held(self) -> bool:
        """Whether the device has any bond."""
        return bool(await self._keys().get_all())

    async def forget(self) -> None:
        """As after a change of batteries: no key for anybody is left."""
        for name, _ in await self._keys().get_all():
            await self._keys().delete(name)

    def _keys(self) -> MemoryKeyStore:
        assert isinstance(self._device.keystore, MemoryKeyStore)
        return self._device.keystore
