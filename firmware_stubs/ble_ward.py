"""A ward with Bluetooth: a cuff, an oximeter, and the org.bluez service through which a cart meets them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from bumble.link import LocalLink

from firmware_stubs.bluez.service import BluezService
from firmware_stubs.gatt.blood_pressure_cuff import BloodPressureCuff
from firmware_stubs.gatt.pulse_oximeter import PulseOximeter


class BleWard:
    """``async with BleWard(bus_address) as ward``: then ``await ward.cuff.measure(...)``, ``ward.oximeter.measure(...)``.

    ``bus_address`` is that of a private bus; a cart finds it as DBUS_SYSTEM_BUS_ADDRESS.
    """

    def __init__(self, bus_address: str) -> None:
        self.link = LocalLink()  # type: ignore[no-untyped-call]
        self.bluez = BluezService(bus_address, self.link)
        self.cuff = BloodPressureCuff(self.link)
        self.oximeter = PulseOximeter(self.link)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> BleWard:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.cuff)
            await stack.enter_async_context(self.oximeter)
            await stack.enter_async_context(self.bluez)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()
