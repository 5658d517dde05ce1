"""Every serial model over its simulator on a pseudo-terminal: what a person set is what comes out, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine
from decimal import Decimal

import pytest

from drivers import catalog
from drivers.link.serial_port import SerialPeripheral
from drivers.models.model import SerialModel
from edge.domain.capture import identity_of
from edge.domain.measurement import DeviceTime, Kind, Name, Quality, Reading
from edge.domain.ports import Arrived, LiveValue, PeripheralEvent, Scanned
from edge.domain.samples import Signal
from firmware_stubs.serial.and_bp import AndBloodPressure
from firmware_stubs.serial.barcode_reader import BarcodeReader
from firmware_stubs.serial.cms50d import Cms50d
from firmware_stubs.serial.cms50d_46 import Cms50d46
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.healthypi import HealthyPi
from firmware_stubs.serial.masimo import LOW_PERFUSION, SET, Masimo
from firmware_stubs.serial.nonin_8 import Nonin8
from firmware_stubs.serial.nonin_13 import Nonin13
from firmware_stubs.serial.nonin_waves import Nonin2, Nonin7
from tests.capture_files import captures
from tests.serial_lines import (
    LIMIT,
    is_arrived,
    is_kind,
    is_live,
    is_state,
    listening,
    numbers_in,
    oximetry,
    stretches,
    values,
)

WHEN = dt.datetime(2026, 11, 21, 8, 12, 22)  # noqa: DTZ001 - devices know no zone
PRESSURE = {Name.SYSTOLIC: 105, Name.DIASTOLIC: 76, Name.MEAN_ARTERIAL_PRESSURE: 82, Name.PULSE_RATE: 65}


def model(name: str) -> SerialModel:
    found = catalog.BY_NAME[name]
    assert isinstance(found, SerialModel)
    return found


Oximeter = Nonin2 | Nonin7 | Nonin8 | Cms50d | Cms50d46 | Masimo

STREAMING: dict[str, Callable[[], Oximeter]] = {
    "nonin-2": lambda: Nonin2(speed=4),
    "nonin-7": lambda: Nonin7(speed=4),
    "nonin-8": lambda: Nonin8(speed=4),
    "cms50d": lambda: Cms50d(speed=2),
    "cms50d-4.6": lambda: Cms50d46(speed=2),
    "masimo-ascii-1 rad-5": lambda: Masimo(speed=4, model="rad-5"),
    "masimo-ascii-1 rad-7": lambda: Masimo(speed=4, model="rad-7"),
    "masimo-ascii-1 rad-8": lambda: Masimo(speed=4, model="rad-8"),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in {"nonin-2", "cms50d-4.6"} else pytest.mark.slow) for name in STREAMING],
)
async def test_an_oximeter_shows_what_was_set_and_nothing_without_a_finger(name: str) -> None:
    async with STREAMING[name]() as oximeter, listening(oximeter.port, model(name.split(maxsplit=1)[0])) as line:
        for spo2, pulse in ((96, 72), (88, 131), (100, 240), (71, 41)):
            oximeter.set(spo2, pulse)
            await line.until(is_live(oximetry(spo2, pulse)))
        oximeter.finger_off()
        away = await line.until(lambda event: isinstance(event, LiveValue) and _away(event.reading))
        assert isinstance(away, LiveValue)
        assert numbers_in(line.seen) <= {(None, None), (96, 72), (88, 131), (100, 240), (71, 41)}
        assert line.of(Arrived) == []


def _away(reading: Reading) -> bool:
    """The device says that there is no finger, or gives no value."""
    qualities = {*reading.quality, *(quality for one in reading.components for quality in one.quality)}
    return Quality.SENSOR_OFF in qualities or set(values(reading).values()) == {None}


def test_every_serial_model_of_the_catalog_is_tested_here() -> None:
    tested = {name.split()[0] for name in STREAMING} | {"nonin-13", "and-bp", "healthypi", "barcode-reader"}
    assert tested == {one.name for one in catalog.SERIAL}


@pytest.mark.parametrize(
    "name", ["nonin-2", *(pytest.param(name, marks=pytest.mark.slow) for name in ("nonin-7", "cms50d", "cms50d-4.6"))]
)
async def test_the_pulse_wave_comes_in_few_stretches_without_a_gap(name: str) -> None:
    async with STREAMING[name]() as oximeter, listening(oximeter.port, model(name)) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        before, began = len(stretches(line.seen)), asyncio.get_running_loop().time()
        await line.during(oximeter.said(12 if name.startswith("nonin") else 60))
        took = asyncio.get_running_loop().time() - began
        waves = stretches(line.seen)[before:]
        assert waves
        assert len(waves) <= 11 * took + 2
        assert {one.samples.signal for one in waves} == {Signal.PLETH}
        assert sum(one.samples.lost for one in waves[1:]) == 0


async def test_low_perfusion_of_a_masimo_is_told_with_its_index() -> None:
    async with Masimo(speed=4) as oximeter, listening(oximeter.port, model("masimo-ascii-1")) as line:
        oximeter.set(93, 64, perfusion=18, exceptions=SET | LOW_PERFUSION)
        event = await line.until(is_live({**oximetry(93, 64), Name.PERFUSION_INDEX: 0.18}))
        assert isinstance(event, LiveValue)
        qualities = {*event.reading.quality, *(one for part in event.reading.components for one in part.quality)}
        assert Quality.LOW_PERFUSION in qualities


@pytest.mark.parametrize(
    ("name", "device"),
    [("nonin-2", Nonin2), ("cms50d", Cms50d), ("masimo-ascii-1", Masimo)],
)
async def test_a_published_log_reads_the_same_over_the_line(name: str, device: type[SerialDevice]) -> None:
    golden = captures(model(name), "golden")[0]
    name_of_value, value, _ = next(iter(golden.gives)).split(maxsplit=2)
    wanted = {Name(name_of_value): None if value == "none" else float(value)}
    async with device(speed=10) as oximeter:
        oximeter.replay(golden.data)
        async with listening(oximeter.port, model(name)) as line:
            await line.until(is_live(wanted))


@pytest.mark.slow
async def test_a_contec_with_the_newer_firmware_is_asked_and_kept_awake() -> None:
    """It would fall silent after six seconds (thirty, in the real one)."""
    async with Cms50d46(patience=6.0) as oximeter, listening(oximeter.port, model("cms50d-4.6")) as line:
        oximeter.set(97, 63)
        await line.until(is_live(oximetry(97, 63)))
        await line.during(oximeter.said(150))
        assert 0xA1 in oximeter.commands
        assert 0xAF in oximeter.commands
        assert len(line.of(LiveValue)) >= 8


async def test_a_contec_that_was_switched_off_and_on_is_asked_again() -> None:
    async with Cms50d46(speed=2) as oximeter, listening(oximeter.port, model("cms50d-4.6")) as line:
        oximeter.set(97, 63)
        await line.until(is_live(oximetry(97, 63)))
        oximeter.unplug()
        oximeter.set(92, 70)
        oximeter.plug()
        await line.until(is_live(oximetry(92, 70)))


async def test_an_ecg_front_end_streams_its_trace_and_its_numbers() -> None:
    async with HealthyPi() as board, listening(board.port, model("healthypi")) as line:
        board.leads_on(heart_rate=72, respiratory_rate=16)
        board.finger(97)
        await line.until(is_live({Name.HEART_RATE: 72}))
        await line.until(is_live({Name.SPO2: 97}))
        await line.during(board.said(50))
        kinds = {event.reading.kind for event in line.of(LiveValue)}
        assert {Kind.HEART_RATE, Kind.RESPIRATION, Kind.SPO2} <= kinds
        # the firmware makes up a blood pressure
        assert Kind.BLOOD_PRESSURE not in kinds
        drawn = [one.samples for one in stretches(line.seen) if one.samples.signal is Signal.ECG]
        assert {one.hertz for one in drawn} == {Decimal(125)}
        trace = [value for one in drawn for value in one.values]
        assert len(trace) > 100
        sent = board.sent_ecg
        assert any(sent[at : at + len(trace)] == trace for at in range(len(sent) - len(trace) + 1))
        assert len(drawn) <= 11 * len(trace) / 125 + 2


async def test_codes_are_read_whole_with_their_control_signs() -> None:
    async with BarcodeReader() as reader, listening(reader.port, model("barcode-reader")) as line:
        # what was read before the line was open is gone
        await line.until(is_state(True))
        symbol = b"IS010000000000000000000000\x1dS1ANNE\x1dS2DUPONT"
        reader.scan(symbol)
        reader.scan(b"second")
        first = await line.until(is_kind(Scanned))
        second = await line.until(is_kind(Scanned))
        assert (first, second) == (Scanned(line.device, symbol.decode()), Scanned(line.device, "second"))


# --- devices that forget what was acknowledged


@pytest.mark.slow
async def test_a_cuff_is_read_and_acknowledged() -> None:
    async with AndBloodPressure() as cuff, listening(cuff.port, model("and-bp")) as line:
        cuff.measure(105, 76, 82, 65, WHEN)
        event = await line.until(is_arrived(PRESSURE))
        assert isinstance(event, Arrived)
        assert isinstance(event.content, Reading)
        assert event.content.device_time == DeviceTime(2026, 11, 21, 8, 12, 22)
        await line.during(cuff.emptied())
        assert cuff.answers == ["PWA1"]
        assert len(line.of(Arrived)) == 1


@pytest.mark.slow
async def test_an_oximeter_s_spot_checks_come_oldest_first_and_each_is_acknowledged() -> None:
    async with Nonin13() as oximeter, listening(oximeter.port, model("nonin-13")) as line:
        oximeter.measure(93, 88, WHEN, stored=True)
        oximeter.measure(96, 300, WHEN + dt.timedelta(minutes=5))
        oximeter.measure(None, None, WHEN + dt.timedelta(minutes=9))
        stored = await line.until(is_arrived(oximetry(93, 88)))
        assert isinstance(stored, Arrived)
        assert isinstance(stored.content, Reading)
        assert Quality.FROM_STORAGE in stored.content.quality
        assert stored.content.device_time == DeviceTime(2026, 11, 21, 8, 12, 22)
        await line.until(is_arrived(oximetry(96, 300)))
        await line.until(is_arrived(oximetry(None, None)))
        await line.during(oximeter.emptied())
        assert oximeter.acknowledged == 3


async def test_a_damaged_packet_is_refused_and_comes_again() -> None:
    async with Nonin13(again=0.5) as oximeter, listening(oximeter.port, model("nonin-13")) as line:
        oximeter.damage()
        oximeter.measure(96, 71, WHEN)
        await line.until(is_arrived(oximetry(96, 71)))
        await line.during(oximeter.emptied())
        assert numbers_in(line.seen) == {(96, 71)}


Forgetful = AndBloodPressure | Nonin13


def _cuff() -> AndBloodPressure:
    cuff = AndBloodPressure(again=0.3)
    cuff.measure(105, 76, 82, 65, WHEN)
    return cuff


def _spot_check() -> Nonin13:
    oximeter = Nonin13(again=0.3)
    oximeter.measure(96, 71, WHEN)
    return oximeter


@pytest.mark.parametrize(("name", "device"), [("and-bp", _cuff), ("nonin-13", _spot_check)])
@pytest.mark.hazard("H10", without="tests.controls_serial:readings_are_acknowledged_at_once")
async def test_nothing_is_acknowledged_before_it_is_kept_and_what_comes_again_is_one(
    name: str, device: Callable[[], Forgetful]
) -> None:
    identities = []
    async with device() as forgetful:
        async with _events(forgetful.port, name) as events:
            identities.append(await _next_identity(events))
            # whoever took it dies before it asks for more; the line closes behind it
        # twice: an answer that was on its way is heard between the two
        await asyncio.wait_for(forgetful.said(2), LIMIT)
        assert forgetful.memory
        async with _events(forgetful.port, name) as events:
            identities.append(await _next_identity(events))
            await _while_asked(events, forgetful.emptied())
    assert identities[0] == identities[1]


@pytest.mark.parametrize(
    ("name", "device", "noise"),
    [
        ("and-bp", _cuff, b"PWA"),
        ("and-bp", _cuff, bytes.fromhex("7d81a18080808080805057")),
        ("nonin-13", _spot_check, bytes.fromhex("0270ff")),
    ],
)
async def test_an_answer_is_heard_behind_bytes_that_are_none(
    name: str, device: Callable[[], Forgetful], noise: bytes
) -> None:
    async with device() as forgetful:
        forgetful.heard(noise)
        async with listening(forgetful.port, model(name)) as line:
            await line.during(forgetful.emptied())


@pytest.mark.parametrize("name", ["and-bp", "nonin-13"])
@pytest.mark.hazard("H10", without="tests.controls_serial:every_sending_is_answered")
async def test_what_is_sent_again_while_it_is_being_saved_is_answered_once(name: str) -> None:
    """A second answer would make the device forget the next of its measurements before it was ever sent."""
    device: Forgetful = AndBloodPressure(again=0.2) if name == "and-bp" else Nonin13(again=0.2)
    for number in range(5):
        at = WHEN + dt.timedelta(minutes=number)
        if isinstance(device, AndBloodPressure):
            device.measure(105 + number, 76, 82, 65, at)
        else:
            device.measure(90 + number, 71, at)
    kept: set[str] = set()

    async def keep(events: AsyncIterator[PeripheralEvent]) -> None:
        async for event in events:
            if isinstance(event, Arrived) and isinstance(event.content, Reading):
                identity = identity_of(event.content.kind, event.content, event.device, event.raw)
                if identity not in kept:
                    # what is new takes as long as three sendings
                    await asyncio.wait_for(device.said(3), LIMIT)
                kept.add(identity)

    async with device, _events(device.port, name) as events:
        keeping = asyncio.create_task(keep(events))
        await asyncio.wait_for(device.emptied(), 3 * LIMIT)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert len(kept) == 5


async def _while_asked(events: AsyncIterator[PeripheralEvent], happens: Coroutine[None, None, None]) -> None:
    """Returns when it happens; what the line said until then stands in the failure if it does not."""
    seen: list[PeripheralEvent] = []

    async def ask_on() -> None:
        async for event in events:
            seen.append(event)

    asking, happening = asyncio.create_task(ask_on()), asyncio.create_task(happens)
    await asyncio.wait({asking, happening}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
    happened, ended = happening.done(), asking.done()
    for task in (asking, happening):
        task.cancel()
    results = await asyncio.gather(asking, happening, return_exceptions=True)
    assert happened, (ended, results, seen)


@contextlib.asynccontextmanager
async def _events(port: str, name: str) -> AsyncIterator[AsyncIterator[PeripheralEvent]]:
    events = SerialPeripheral(port, model(name)).events()
    async with contextlib.aclosing(events):  # type: ignore[type-var]
        yield events


async def _next_identity(events: AsyncIterator[PeripheralEvent]) -> str:
    async with asyncio.timeout(LIMIT):
        async for event in events:
            if isinstance(event, Arrived) and isinstance(event.content, Reading):
                return identity_of(event.content.kind, event.content, event.device, event.raw)
    raise AssertionError
