"""Every Bluetooth LE family over the whole path: a simulated device, org.bluez, bleak, our link, a reading.

What arrives is exactly what was sent: values, units, the device's time, quality, sequence and user.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from drivers.catalog import BLE
from drivers.link.ble import BlePeripherals
from edge.domain.dialogue import Known
from edge.domain.measurement import Component, Device, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.ports import About, Arrived, LinkState, LiveValue
from edge.domain.quantity import Quantity, Unit
from firmware_stubs.ble_ward import BleWard
from firmware_stubs.gatt.heart_rate_strap import Beats
from firmware_stubs.gatt.peripheral import Peripheral
from firmware_stubs.private_bus import private_bus
from tests import needs
from tests.integration.test_ble import SECONDS, Listener, listening

pytestmark = pytest.mark.timeout(60)

NOON = dt.datetime(2026, 3, 4, 12, 5, 6)  # noqa: DTZ001 - a device's clock has no time zone
NOON_THERE = DeviceTime(2026, 3, 4, 12, 5, 6)


@dataclasses.dataclass
class Book:
    """A DeviceBook whose every device is known as ``known``."""

    known_of_all: Known = dataclasses.field(default_factory=Known)

    def known(self, device_id: str) -> Known:
        return self.known_of_all

    def model_of(self, device_id: str) -> str | None:
        return None


@pytest.fixture
async def ward(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BleWard]:
    needs.program("dbus-daemon", "dbus")
    async with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        async with BleWard(address) as ward:
            yield ward


def link(known: Known = Known()) -> BlePeripherals:  # noqa: B008 - frozen
    return BlePeripherals(BLE, book=Book(known), watchdog=1.0)


def reading(event: Arrived | LiveValue) -> Reading:
    content = event.content if isinstance(event, Arrived) else event.reading
    assert isinstance(content, Reading)
    return content


def one(name: Name, value: str, unit: Unit, *quality: Quality, as_sent: tuple[str, Unit] | None = None) -> Component:
    sent = None if as_sent is None else Quantity(Decimal(as_sent[0]), as_sent[1])
    return Component(name, Quantity(Decimal(value), unit), quality, sent)


def device(peripheral: Peripheral, model: str) -> Device:
    label = next(row.label for row in BLE if row.name == model)
    return Device(peripheral.address, model, label)


async def gone(listener: Listener, peripheral: Peripheral, model: str, count: int = 1) -> None:
    """The device has left; whatever it sent has been taken in."""
    what = device(peripheral, model)

    def left() -> int:
        return sum(e.device == what and not e.connected for e in listener.of(LinkState))

    async with asyncio.timeout(SECONDS), listener._news:
        await listener._news.wait_for(lambda: left() >= count)


class TestThermometer:
    async def test_a_reading_in_fahrenheit_comes_in_celsius_and_as_it_was_sent(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            frame = await ward.thermometer.measure(Decimal("98.6"), NOON, fahrenheit=True, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        assert arrived.device == device(ward.thermometer, "thermometer")
        found = reading(arrived)
        assert found.kind is Kind.TEMPERATURE
        assert found.components == (one(Name.TEMPERATURE, "37", Unit.CELSIUS, as_sent=("98.6", Unit.FAHRENHEIT)),)
        assert (found.device_time, found.quality, found.raw) == (NOON_THERE, (), frame)

    async def test_running_values_are_live_and_only_the_finished_one_arrives(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            running = [Decimal("35.9"), Decimal("36.60")]
            await ward.thermometer.measure(Decimal("36.7"), NOON, running=running, timeout=SECONDS)
            await gone(listener, ward.thermometer, "thermometer")
        assert [reading(e).components for e in listener.of(LiveValue)] == [
            (one(Name.TEMPERATURE, "35.9", Unit.CELSIUS),),
            (one(Name.TEMPERATURE, "36.60", Unit.CELSIUS),),
        ]
        assert [reading(e).components for e in listener.of(Arrived)] == [(one(Name.TEMPERATURE, "36.7", Unit.CELSIUS),)]

    @pytest.mark.parametrize(
        ("word", "quality"),
        [
            ("NaN", Quality.NAN),
            ("NRes", Quality.NRES),
            ("+INFINITY", Quality.POSITIVE_INFINITY),
            ("-INFINITY", Quality.NEGATIVE_INFINITY),
        ],
    )
    async def test_no_number_says_which_kind_of_none(self, ward: BleWard, word: str, quality: Quality) -> None:
        async with listening(link()) as listener:
            await ward.thermometer.measure(word, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        assert reading(arrived).components == (Component(Name.TEMPERATURE, None, (quality,)),)
        assert reading(arrived).device_time is None


class TestHeartRateStrap:
    async def test_rate_intervals_and_energy_live_and_one_of_them_saved(self, ward: BleWard) -> None:
        beats = [Beats(70 + n % 2, (860, 874), energy=n) for n in range(8)]
        async with listening(link()) as listener:
            await ward.strap.wear(beats, every=0.5, timeout=SECONDS)
            await gone(listener, ward.strap, "heart-rate")
        expected = [
            (
                one(Name.HEART_RATE, str(70 + n % 2), Unit.PER_MINUTE),
                one(Name.ENERGY_EXPENDED, str(n), Unit.KILOJOULE),
                one(Name.RR_INTERVAL, "0.83984375", Unit.SECOND),
                one(Name.RR_INTERVAL, "0.853515625", Unit.SECOND),
            )
            for n in range(8)
        ]
        assert [reading(e).components for e in listener.of(LiveValue)] == expected
        (saved,) = listener.of(Arrived)
        assert reading(saved).components in expected

    @pytest.mark.slow
    async def test_without_skin_contact_nothing_is_saved(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            await ward.strap.wear([Beats(300, contact=False)] * 8, every=0.5, timeout=SECONDS)
            await gone(listener, ward.strap, "heart-rate")
        live = [reading(e) for e in listener.of(LiveValue)]
        assert [e.quality for e in live] == [(Quality.SENSOR_OFF,)] * 8
        assert live[0].components == (one(Name.HEART_RATE, "300", Unit.PER_MINUTE),)
        assert listener.of(Arrived) == []


class TestScales:
    async def test_weight_height_and_index_of_nobody_in_particular(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            frame = await ward.scale.measure(
                Decimal("71.305"), NOON, bmi=Decimal("24.7"), height=Decimal("1.699"), timeout=SECONDS
            )
            (arrived,) = await listener.until(Arrived)
        found = reading(arrived)
        assert arrived.device == device(ward.scale, "weight-scale")
        assert found.components == (
            one(Name.WEIGHT, "71.305", Unit.KILOGRAM),
            one(Name.BMI, "24.7", Unit.KILOGRAM_PER_SQUARE_METRE),
            one(Name.HEIGHT, "1.699", Unit.METRE),
        )
        assert (found.device_time, found.user, found.raw) == (NOON_THERE, None, frame)

    async def test_pounds_are_converted_exactly(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            await ward.scale.measure(Decimal("157.23"), NOON, imperial=True, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        # 157.23 lb x 0.45359237 kg/lb
        assert reading(arrived).components[0].as_sent == Quantity(Decimal("157.23"), Unit.POUND)
        assert abs(reading(arrived).components[0].quantity.value - Decimal("71.3183283351")) < Decimal("0.000001")

    async def test_a_scale_that_could_not_measure_gives_no_value(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            await ward.scale.measure(None, NOON, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        assert reading(arrived).components == (Component(Name.WEIGHT, None, (Quality.MISSING,)),)

    async def test_a_user_is_told_of_only_with_consent(self, ward: BleWard) -> None:
        ward.scale.users.codes[2] = 1234
        async with listening(link(Known(user=(2, 1234)))) as listener:
            await ward.scale.measure(Decimal("80.5"), NOON, user=2, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        assert ward.scale.users.requests == [bytes.fromhex("0202d204")]
        assert reading(arrived).user == 2
        assert reading(arrived).components == (one(Name.WEIGHT, "80.5", Unit.KILOGRAM),)

    @pytest.mark.slow
    async def test_a_refused_consent_is_said_and_nothing_is_told(self, ward: BleWard) -> None:
        ward.scale.users.codes[2] = 4321
        async with listening(link(Known(user=(2, 1234)))) as listener:
            measuring = asyncio.create_task(ward.scale.measure(Decimal("80.5"), NOON, user=2))
            while not (said := [e.what for e in listener.of(LinkState) if e.what]):
                await listener.until(LinkState, len(listener.of(LinkState)) + 1)
            done, _ = await asyncio.wait({measuring}, timeout=1.0)
            assert not done
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)
        said = [e.what for e in listener.of(LinkState) if e.what]
        assert said == ["Balance : ne reconnaît plus la borne. Associez-la de nouveau avec le code qu'elle affiche."]
        assert listener.of(Arrived) == []

    async def test_every_field_of_a_body_composition(self, ward: BleWard) -> None:
        ward.body_scale.users.codes[0] = 7
        async with listening(link(Known(user=(0, 7)))) as listener:
            await ward.body_scale.measure(
                Decimal("19.7"),
                NOON,
                user=0,
                basal_kilojoule=7072,
                muscle_percent=38,
                muscle=Decimal("27.165"),
                fat_free=Decimal("57.26"),
                soft_lean=Decimal("54.21"),
                water=Decimal("41.54"),
                impedance_ohm=469,
                weight=Decimal("71.3"),
                height=Decimal("1.7"),
                timeout=SECONDS,
            )
            (arrived,) = await listener.until(Arrived)
        found = reading(arrived)
        assert found.kind is Kind.BODY_COMPOSITION
        assert found.components == (
            one(Name.BODY_FAT, "19.7", Unit.PERCENT),
            one(Name.BASAL_METABOLISM, "7072", Unit.KILOJOULE),
            one(Name.MUSCLE_PERCENTAGE, "38", Unit.PERCENT),
            one(Name.MUSCLE_MASS, "27.165", Unit.KILOGRAM),
            one(Name.FAT_FREE_MASS, "57.26", Unit.KILOGRAM),
            one(Name.SOFT_LEAN_MASS, "54.21", Unit.KILOGRAM),
            one(Name.BODY_WATER_MASS, "41.54", Unit.KILOGRAM),
            one(Name.IMPEDANCE, "469", Unit.OHM),
            one(Name.WEIGHT, "71.3", Unit.KILOGRAM),
            one(Name.HEIGHT, "1.7", Unit.METRE),
        )
        assert (found.device_time, found.user) == (NOON_THERE, 0)

    async def test_a_measurement_in_two_values_is_one_reading(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            first, second = await asyncio.gather(
                ward.body_scale.measure(Decimal(25), NOON, muscle_percent=33, halved=True, timeout=SECONDS),
                ward.body_scale.measure(Decimal(25), weight=Decimal("60.25"), halved=True, timeout=SECONDS),
            )
            (arrived,) = await listener.until(Arrived)
        assert reading(arrived).components == (
            one(Name.BODY_FAT, "25", Unit.PERCENT),
            one(Name.MUSCLE_PERCENTAGE, "33", Unit.PERCENT),
            one(Name.WEIGHT, "60.25", Unit.KILOGRAM),
        )
        assert arrived.raw == first + second

    @pytest.mark.hazard("H10", without="tests.controls_link:what_is_held_back_goes_with_the_link")
    async def test_half_a_measurement_whose_other_half_never_came_is_kept(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            half = await ward.body_scale.measure(Decimal(25), NOON, muscle_percent=33, halved=True, timeout=SECONDS)
            gone = LinkState(device(ward.body_scale, "body-composition"), connected=False)
            await listener.until_state(gone)
        told = [event for event in listener.all if isinstance(event, Arrived) or event == gone]
        assert [type(event) for event in told] == [Arrived, LinkState]
        assert isinstance(told[0], Arrived)
        assert told[0].raw == half
        assert reading(told[0]).components == (
            one(Name.BODY_FAT, "25", Unit.PERCENT),
            one(Name.MUSCLE_PERCENTAGE, "33", Unit.PERCENT),
        )


class TestGlucoseMeter:
    def fill(self, ward: BleWard, count: int, first: int = 1) -> None:
        ward.glucose.next_sequence = first
        for number in range(count):
            ward.glucose.measure(90 + number, NOON + dt.timedelta(minutes=number))

    async def test_all_records_with_time_unit_and_quality(self, ward: BleWard) -> None:
        meter = ward.glucose
        meter.measure(105, NOON, offset_minutes=-90, meal=1)
        meter.measure(None, NOON, millimole_per_litre=Decimal("6.1"), status=0b1)
        meter.measure(None, NOON, status=0b100)
        meter.measure(120, NOON, sample=10, place=4)
        async with listening(link()) as listener:
            await meter.offer(timeout=SECONDS)
            arrived = [reading(e) for e in await listener.until(Arrived, 4)]
            await gone(listener, meter, "glucose")
        assert [one.sequence for one in arrived] == [1, 2, 3, 4]
        assert [one.raw for one in arrived] == [meter.frame(number) for number in (1, 2, 3, 4)]
        assert all(Quality.FROM_STORAGE in one.quality for one in arrived)
        assert [one.device_time for one in arrived] == [DeviceTime(2026, 3, 4, 10, 35, 6)] + [NOON_THERE] * 3
        by_mass, by_amount, none, control = (one.component(Name.GLUCOSE) for one in arrived)
        # 105 mg/dL = 1.05 g/L; 180.156 g/mol
        assert by_mass.quantity.unit is Unit.MILLIMOLE_PER_LITRE
        assert abs(by_mass.quantity.value - Decimal("5.828282")) < Decimal("0.000001")
        assert by_mass.as_sent == Quantity(Decimal("0.00105"), Unit.KILOGRAM_PER_LITRE)
        assert by_amount.quantity == Quantity(Decimal("6.1"), Unit.MILLIMOLE_PER_LITRE)
        assert Quality.BATTERY_LOW in arrived[1].quality
        assert none == Component(Name.GLUCOSE, None, (Quality.MISSING, Quality.SAMPLE_INSUFFICIENT))
        assert control.quantity is not None
        assert Quality.TEST_DATA in arrived[3].quality

    async def test_only_what_is_new_is_asked_for(self, ward: BleWard) -> None:
        """The last record held comes along, to show that the meter still counts as it did."""
        self.fill(ward, 5, first=100)
        async with listening(link(Known(last_sequence=102))) as listener:
            await ward.glucose.offer(timeout=SECONDS)
            arrived = await listener.until(Arrived, 3)
            await gone(listener, ward.glucose, "glucose")
        assert [reading(e).sequence for e in arrived] == [102, 103, 104]
        assert [e.hex() for e in ward.glucose.access.requests] == ["0403016600", "0103016600"]

    async def test_a_meter_that_counted_anew_is_read_in_full(self, ward: BleWard) -> None:
        self.fill(ward, 3)
        async with listening(link(Known(last_sequence=102))) as listener:
            await ward.glucose.offer(timeout=SECONDS)
            await gone(listener, ward.glucose, "glucose")
        assert [reading(e).sequence for e in listener.of(Arrived)] == [1, 2, 3]

    async def test_an_empty_meter_is_let_go_in_silence(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            await ward.glucose.offer(timeout=SECONDS)
            await gone(listener, ward.glucose, "glucose")
        assert listener.of(Arrived) == []
        assert [e.what for e in listener.of(LinkState) if e.what] == []

    async def test_a_link_lost_in_the_midst_of_the_records_loses_none(self, ward: BleWard) -> None:
        self.fill(ward, 6)
        ward.glucose.access.drop_after = 3
        async with listening(link()) as listener:
            await ward.glucose.offer(timeout=SECONDS)
            await gone(listener, ward.glucose, "glucose", 2)
        assert ward.glucose.connections == 2
        numbers = [reading(e).sequence for e in listener.of(Arrived)]
        assert numbers[:3] == [1, 2, 3]
        assert set(numbers) == {1, 2, 3, 4, 5, 6}
        assert {reading(e).raw for e in listener.of(Arrived)} == {ward.glucose.frame(n) for n in range(1, 7)}


class TestCuffs:
    async def test_the_bm85_is_known_by_its_name_and_read_by_its_quirks(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            frame = await ward.bm85.measure(106, 71, 0, 63, NOON, user=1, status=0b100, timeout=SECONDS)
            (arrived,) = await listener.until(Arrived)
        assert arrived.device == device(ward.bm85, "beurer-bm85")
        found = reading(arrived)
        assert frame[14:] == bytes.fromhex("003f010004")
        assert found.component(Name.SYSTOLIC) == one(Name.SYSTOLIC, "106", Unit.MMHG)
        assert found.component(Name.DIASTOLIC) == one(Name.DIASTOLIC, "71", Unit.MMHG)
        assert found.component(Name.PULSE_RATE) == one(Name.PULSE_RATE, "63", Unit.PER_MINUTE)
        assert found.component(Name.MEAN_ARTERIAL_PRESSURE).quantity is None
        assert (found.user, found.device_time, found.quality) == (1, NOON_THERE, (Quality.IRREGULAR_PULSE,))

    async def test_a_cuff_that_replays_its_memory_sends_the_same_readings(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            for number in range(2):
                await ward.cuff.measure(120 + number, 70, 90, 65, NOON + dt.timedelta(hours=number), timeout=SECONDS)
                await gone(listener, ward.cuff, "blood-pressure", number + 1)
            told = await ward.cuff.replay(timeout=SECONDS)
            arrived = await listener.until(Arrived, 4)
        assert len(told) == 2
        assert [e.raw for e in arrived] == told * 2

    async def test_an_oximeter_s_memory_says_that_it_is_one(self, ward: BleWard) -> None:
        async with listening(link()) as listener:
            await ward.oximeter.measure(96, 70, NOON, timeout=SECONDS)
            await gone(listener, ward.oximeter, "pulse-oximeter")
            await ward.oximeter.replay(timeout=SECONDS)
            fresh, stored = (reading(e) for e in await listener.until(Arrived, 2))
        assert fresh.quality == ()
        assert stored.quality == (Quality.FROM_STORAGE,)
        assert (fresh.components, fresh.device_time) == (stored.components, stored.device_time)


class TestWhatADeviceSaysOfItself:
    async def test_maker_serial_battery_and_clock(self, ward: BleWard) -> None:
        ward.thermometer.linger = 2.0
        ward.thermometer.battery.percent = 41
        async with listening(link()) as listener:
            await ward.thermometer.measure(Decimal("36.7"), NOON, timeout=SECONDS)
            about = (await listener.until(About))[-1]
        assert about.device == device(ward.thermometer, "thermometer")
        assert (about.manufacturer, about.model_number) == ("Simulated devices", "TM-1")
        assert (about.serial_number, about.firmware) == ("F0F1F2F3F409", "1.0")
        assert about.battery_percent == 41

    async def test_a_wrong_clock_is_told_and_set(self, ward: BleWard) -> None:
        clock = ward.thermometer.clock
        clock.ahead = dt.timedelta(days=-400)
        now = dt.datetime.now()  # noqa: DTZ005 - the site's wall clock
        ward.thermometer.linger = 2.0
        async with listening(link(Known(civil=now))) as listener:
            await ward.thermometer.measure(Decimal("36.7"), NOON, timeout=SECONDS)
            about = (await listener.until(About))[-1]
            await gone(listener, ward.thermometer, "thermometer")
        assert about.clock_offset == pytest.approx(400 * 86400, abs=SECONDS)
        assert len(clock.settings) == 1
        assert abs(clock.settings[0] - now) < dt.timedelta(seconds=2)
        assert abs(clock.ahead) < dt.timedelta(seconds=SECONDS)

    @pytest.mark.parametrize("civil", [None, "now"])
    async def test_a_clock_is_left_alone_when_it_is_right_or_ours_is_not_trusted(
        self, ward: BleWard, civil: str | None
    ) -> None:
        clock = ward.thermometer.clock
        clock.ahead = dt.timedelta(0) if civil else dt.timedelta(days=-400)
        known = Known(civil=dt.datetime.now() if civil else None)  # noqa: DTZ005
        ward.thermometer.linger = 2.0
        async with listening(link(known)) as listener:
            await ward.thermometer.measure(Decimal("36.7"), NOON, timeout=SECONDS)
            await listener.until(About)
            await gone(listener, ward.thermometer, "thermometer")
        assert clock.settings == []
