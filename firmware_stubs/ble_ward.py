"""A ward with Bluetooth: a device of every family, and the org.bluez service through which a cart meets them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from bumble.link import LocalLink

from firmware_stubs.bluez.release import TRIXIE, Release
from firmware_stubs.bluez.service import BluezService
from firmware_stubs.gatt.blood_pressure_cuff import BloodPressureCuff, Bm85
from firmware_stubs.gatt.body_composition_scale import BodyCompositionScale
from firmware_stubs.gatt.glucose_meter import GlucoseMeter
from firmware_stubs.gatt.heart_rate_strap import HeartRateStrap
from firmware_stubs.gatt.peripheral import Peripheral
from firmware_stubs.gatt.pulse_oximeter import PulseOximeter
from firmware_stubs.gatt.thermometer import Thermometer
from firmware_stubs.gatt.weight_scale import WeightScale


class Devices:
    """``async with Devices(link) as devices``: one device of every family on ``link``, asleep."""

    def __init__(self, link: LocalLink) -> None:
        self.cuff = BloodPressureCuff(link)
        self.bm85 = Bm85(link)
        self.oximeter = PulseOximeter(link)
        self.thermometer = Thermometer(link)
        self.strap = HeartRateStrap(link)
        self.scale = WeightScale(link)
        self.body_scale = BodyCompositionScale(link)
        self.glucose = GlucoseMeter(link)
        self._stack = AsyncExitStack()

    @property
    def all(self) -> tuple[Peripheral, ...]:
        return (
            self.cuff,
            self.bm85,
            self.oximeter,
            self.thermometer,
            self.strap,
            self.scale,
            self.body_scale,
            self.glucose,
        )

    async def __aenter__(self) -> Devices:
        async with AsyncExitStack() as stack:
            for device in self.all:
                await stack.enter_async_context(device)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()


class BleWard(Devices):
    """``async with BleWard(bus_address) as ward``: then ``await ward.cuff.measure(...)``, ``ward.oximeter.measure(...)``.

    ``bus_address`` is that of a private bus; a cart finds it as DBUS_SYSTEM_BUS_ADDRESS. ``release`` is the BlueZ it has.
    """

    def __init__(self, bus_address: str, release: Release = TRIXIE) -> None:
        self.link = LocalLink()  # type: ignore[no-untyped-call]
        self.bluez = BluezService(bus_address, self.link, release)
        super().__init__(self.link)

    async def __aenter__(self) -> BleWard:
        await super().__aenter__()
        try:
            await self.bluez.__aenter__()
        except BaseException:
            await super().__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.bluez.__aexit__(kind, exc, traceback)
        finally:
            await super().__aexit__(kind, exc, traceback)
