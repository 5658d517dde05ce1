"""What our link makes of one measurement of each family, as words that can be compared."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal

from drivers.catalog import BLE
from drivers.link.ble import BlePeripherals
from drivers.link.ble.times import Times
from edge.domain.dialogue import Known
from edge.domain.measurement import Reading
from edge.domain.ports import About, Arrived, LinkState, PeripheralEvent
from firmware_stubs.ble_ward import Devices
from firmware_stubs.gatt.heart_rate_strap import Beats
from firmware_stubs.gatt.peripheral import Peripheral
from tests.conformance.caller import Json

NOON = dt.datetime(2026, 3, 4, 12, 5, 6)  # noqa: DTZ001 - a device's clock has no time zone
FAMILY_SECONDS = 60.0
LOST_SECONDS = 60.0
USER = (2, 1234)
SCALE = "F0:F1:F2:F3:F4:1D"


class Book:
    """A DeviceBook for a cart that has a user on one scale."""

    def known(self, device_id: str) -> Known:
        return Known(user=USER if device_id == SCALE else None)

    def model_of(self, device_id: str) -> str | None:
        return None


async def _glucose(devices: Devices) -> None:
    for number in range(3):
        devices.glucose.measure(100 + number, NOON + dt.timedelta(minutes=number))
    await devices.glucose.offer()


async def _scale(devices: Devices) -> None:
    slot, code = USER
    devices.scale.users.codes[slot] = code
    await devices.scale.measure(Decimal("71.305"), NOON, user=slot)


Use = Callable[[Devices], Awaitable[object]]


def _families(devices: Devices) -> tuple[tuple[Peripheral, Use], ...]:
    return (
        (devices.cuff, lambda d: d.cuff.measure(128, 76, 93, 71, NOON, status=0b100)),
        (devices.bm85, lambda d: d.bm85.measure(106, 71, 0, 63, NOON, user=1)),
        (devices.oximeter, lambda d: d.oximeter.measure(96, 70, NOON, amplitude=Decimal("3.5"))),
        (devices.thermometer, lambda d: d.thermometer.measure(Decimal("98.6"), NOON, fahrenheit=True)),
        (devices.strap, lambda d: d.strap.wear([Beats(70, (860, 874))] * 8, every=0.5)),
        (devices.scale, _scale),
        (devices.body_scale, lambda d: d.body_scale.measure(Decimal("19.7"), NOON, weight=Decimal("71.3"))),
        (devices.glucose, _glucose),
    )


def _said(event: PeripheralEvent) -> str | None:
    """One line for what a bedside would get; None for what depends on the moment."""
    match event:
        case Arrived(device, Reading() as reading):
            components = ", ".join(
                f"{one.name} {None if one.quantity is None else f'{one.quantity.value} {one.quantity.unit}'}"
                f"{[str(q) for q in one.quality] or ''}"
                for one in reading.components
            )
            time = reading.device_time and reading.device_time.isoformat()
            quality = [str(one) for one in reading.quality]
            return f"{device.model}: {components}; {time} #{reading.sequence} user {reading.user} {quality}"
        case LinkState(device, _, what) if what:
            return f"{device.model}: {what}"
        case About(device) if event.manufacturer:
            battery = event.battery_percent
            return f"{device.model}: {event.manufacturer} {event.model_number} {event.serial_number} {battery} %"
    return None


async def of_each_family(devices: Devices, told: dict[str, Json]) -> None:
    """Each family is used once, one after the other, while the link listens; ``told`` is what it says of each."""
    news: list[PeripheralEvent] = []
    changed = asyncio.Condition()

    async def listen() -> None:
        async for event in BlePeripherals(BLE, book=Book(), watchdog=2.0).events():
            async with changed:
                news.append(event)
                changed.notify_all()

    listening = asyncio.create_task(listen())
    try:
        for peripheral, use in _families(devices):
            since = len(news)
            # long enough for all that is read of it, as a device that stays on for a while
            peripheral.linger = 2.0

            def left(since: int = since, address: str = peripheral.address) -> bool:
                return any(
                    isinstance(one, LinkState) and one.device.id == address and not one.connected
                    for one in news[since:]
                )

            async with asyncio.timeout(FAMILY_SECONDS), changed:
                using = asyncio.ensure_future(use(devices))
                await changed.wait_for(left)
                await using
            told[peripheral.name] = sorted(line for one in news[since:] if (line := _said(one)) is not None)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def of_a_lost_bond(address: str) -> str:
    """The first thing that the link says of the device at ``address`` for a person. Raises TimeoutError."""
    # where bleak tries a Connect again and again, three connections are soon over
    link = BlePeripherals(BLE, book=Book(), watchdog=2.0, times=Times(connect=4.0, back_off=(0.1,)))
    async with asyncio.timeout(LOST_SECONDS), contextlib.aclosing(link.events()) as events:
        async for event in events:
            if isinstance(event, LinkState) and event.device.id == address and event.what:
                return event.what
    raise LookupError(address)
