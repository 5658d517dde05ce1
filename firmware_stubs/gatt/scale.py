"""What scales have in common: users who must consent, a clock, a battery."""

from __future__ import annotations

import asyncio
import functools

from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.services import Battery, Clock
from firmware_stubs.gatt.user_data import UserData


class Scale(Peripheral):
    """``users`` are its slots; what it measured of a user it tells only a central that has that user's consent."""

    def __init__(
        self,
        link: LocalLink,
        address: str,
        name: str,
        service: int,
        measurement: Characteristic[bytes],
        feature: Characteristic[bytes],
        model: str,
    ) -> None:
        self.battery = Battery(55)
        self.clock = Clock()
        self.users = UserData()
        self._measurement = measurement
        self._agreement = asyncio.Event()
        self.users.indicate = self._answer
        self.users.subscribed = lambda: self.users.point.handle in self._subscribed
        self.users.on_change = self._agreement.set
        services = [
            Service(UUID.from_16_bits(service), [measurement, feature]),
            self.users,
            self.clock,
            self.battery,
            device_information("Simulated devices", model, address.replace(":", "")),
        ]
        super().__init__(link, address, name, service, services)

    async def _answer(self, connection: Connection, value: bytes) -> None:
        await self._tell(self.users.point, value, connection)

    def _on_connection(self, connection: Connection) -> None:
        # UDS 1.1.1, 3.1.2: consent holds for the connection in which it was given
        self.users.agreed = None
        super()._on_connection(connection)

    async def send(self, frame: bytes, *, user: int | None = None, timeout: float = 60.0) -> None:
        """Sends ``frame`` as it is, be it within the specification or not, once the central may see ``user``."""
        say = functools.partial(self._tell_of, user, frame)
        await self._delivered(self._converse(self._measurement, say), timeout)

    async def _tell_of(self, user: int | None, frame: bytes, connection: Connection) -> None:
        while user is not None and user in self.users.codes and self.users.agreed != user:
            self._agreement.clear()
            await self._agreement.wait()
        await self._tell(self._measurement, frame, connection)
