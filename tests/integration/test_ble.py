"""The whole Bluetooth path: bleak's own BlueZ backend, a private D-Bus, org.bluez over bumble, simulated devices."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import importlib.metadata
import inspect
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

import bleak
import pytest
from bleak.backends.bluezdbus.client import BleakClientBlueZDBus
from bleak.backends.bluezdbus.manager import BlueZManager
from bleak.backends.bluezdbus.scanner import BleakScannerBlueZDBus
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from drivers.link.ble import ADAPTER, BlePeripherals, connection as ble_connection, scanner as ble_scanner
from drivers.link.ble.bus import PROPERTIES
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.pulse_oximeter import PULSE_OXIMETER
from edge.domain.fault import Reason
from edge.domain.measurement import Device, DeviceTime, Name, Quality, Reading
from edge.domain.ports import Arrived, LinkState, LiveValue, Undecodable
from firmware_stubs.ble_ward import BleWard
from firmware_stubs.gatt.bond import Pairing
from firmware_stubs.private_bus import private_bus
from tests import needs
from tests.link_failures import Listener, listening as link_listening

pytestmark = pytest.mark.timeout(60)

SECONDS = 20.0
NOON = dt.datetime(2026, 3, 4, 12, 5, 6)  # noqa: DTZ001 - a device's clock has no time zone
MODELS = (BLOOD_PRESSURE, PULSE_OXIMETER)
CUFF = Device("F0:F1:F2:F3:F4:10", "blood-pressure", "Tensiomètre")
OXIMETER = Device("F0:F1:F2:F3:F4:22", "pulse-oximeter", "Oxymètre de pouls")


def listening(peripherals: BlePeripherals | None = None) -> AbstractAsyncContextManager[Listener]:
    return link_listening(peripherals or BlePeripherals(MODELS))


@pytest.fixture
async def bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    needs.program("dbus-daemon", "dbus")
    async with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@pytest.fixture
async def ward(bus: str) -> AsyncIterator[BleWard]:
    async with BleWard(bus) as ward:
        yield ward


def values(event: Arrived | LiveValue) -> dict[Name, Decimal]:
    reading = event.content if isinstance(event, Arrived) else event.reading
    assert isinstance(reading, Reading)
    return {one.name: one.quantity.value for one in reading.components if one.quantity}


async def cuff(ward: BleWard, systolic: int, diastolic: int) -> None:
    await ward.cuff.measure(systolic, diastolic, 93, 71, NOON, timeout=SECONDS)


async def test_a_link_that_was_left_is_listened_to_again(ward: BleWard) -> None:
    """As the supervisor does after a defect: the second time is as good as the first."""
    peripherals = BlePeripherals(MODELS)
    for systolic in (120, 121, 122):
        async with listening(peripherals) as listener:
            await cuff(ward, systolic, 80)
            (arrived,) = await listener.until(Arrived)
        assert values(arrived)[Name.SYSTOLIC] == systolic


class TestBleakIsUnmodified:
    def test_every_file_of_bleak_is_the_one_that_was_installed(self) -> None:
        distribution = importlib.metadata.distribution("bleak")
        modules = [file for file in distribution.files or [] if file.suffix == ".py"]
        assert len(modules) > 20
        for file in modules:
            assert file.hash is not None
            digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
            assert urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value, file

    @pytest.mark.parametrize("owner", [BleakClientBlueZDBus, BleakScannerBlueZDBus, BlueZManager])
    def test_no_method_comes_from_anywhere_else(self, owner: type[Any]) -> None:
        own = inspect.getsourcefile(owner)
        assert own is not None
        assert Path(own).is_relative_to(Path(bleak.__file__).parent / "backends" / "bluezdbus")
        functions = {
            name: function.__func__ if isinstance(function, staticmethod | classmethod) else function
            for name, function in vars(owner).items()
        }
        methods = {name: f for name, f in functions.items() if inspect.isfunction(f)}
        assert len(methods) > 5
        for name, method in methods.items():
            assert inspect.getsourcefile(method) == own, name

    async def test_the_link_talks_through_bleak_s_bluez_client(self, ward: BleWard) -> None:
        assert ble_connection.BleakClient is bleak.BleakClient
        assert ble_scanner.BleakScanner is bleak.BleakScanner
        async with listening() as listener:
            delivered = asyncio.create_task(cuff(ward, 128, 76))
            await listener.until(Arrived)
            await delivered
        client = bleak.BleakClient(CUFF.id)
        assert type(client._backend) is BleakClientBlueZDBus
        assert BleakClientBlueZDBus.__module__ == "bleak.backends.bluezdbus.client"


async def test_two_devices_arrive_with_the_values_that_were_sent(ward: BleWard) -> None:
    async with listening() as listener:
        bp_frame, spo2_frame = await asyncio.gather(
            ward.cuff.measure(128, 76, 93, 71, NOON, status=0b100, timeout=SECONDS),
            ward.oximeter.measure(96, 70, NOON, amplitude=Decimal("3.5"), timeout=SECONDS),
        )
        arrived = {event.device: event for event in await listener.until(Arrived, 2)}
    pressure, saturation = arrived[CUFF], arrived[OXIMETER]
    assert values(pressure) == {
        Name.SYSTOLIC: Decimal(128),
        Name.DIASTOLIC: Decimal(76),
        Name.MEAN_ARTERIAL_PRESSURE: Decimal(93),
        Name.PULSE_RATE: Decimal(71),
    }
    assert isinstance(pressure.content, Reading)
    assert pressure.content.quality == (Quality.IRREGULAR_PULSE,)
    assert pressure.content.device_time == DeviceTime(2026, 3, 4, 12, 5, 6)
    assert pressure.raw == bp_frame
    assert values(saturation) == {
        Name.SPO2: Decimal(96),
        Name.PULSE_RATE: Decimal(70),
        Name.PERFUSION_INDEX: Decimal("3.5"),
    }
    assert saturation.raw == spo2_frame
    assert ward.bluez.adapter.connects_while_discovering == 0


async def test_running_values_are_live_and_only_the_spot_check_arrives(ward: BleWard) -> None:
    async with listening() as listener:
        await ward.oximeter.measure(97, 70, NOON, running=[(95, 72), (96, 71)], timeout=SECONDS)
        arrived = await listener.until(Arrived)
        await listener.until_state(LinkState(OXIMETER, connected=False))
    assert [values(event)[Name.SPO2] for event in listener.of(LiveValue)] == [95, 96]
    assert [values(event)[Name.SPO2] for event in arrived] == [97]


async def test_each_of_many_measurements_arrives_once(ward: BleWard) -> None:
    async with listening() as listener:
        for number in range(5):
            await cuff(ward, 120 + number, 70)
            await listener.until_state(LinkState(CUFF, connected=False), number + 1)
        arrived = await listener.until(Arrived, 5)
    assert [values(event)[Name.SYSTOLIC] for event in arrived] == [120, 121, 122, 123, 124]
    assert ward.cuff.connections == 5


@pytest.mark.slow
async def test_a_device_that_hangs_up_is_met_again_and_nothing_is_doubled(ward: BleWard) -> None:
    ward.cuff.hang_up_early = 3
    async with listening() as listener:
        await cuff(ward, 128, 76)
        arrived = await listener.until(Arrived)
        await listener.until_state(LinkState(CUFF, connected=False), 4)
    assert [values(event)[Name.SYSTOLIC] for event in arrived] == [128]
    assert ward.cuff.connections == 4
    spoken = [event.what for event in listener.of(LinkState) if event.what]
    assert spoken == ["Tensiomètre : se déconnecte sans rien envoyer. Recommencez la mesure."]


async def test_a_frame_outside_the_specification_is_kept_and_the_next_one_read(ward: BleWard) -> None:
    beurer = bytes.fromhex("566a0047000000ea07080b121f00003f000000")
    async with listening() as listener:
        await ward.cuff.send(beurer, timeout=SECONDS)
        (undecodable,) = await listener.until(Undecodable)
        await cuff(ward, 128, 76)
        arrived = await listener.until(Arrived)
    assert (undecodable.device, undecodable.raw, undecodable.reason) == (CUFF, beurer, Reason.UNDECODABLE)
    assert [values(event)[Name.SYSTOLIC] for event in arrived] == [128]


async def test_a_measurement_made_before_the_cart_listens_is_not_lost(ward: BleWard) -> None:
    delivered = asyncio.create_task(cuff(ward, 131, 80))
    async with listening() as listener:
        arrived = await listener.until(Arrived)
        await delivered
    assert [values(event)[Name.SYSTOLIC] for event in arrived] == [131]


async def test_without_bluetooth_one_plain_line_and_it_comes_back_by_itself(bus: str) -> None:
    """There is a bus, but no org.bluez on it yet: bluetoothd is down."""
    down = LinkState(
        ADAPTER, False, "Bluetooth : ne répond pas, nouvel essai en cours. Si cela dure, redémarrez la borne."
    )
    async with listening() as listener:
        await listener.until_state(down)
        async with BleWard(bus) as ward:
            await cuff(ward, 128, 76)
            await listener.until(Arrived)
    assert listener.all[:2] == [down, LinkState(ADAPTER, False, "")]


async def test_without_a_bus_at_all_one_plain_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    async with listening() as listener:
        (state,) = await listener.until(LinkState)
    assert state.device == ADAPTER
    assert state.what.startswith("Bluetooth : ne répond pas")


async def test_a_switched_off_adapter_is_named(ward: BleWard) -> None:
    await ward.bluez.adapter.power(on=False)
    async with listening() as listener:
        (state,) = await listener.until(LinkState)
        assert state == LinkState(ADAPTER, False, "Bluetooth : éteint sur la borne. Prévenez le support.")
        await ward.bluez.adapter.power(on=True)
        await cuff(ward, 128, 76)
        await listener.until(Arrived)


async def test_a_discovery_that_died_silently_is_started_anew(ward: BleWard) -> None:
    async with listening(BlePeripherals(MODELS, watchdog=0.2)) as listener:
        await ward.bluez.adapter.scanning()
        await ward.bluez.adapter.die_silently()
        await cuff(ward, 128, 76)
        await listener.until(Arrived)


class Caller:
    """A caller beside ours, as bluetoothctl would be: it registers an agent and pairs."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def call(self, path: str, interface: str, member: str, signature: str = "", body: Any = None) -> Any:
        async with asyncio.timeout(SECONDS):
            reply = await self._bus.call(
                Message("org.bluez", path, interface, member, signature=signature, body=body or [])
            )
        assert reply.message_type is MessageType.METHOD_RETURN, (reply.error_name, reply.body)
        return reply.body


async def test_a_bonded_device_left_connected_is_taken_over_and_its_last_value_is_no_reading(
    bus: str, ward: BleWard
) -> None:
    """BlueZ keeps the connection of a process that was killed, and of a bonded device the last Value.

    Its services are resolved before we come: bleak 3.1 forgets what is signalled while it reads the first state.
    """
    ward.cuff.bond.pairing = Pairing.JUST_WORKS
    path = "/org/bluez/hci0/dev_F0_F1_F2_F3_F4_10"
    adapter, device = "org.bluez.Adapter1", "org.bluez.Device1"
    delivered = asyncio.create_task(cuff(ward, 141, 91))
    other = MessageBus(bus_address=bus)
    await other.connect()
    caller = Caller(other)
    await caller.call("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", "os", ["/agent", "NoInputNoOutput"])
    await caller.call("/org/bluez/hci0", adapter, "StartDiscovery")
    await ward.bluez.adapter.knows(path)
    await caller.call("/org/bluez/hci0", adapter, "StopDiscovery")
    await caller.call("/org/bluez/hci0", PROPERTIES, "Set", "ssv", [adapter, "Pairable", Variant("b", True)])
    await caller.call(path, device, "Pair")
    await ward.bluez.adapter.resolved(path)
    other.disconnect()
    await other.wait_for_disconnect()
    async with listening(BlePeripherals(MODELS, watchdog=0.2)) as listener:
        await listener.until(Arrived)
        await delivered
        await listener.until_state(LinkState(CUFF, connected=False))
        kept = [one.get("Value") for one in ward.bluez.adapter.devices[path].characteristics.values()]
        assert any(kept)
        await cuff(ward, 142, 92)
        await listener.until_state(LinkState(CUFF, connected=False), 2)
    assert [values(event)[Name.SYSTOLIC] for event in listener.of(Arrived)] == [141, 142]
