"""What happens to cables and devices, on real pseudo-terminals: nothing is invented, nothing blocks, and it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from drivers.codec.nonin_2 import Nonin2 as Decoder
from drivers.link import serial_session
from drivers.link.serial_port import SerialPeripheral
from drivers.models.barcode_reader import BARCODE_READER
from drivers.models.model import SerialSettings
from drivers.models.nonin_2 import NONIN_2
from drivers.models.nonin_8 import NONIN_8
from edge.domain.dialogue import Known, Listening as SaysNothing, Say, Step
from edge.domain.measurement import Quality, Reading
from edge.domain.ports import Arrived, LinkState, LiveValue, Scanned, Undecodable
from firmware_stubs.serial.barcode_reader import BarcodeReader
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.nonin_8 import Nonin8
from firmware_stubs.serial.nonin_waves import Nonin2
from tests.serial_lines import LIMIT, is_kind, is_live, is_state, listening, numbers_in, oximetry

MEBIBYTE = 1 << 20
LATE = 0.5
"""Seconds that the loop may be late on a busy machine."""


class Heartbeat:
    """How late the loop came to a call every hundredth of a second."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._beat()

    def _beat(self) -> None:
        self.worst = max(self.worst, self._loop.time() - self._due)
        self._due = self._loop.time() + 0.01
        self._next = self._loop.call_at(self._due, self._beat)

    def stop(self) -> None:
        self._next.cancel()


@pytest.fixture
async def heartbeat() -> AsyncIterator[Heartbeat]:
    beat = Heartbeat()
    yield beat
    beat.stop()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every live value is shown, and doubt is told sooner."""
    monkeypatch.setattr(serial_session, "BETWEEN_LIVE", 0.0)
    monkeypatch.setattr(serial_session, "UNREADABLE", 0.5)


@pytest.mark.parametrize(
    "baud", [4800, *(pytest.param(baud, marks=pytest.mark.slow) for baud in (1200, 19200, 115200))]
)
@pytest.mark.usefixtures("quick")
async def test_a_wrong_speed_gives_one_plain_line_and_never_a_value(baud: int) -> None:
    wrong = dataclasses.replace(NONIN_2, line=SerialSettings(baud=baud))
    async with Nonin2(speed=6) as oximeter:
        oximeter.set(96, 72)
        async with listening(oximeter.port, wrong) as line:
            told = await line.until(is_state(False))
            assert isinstance(told, LinkState)
            assert f"réglages de la ligne ({baud} 8N1)" in told.what
            await line.during(oximeter.said(30))
            assert line.of(LinkState) == [told]
            assert numbers_in(line.seen) == set()
        async with listening(oximeter.port, NONIN_2) as line:
            await line.until(is_live(oximetry(96, 72)))


@pytest.mark.usefixtures("quick")
async def test_half_frames_are_no_values_and_the_second_good_packet_is_read() -> None:
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.halve(4)
        await line.during(oximeter.said(4))
        oximeter.set(94, 70)
        seen = await line.during(oximeter.said(4))
        assert numbers_in(line.seen) <= {(None, None), (96, 72), (94, 70)}
        assert (94, 70) in numbers_in(seen)


@pytest.mark.usefixtures("quick")
async def test_a_device_that_stops_in_the_middle_of_a_frame_goes_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_session, "SILENCE", 0.4)
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.stop_mid_frame()
        await line.until(is_state(False, "n'envoie rien"))
        oximeter.set(93, 66)
        oximeter.go_on()
        seen = await line.during(oximeter.said(4))
        assert (93, 66) in numbers_in(seen)
        assert numbers_in(line.seen) <= {(None, None), (96, 72), (93, 66)}
        await line.until(is_state(True))


async def test_a_break_on_the_line_is_no_value() -> None:
    """BREAK reads as a zero byte, one for each."""
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.send_garbage(bytes(3))
        oximeter.set(95, 70)
        await line.until(is_live(oximetry(95, 70)))
        assert numbers_in(line.seen) <= {(None, None), (96, 72), (95, 70)}


@pytest.mark.usefixtures("quick")
@pytest.mark.slow
async def test_the_cable_may_be_pulled_ten_times(tmp_path: Path) -> None:
    async with Nonin2(Pty(tmp_path / "usb-oximeter"), speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        for round_ in range(10):
            oximeter.set(90 + round_, 60 + round_)
            await line.until(is_live(oximetry(90 + round_, 60 + round_)))
            oximeter.unplug()
            await line.until(is_state(False, "Rebranchez"))
            oximeter.plug()
        assert numbers_in(line.seen) <= {(None, None), *((90 + n, 60 + n) for n in range(10))}


@pytest.mark.hazard("T5", without="tests.controls_serial:a_flood_is_read_to_its_end")
@pytest.mark.usefixtures("quick")
async def test_a_device_that_floods_is_shut_out_and_the_others_lose_nothing(heartbeat: Heartbeat) -> None:
    said, heard = bytearray(), bytearray()
    async with Nonin2(speed=6) as wild, Nonin2(speed=6) as calm:
        calm.set(97, 61)
        wild.set(96, 72)
        send = calm.cable.send

        def noted(data: bytes) -> None:
            said.extend(data)
            send(data)

        calm.cable.send = noted  # type: ignore[method-assign]
        async with (
            listening(wild.port, NONIN_2) as wild_line,
            listening(calm.port, NONIN_2, tap=lambda _device, _source, data: heard.extend(data)) as calm_line,
        ):
            await wild_line.until(is_live(oximetry(96, 72)))
            await calm_line.until(is_live(oximetry(97, 61)))
            memory, heartbeat.worst = resident_bytes(), 0.0
            wild.flood(MEBIBYTE, seconds=3.0)
            await wild_line.until(is_state(False, "sans arrêt"))
            calm_seen = await calm_line.during(calm.said(54))
            assert heartbeat.worst < LATE
            assert resident_bytes() - memory < 20 * MEBIBYTE
            # what comes last is still on its way
            assert bytes(heard[:-500]) in bytes(said)
            assert len(said) - len(heard) < 500 + len(said) // 20
            assert len([event for event in calm_seen if isinstance(event, LiveValue)]) > 45
            wild.set(92, 65)
            await wild_line.until(is_live(oximetry(92, 65)))
            assert numbers_in(wild_line.seen) <= {(None, None), (96, 72), (92, 65)}


@pytest.mark.hazard("T5", without="tests.controls_serial:every_burst_is_told")
async def test_garbage_without_end_is_kept_in_few_and_small_pieces() -> None:
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        await line.during(_noise(oximeter, 40, bytes(range(2, 250)) * 20))
        assert 1 <= len(line.of(Undecodable)) <= 2
        assert all(len(event.raw) <= 4096 for event in line.of(Undecodable))
        assert numbers_in(line.seen) <= {(None, None), (96, 72)}


@pytest.mark.hazard("T5", without="tests.controls_serial:undecodable_bytes_are_kept_without_end")
@pytest.mark.slow
async def test_of_much_garbage_the_beginning_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_session, "BETWEEN_UNDECODABLE", 1.0)
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        noisy = asyncio.create_task(_noise(oximeter, 60, bytes(range(2, 250)) * 20))
        for _ in range(2):
            event = await line.until(is_kind(Undecodable))
            assert isinstance(event, Undecodable)
            assert len(event.raw) <= 4096
        await noisy


async def _noise(oximeter: Nonin2, times: int, noise: bytes) -> None:
    for _ in range(times):
        oximeter.send_garbage(noise)
        await oximeter.said(1)


@pytest.mark.hazard("T5", without="tests.controls_serial:scans_have_no_limit")
async def test_a_reader_that_scans_without_end_is_shut_out() -> None:
    async with BarcodeReader() as reader, listening(reader.port, BARCODE_READER) as line:
        await line.until(is_state(True))
        reader.flood(10_000, seconds=1.0, data=b"A1\r\n")
        await line.until(is_state(False, "sans arrêt"))
        assert len(line.of(Scanned)) <= serial_session.SCANS_A_SECOND
        await line.until(is_state(True))


class Shouting(SaysNothing):
    """A host that says more than any buffer on the way takes."""

    def opened(self, known: Known) -> Sequence[Step]:
        return (Say(b"x" * MEBIBYTE),)


@pytest.mark.hazard("T5", without="tests.controls_serial:a_write_waits_for_ever")
async def test_a_device_that_does_not_listen_holds_nobody_up() -> None:
    shouting = dataclasses.replace(NONIN_2, dialogue=Shouting)
    async with Nonin2(speed=6) as deaf, Nonin2(speed=6) as calm:
        deaf.cable.deafen()
        calm.set(97, 61)
        async with listening(deaf.port, shouting) as deaf_line, listening(calm.port, NONIN_2) as calm_line:
            await calm_line.until(is_live(oximetry(97, 61)))
            await deaf_line.until(is_state(False, "n'écoute pas"))
            calm.set(95, 77)
            await calm_line.until(is_live(oximetry(95, 77)))


@pytest.mark.hazard("H6", without="tests.controls_serial:an_event_may_be_held_for_ever")
async def test_what_waited_while_the_store_was_stuck_is_never_shown_as_live() -> None:
    async with Nonin2(speed=2) as oximeter:
        oximeter.set(99, 99)
        events = SerialPeripheral(oximeter.port, NONIN_2).events()
        async with contextlib.aclosing(events), asyncio.timeout(LIMIT):  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, LiveValue):
                    break
            # the consumer is stuck, while a resident's finger leaves and another's comes
            await oximeter.said(9)
            oximeter.finger_off()
            await oximeter.said(9)
            oximeter.set(88, 55)
            await oximeter.said(1)
            async for event in events:
                if isinstance(event, LiveValue):
                    assert numbers_in([event]) == {(88, 55)}
                    break


class FromMemory(Decoder):
    """A format 2 oximeter that plays back what it stored."""

    def next_frame(self) -> object:  # type: ignore[override]
        frame = super().next_frame()
        if isinstance(frame, Reading):
            return dataclasses.replace(frame, quality=(*frame.quality, Quality.FROM_STORAGE))
        return frame


@pytest.mark.hazard("H6", without="tests.controls_serial:stored_values_stream_like_others")
async def test_a_value_out_of_the_memory_of_a_device_is_never_live() -> None:
    stored = dataclasses.replace(NONIN_2, decoder=FromMemory)
    async with Nonin2(speed=6) as oximeter, listening(oximeter.port, stored) as line:
        oximeter.set(96, 72)
        await line.until(is_kind(Arrived))
        await line.during(oximeter.said(5))
        assert line.of(LiveValue) == []


@pytest.mark.hazard("H17", without="tests.controls_serial:every_value_is_saved")
@pytest.mark.slow
async def test_a_shaken_finger_and_one_that_left_are_shown_with_the_reason_and_not_saved() -> None:
    async with Nonin8() as oximeter, listening(oximeter.port, NONIN_8) as line:
        oximeter.set(84, 140)
        oximeter.move(4)
        await line.during(oximeter.said(5))
        oximeter.finger_off()
        # the device goes on with its last values for ten seconds
        await line.during(oximeter.said(6))
        shown = [event.reading for event in line.of(LiveValue)]
        qualities = {quality for reading in shown for quality in _qualities(reading)}
        assert {Quality.ARTIFACT, Quality.SENSOR_OFF} <= qualities
        assert line.of(Arrived) == []


def _qualities(reading: Reading) -> Iterator[Quality]:
    yield from reading.quality
    for one in reading.components:
        yield from one.quality
