"""The list of devices: who is trusted, what is remembered, whose a reading of a known clock or user is."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.plx import spot_check
from edge.acquire.devices import Devices, civil
from edge.acquire.recorder import Recorder
from edge.domain import capture
from edge.domain.appliance import Appliance
from edge.domain.audit import THE_CART
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.ports import About, Arrived, Scanned
from edge.domain.quantity import Quantity, Unit
from edge.door import messages as m
from edge.door.device_desk import DeviceDesk
from edge.mains import identity
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.sending import outbox
from edge.store.thread import StoreThread
from tests.memory_folder import memory_folder
from tests.radio import CUFF, PASSKEY, SCALE, Radio
from tests.unit.test_ins_datamatrix import BERTHIER
from tests.unit.test_recorder import SetClock, patient, show

LISTED = Appliance(CUFF.id, CUFF.model, CUFF.label, serial_number="SN1", bonded=True)
GENUINE = About(CUFF, serial_number="SN1", bonded=True)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[StoredLedger]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        yield ledger


def weight(kilograms: str = "61.5", **fields: object) -> Reading:
    parts = (Component(Name.WEIGHT, Quantity(Decimal(kilograms), Unit.KILOGRAM)),)
    return dataclasses.replace(Reading(Kind.WEIGHT, parts, raw=kilograms.encode()), **fields)


def device_time(clock: SetClock, seconds_ago: float) -> DeviceTime:
    made = civil(clock.now()) - dt.timedelta(seconds=seconds_ago)
    return DeviceTime(made.year, made.month, made.day, made.hour, made.minute, made.second)


@pytest.mark.hazard("T2", without="tests.controls_devices:every_device_is_trusted")
async def test_a_stranger_is_marked_and_a_listed_device_is_not(ledger: StoredLedger) -> None:
    clock = SetClock()
    devices = Devices(ledger, clock, provisioned=[LISTED])
    recorder = Recorder(ledger, clock, devices, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight("61"), b"1"))
    await recorder.take(Arrived(SCALE, weight("62"), b"2"))
    stranger, listed = (await ledger.overview(encounter.id)).lines
    assert isinstance(listed.payload, Reading)
    assert isinstance(stranger.payload, Reading)
    assert listed.payload.quality == ()
    assert stranger.payload.quality == (Quality.UNAUTHENTICATED,)


@pytest.mark.hazard("T2", without="tests.controls_devices:every_device_is_trusted")
@pytest.mark.parametrize(
    "said", [dataclasses.replace(GENUINE, serial_number="SN2"), dataclasses.replace(GENUINE, bonded=False)]
)
async def test_a_device_that_is_not_the_one_taken_in_is_no_longer_trusted(ledger: StoredLedger, said: About) -> None:
    devices = Devices(ledger, SetClock(), provisioned=[LISTED])
    devices.about(GENUINE)
    assert devices.trusted(CUFF.id)
    devices.about(said)
    assert not devices.trusted(CUFF.id)
    assert Quality.UNAUTHENTICATED in devices.marked(CUFF, weight()).quality
    devices.about(dataclasses.replace(GENUINE, serial_number=""))
    assert not devices.trusted(CUFF.id)
    devices.about(GENUINE)
    assert devices.trusted(CUFF.id)


@pytest.mark.hazard("T2", without="tests.controls_devices:every_device_is_trusted")
async def test_a_device_that_told_no_serial_number_when_it_was_paired_keeps_the_first_it_tells(
    ledger: StoredLedger,
) -> None:
    clock = SetClock()
    devices = Devices(ledger, clock)
    await devices.take_in(dataclasses.replace(LISTED, serial_number="", bonded=False))
    recorder = Recorder(ledger, clock, devices, lambda: None)
    await recorder.take(About(CUFF, serial_number="SN1"))
    after_a_restart = Devices(ledger, clock)
    await after_a_restart.load()
    assert [one.serial_number for one in after_a_restart.appliances()] == ["SN1"]
    after_a_restart.about(About(CUFF, serial_number="SN2"))
    assert not after_a_restart.trusted(CUFF.id)


async def test_what_was_paired_is_there_after_a_restart_and_what_was_forgotten_is_not(ledger: StoredLedger) -> None:
    first = Devices(ledger, SetClock())
    await first.take_in(LISTED)
    await first.take_in(Appliance(SCALE.id, SCALE.model, SCALE.label, user=(1, 1234)))
    await first.forget(CUFF.id)
    second = Devices(ledger, SetClock())
    await second.load()
    assert [one.id for one in second.appliances()] == [SCALE.id]
    assert second.known(SCALE.id).user == (1, 1234)
    assert second.model_of(CUFF.id) is None
    await second.take_in(LISTED)
    assert second.trusted(CUFF.id)


async def test_the_last_sequence_number_and_the_clock_survive_a_restart(ledger: StoredLedger) -> None:
    clock = SetClock()
    first = Devices(ledger, clock)
    reading = weight(sequence=41, device_time=device_time(clock, 0))
    assert first.age(SCALE, reading, clock.now()) == pytest.approx(0, abs=1)
    await first.remember(SCALE, reading)
    second = Devices(ledger, clock)
    await second.load()
    assert second.known(SCALE.id).last_sequence == 41
    clock.seconds += 7200
    assert second.age(SCALE, reading, clock.now()) is None


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
@pytest.mark.parametrize("seconds", [200.0, 3600.0, 86_400.0])
async def test_a_reading_out_of_a_devices_past_is_nobodys(ledger: StoredLedger, seconds: float) -> None:
    """Made before this resident was on screen, handed over now: by a clock that was read, and by one that was not."""
    clock = SetClock()
    devices = Devices(ledger, clock, provisioned=[LISTED])
    recorder = Recorder(ledger, clock, devices, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight(device_time=device_time(clock, seconds)), b"1"))
    devices.about(dataclasses.replace(GENUINE, clock_offset=0.0))
    await recorder.take(Arrived(CUFF, weight("62", device_time=device_time(clock, seconds)), b"2"))
    overview = await ledger.overview(encounter.id)
    assert (overview.lines, overview.unassigned) == ((), 2)
    assert "SANS résident" in recorder.notice


@pytest.mark.hazard("H6", without="tests.controls_devices:a_device_without_the_time_measures_now")
async def test_a_reading_of_a_device_that_lost_the_time_is_nobodys(ledger: StoredLedger) -> None:
    """Its batteries were changed, and it hands over its memory without a date."""
    clock = SetClock()
    recorder = Recorder(ledger, clock, Devices(ledger, clock, provisioned=[LISTED]), lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight(quality=(Quality.DEVICE_CLOCK_UNSET,)), b"1"))
    overview = await ledger.overview(encounter.id)
    assert (overview.lines, overview.unassigned) == ((), 1)
    assert "l'heure de l'appareil est douteuse" in recorder.notice


async def test_a_value_of_a_running_measurement_was_made_now_whatever_the_clock_says(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = Recorder(ledger, clock, Devices(ledger, clock, provisioned=[LISTED]), lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight(device_time=DeviceTime(2001, 1, 1, 0, 0, 0)), b"1", running=True))
    await recorder.take(Arrived(CUFF, weight(quality=(Quality.DEVICE_CLOCK_UNSET,)), b"2", running=True))
    assert len((await ledger.overview(encounter.id)).lines) == 2


@pytest.mark.hazard("H11", without="tests.controls_devices:what_was_undone_comes_back")
async def test_a_reading_that_was_undone_does_not_come_back_when_its_device_repeats_it(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = Recorder(ledger, clock, Devices(ledger, clock, provisioned=[LISTED]), lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    clock.seconds += 60
    repeated = Arrived(CUFF, weight(device_time=device_time(clock, 0)), b"1")
    await recorder.take(repeated)
    (line,) = (await ledger.overview(encounter.id)).lines
    await ledger.mark_entered_in_error(line.item_id, encounter.id, clock.now())
    clock.seconds += 10
    await recorder.take(repeated)
    assert [line.entered_in_error for line in (await ledger.overview(encounter.id)).lines] == [True]


@pytest.mark.hazard("H11", without="tests.controls_edge:every_capture_is_new")
def test_the_same_reading_out_of_the_devices_memory_is_the_same_one() -> None:
    """Its bytes differ: they say that it is stored (PLXS 1.0.1, table 3.4, bit 9)."""
    live, stored = (spot_check(bytes.fromhex(f"03 6100 6000 e1070101012213 {status}")) for status in ("0000", "0002"))
    assert stored.quality == (Quality.FROM_STORAGE,)
    identities = {capture.identity_of(Kind.SPO2, one, CUFF, one.raw) for one in (live, stored)}
    assert len(identities) == 1
    other = spot_check(bytes.fromhex("03 6000 6000 e1070101012213 0000"))
    assert capture.identity_of(Kind.SPO2, other, CUFF, other.raw) not in identities


async def test_a_stored_reading_made_while_the_resident_was_on_screen_is_hers(ledger: StoredLedger) -> None:
    """A glucose meter hands over everything from its memory, also what it measured a minute ago."""
    clock = SetClock()
    devices = Devices(ledger, clock, provisioned=[LISTED])
    recorder = Recorder(ledger, clock, devices, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    clock.seconds += 120
    devices.about(dataclasses.replace(GENUINE, clock_offset=0.0))
    stored = weight(device_time=device_time(clock, 60), quality=(Quality.FROM_STORAGE,))
    await recorder.take(Arrived(CUFF, stored, b"1"))
    assert len((await ledger.overview(encounter.id)).lines) == 1


@pytest.mark.hazard("H1", without="tests.controls_devices:any_user_is_ours")
async def test_a_reading_of_another_user_of_the_scale_is_nobodys(ledger: StoredLedger) -> None:
    clock = SetClock()
    devices = Devices(ledger, clock, provisioned=[dataclasses.replace(LISTED, user=(1, 1234))])
    recorder = Recorder(ledger, clock, devices, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight("70", user=2), b"1"))
    await recorder.take(Arrived(CUFF, weight("61", user=1), b"2"))
    overview = await ledger.overview(encounter.id)
    assert (len(overview.lines), overview.unassigned) == (1, 1)


async def test_a_wristband_asks_for_its_resident_and_shows_nobody(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = Recorder(ledger, clock, Devices(ledger, clock), lambda: None)
    await recorder.take(Scanned(CUFF, " P2\r"))
    assert (recorder.scan.number, recorder.scan.patient_id) == (1, "P2")
    await recorder.take(Scanned(CUFF, "somebody else"))
    assert (recorder.scan.number, recorder.scan.patient_id) == (2, "")
    assert recorder.on_screen is None


async def test_the_data_matrix_of_the_ins_asks_for_its_resident_and_says_what_is_wrong_with_it(
    ledger: StoredLedger,
) -> None:
    clock = SetClock()
    read_code = identity.reader(allow_test=False)
    recorder = Recorder(ledger, clock, Devices(ledger, clock), lambda: None, read_code=read_code)
    await ledger.put_patient(
        dataclasses.replace(
            patient(2), birth_name="d'Artagnan--L'Hermite", given_names="Alain", birth_date=dt.date(1955, 8, 22)
        )
    )
    await recorder.take(Scanned(CUFF, BERTHIER.replace("\x1d", "<GS>") + "\r\n"))
    assert (recorder.scan.number, recorder.scan.patient_id) == (1, "P2")
    await recorder.take(Scanned(CUFF, BERTHIER.replace("S5F", "S5X")))
    assert (recorder.scan.number, recorder.scan.patient_id) == (2, "")
    assert recorder.notice == "Code INS refusé (sexe). Choisissez dans la liste."
    assert recorder.on_screen is None


async def test_what_is_sent_names_the_serial_number_of_a_listed_device(ledger: StoredLedger) -> None:
    clock = SetClock()
    devices = Devices(ledger, clock)
    await ledger.take_in(LISTED, THE_CART, clock.now())
    recorder = Recorder(ledger, clock, devices, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(Arrived(CUFF, weight("70"), b"1"))
    (line,) = (await ledger.overview(encounter.id)).lines
    assert (await ledger.load(line.item_id)).serial_number == "SN1"


# --- the desk


class At:
    """A device desk, and a wait until its card says something."""

    def __init__(self, ledger: StoredLedger) -> None:
        self.devices = Devices(ledger, SetClock())
        self.radio = Radio()
        self.changed = asyncio.Event()
        self.desk = DeviceDesk(self.radio, self.devices, self.changed.set)

    async def until(self, *states: str) -> m.PairingCard:
        async with asyncio.timeout(20):
            while self.desk.card.state not in states:
                self.changed.clear()
                await self.changed.wait()
        return self.desk.card


async def test_a_device_is_paired_with_the_six_digits_it_shows(ledger: StoredLedger) -> None:
    at = At(ledger)
    await at.desk.handle(m.PairDevice(device_id=CUFF.id))
    assert (await at.until("passkey")).device_id == CUFF.id
    with pytest.raises(Fault) as caught:
        await at.desk.handle(m.PairDevice(device_id=SCALE.id))
    assert caught.value.reason is Reason.NOT_ALLOWED
    await at.desk.handle(m.AnswerPasskey(device_id=CUFF.id, passkey=PASSKEY))
    assert (await at.until("done", "failed")).state == "done"
    assert at.devices.trusted(CUFF.id)
    assert at.devices.seen[CUFF.id].about is not None
    (kept,) = at.devices.appliances()
    assert (kept.serial_number, kept.bonded) == ("SN1", True)


async def test_a_wrong_code_takes_nothing_in(ledger: StoredLedger) -> None:
    at = At(ledger)
    await at.desk.handle(m.PairDevice(device_id=CUFF.id))
    await at.until("passkey")
    await at.desk.handle(m.AnswerPasskey(device_id=CUFF.id, passkey=1))
    assert (await at.until("done", "failed")).what.startswith("Le code est faux")
    assert not at.devices.appliances()


async def test_a_device_is_tested_and_forgotten(ledger: StoredLedger) -> None:
    at = At(ledger)
    await at.devices.take_in(LISTED)
    await at.desk.handle(m.TestDevice(device_id=CUFF.id))
    assert "80 %" in (await at.until("done", "failed")).what
    await at.desk.handle(m.ForgetDevice(device_id=CUFF.id))
    with pytest.raises(Fault):
        # else what pairs the device anew would be forgotten with it
        await at.desk.handle(m.PairDevice(device_id=CUFF.id))
    assert (await at.until("done", "failed")).what == "Appareil oublié."
    assert at.radio.forgotten == [CUFF.id]
    assert not at.devices.appliances()
    await at.desk.handle(m.TestDevice(device_id=SCALE.id))
    assert (await at.until("failed")).what == "L'appareil ne répond pas (allumez-le)"


async def test_a_device_that_the_settings_name_is_not_said_to_be_forgotten(ledger: StoredLedger) -> None:
    at = At(ledger)
    at.devices = Devices(ledger, SetClock(), provisioned=[LISTED])
    at.desk = DeviceDesk(at.radio, at.devices, at.changed.set)
    await at.desk.handle(m.ForgetDevice(device_id=CUFF.id))
    assert "réglages de la borne" in (await at.until("done", "failed")).what


async def test_a_code_that_nobody_asked_for_is_refused(ledger: StoredLedger) -> None:
    with pytest.raises(Fault):
        await At(ledger).desk.handle(m.AnswerPasskey(device_id=CUFF.id, passkey=PASSKEY))


# --- deliveries


def _told(number: int) -> tuple[Reading, str]:
    """Distinct readings of every way in which devices name them."""
    moment = DeviceTime(2026, 11, 22, 8, number % 60, 0)
    match number % 3:
        case 0:
            return weight(str(60 + number), sequence=number, device_time=moment), f"sequence {number}"
        case 1:
            return weight(str(60 + number), device_time=moment, user=1), f"time {number}"
        case _:
            # the same number, at the same moment, of another user of the scale
            return weight("61", device_time=DeviceTime(2026, 11, 22, 9, 0, 0), user=number), f"user {number}"


@pytest.mark.hazard("H11", without="tests.controls_edge:every_capture_is_new")
@given(
    deliveries=st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True).flatmap(
        lambda numbers: st.lists(st.sampled_from(numbers), min_size=len(numbers), max_size=5 * len(numbers)).map(
            lambda more: [*more, *numbers]
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_one_to_five_deliveries_in_any_order_are_one_row(deliveries: list[int]) -> None:
    with memory_folder() as folder:
        places = Places(Path(folder) / "store.db", Path(folder) / "blobs", Path(folder) / "key")
        store = open_for_edge(places, {Kind.WEIGHT: ("fhir",)}, "demonstration")
        store.journal.put_patient(patient(1))
        now = SetClock().now()
        _, encounter = store.journal.open_encounter("P1", now, "TC")
        rows: dict[str, set[str]] = {}
        for number in deliveries:
            reading, name = _told(number)
            identity = capture.identity_of(Kind.WEIGHT, reading, SCALE, reading.raw)
            saved = store.journal.save(capture.Capture(Kind.WEIGHT, reading, SCALE, now, identity), encounter)
            rows.setdefault(name, set()).add(saved.item_id)
        assert all(len(items) == 1 for items in rows.values())
        assert len({item for items in rows.values() for item in items}) == len(rows)
        assert len(outbox.waiting(store)) == len(rows)
        store.database.close()
