"""What the cart says to Bluetooth devices, and what it takes twice or late."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from drivers.link.ble import BlePeripherals, Times
from edge.domain.capture import identity_of
from edge.domain.measurement import Quality, Reading
from edge.domain.ports import About, Arrived, LinkState, LiveValue, Undecodable
from firmware_stubs.bluez.faults import Site
from tests import needs
from tests.link_failures import CUFF, MODELS, NOON, SECONDS, Book, listening, measure, systolics

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    needs.program("dbus-daemon", "dbus")
    async with Site() as site:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", site.bus.address)
        yield site


def sequences(arrived: list[Arrived]) -> list[int | None]:
    return [event.content.sequence for event in arrived if isinstance(event.content, Reading)]


def identity(arrived: Arrived) -> str:
    assert isinstance(arrived.content, Reading)
    return identity_of(arrived.content.kind, arrived.content, arrived.device, arrived.raw)


class TestRecords:
    async def test_a_link_lost_in_the_middle_of_a_transfer_costs_no_record(self, site: Site) -> None:
        meter = site.ward.glucose
        for minute in range(5):
            meter.measure(100 + minute, NOON + dt.timedelta(minutes=minute))
        meter.access.drop_after = 2
        async with listening(BlePeripherals(MODELS)) as listener:
            await meter.offer(timeout=SECONDS)
            arrived = await listener.until(Arrived, 7)
        assert sequences(arrived) == [1, 2, 1, 2, 3, 4, 5]
        assert len({identity(event) for event in arrived}) == 5

    @pytest.mark.hazard("H6", without="tests.controls_link:memories_are_told_as_news")
    async def test_what_comes_out_of_a_memory_says_so_and_is_never_live(self, site: Site) -> None:
        meter = site.ward.glucose
        for age in (dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)):
            meter.measure(100, dt.datetime.now() - age)  # noqa: DTZ005 - a device's clock has no time zone
        async with listening(BlePeripherals(MODELS)) as listener:
            await meter.offer(timeout=SECONDS)
            arrived = await listener.until(Arrived, 3)
        assert listener.of(LiveValue) == []
        for event in arrived:
            assert isinstance(event.content, Reading)
            assert Quality.FROM_STORAGE in event.content.quality

    async def test_the_clock_of_a_device_is_set_where_ours_is_trusted(self, site: Site) -> None:
        meter = site.ward.glucose
        meter.clock.ahead = dt.timedelta(days=400)
        meter.measure(100, NOON)
        meter.linger = 1.0
        book = Book()
        book.civil = dt.datetime.now()  # noqa: DTZ005
        async with listening(BlePeripherals(MODELS, book=book)) as listener:
            await meter.offer(timeout=SECONDS)
            (about,) = await listener.until(About)
            await listener.until_state(LinkState(about.device, connected=False))
        assert about.clock_offset == pytest.approx(-400 * 86400, abs=60)
        assert len(meter.clock.settings) == 1
        assert abs(meter.clock.settings[0] - book.civil) < dt.timedelta(seconds=2)


class TestTwice:
    @pytest.mark.hazard("H11", without="tests.controls_link:echoes_count_again")
    async def test_a_value_that_is_signalled_twice_is_one_reading(self, site: Site) -> None:
        site.ward.bluez.adapter.doubles = True
        async with listening(BlePeripherals(MODELS)) as listener:
            for systolic in (120, 121, 120):
                await measure(site, systolic)
                await listener.until_state(LinkState(CUFF, connected=False), len(listener.of(Arrived)))
            arrived = await listener.until(Arrived, 3)
        assert systolics(arrived) == [120, 121, 120]

    async def test_a_frame_that_is_sent_again_later_has_the_identity_of_the_first(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS)) as listener:
            frame = await site.ward.cuff.measure(120, 70, 90, 60, NOON, timeout=SECONDS)
            await measure(site, 121)
            await site.ward.cuff.send(frame, timeout=SECONDS)
            arrived = await listener.until(Arrived, 3)
        assert identity(arrived[0]) == identity(arrived[2])
        assert identity(arrived[0]) != identity(arrived[1])

    async def test_equal_running_values_are_all_told(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS)) as listener:
            await site.ward.oximeter.measure(97, 70, NOON, running=[(95, 72)] * 5, timeout=SECONDS)
            await listener.until(Arrived)
        saturations = [
            one.quantity.value
            for event in listener.of(LiveValue)
            if (one := event.reading.components[0]).quantity is not None
        ]
        assert saturations == [Decimal(95)] * 5


class TestHostile:
    @pytest.mark.hazard("T5", without="tests.controls_link:nonsense_is_kept_for_ever")
    async def test_a_device_that_floods_with_nonsense_is_let_go(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS, times=Times(back_off=(60.0,)))) as listener:
            flood = [
                asyncio.create_task(site.ward.cuff.send(bytes([0xFF, number]), timeout=SECONDS))
                for number in range(200)
            ]
            await listener.until_line("envoie des données illisibles. Prévenez le support.")
            kept = len(listener.of(Undecodable))
            for task in flood:
                task.cancel()
        assert kept <= 60


async def test_the_tap_sees_every_value_as_it_came(site: Site) -> None:
    seen: list[tuple[str, str, bytes]] = []
    link = BlePeripherals(MODELS, tap=lambda device, source, data: seen.append((device.model, source, data)))
    site.ward.glucose.measure(100, NOON)
    async with listening(link) as listener:
        await site.ward.glucose.offer(timeout=SECONDS)
        await listener.until(Arrived)
    assert ("glucose", "2a18", site.ward.glucose.frame(1)) in seen
    assert any(source == "2a52" for _, source, _ in seen)
