"""A real pyserial on a pseudo-terminal, with an oximeter at its end."""

from __future__ import annotations

import asyncio
import os
import termios
from pathlib import Path

import pytest
import serial

from drivers.link import serial_session
from drivers.models.nonin_2 import NONIN_2
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Quality, Reading
from edge.domain.ports import Arrived, LinkState, LiveValue, Undecodable
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.nonin_waves import Nonin2
from tests.serial_lines import has, is_kind, is_live, is_state, listening, numbers_in, oximetry

NOTHING = oximetry(None, None)


@pytest.mark.parametrize(("spo2", "pulse"), [(96, 72), (88, 131), (100, 255)])
async def test_live_values_are_what_the_oximeter_shows(spo2: int, pulse: int) -> None:
    async with Nonin2(speed=4) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(spo2, pulse)
        event = await line.until(is_live(oximetry(spo2, pulse)))
        assert isinstance(event, LiveValue)
        assert event.device == Device(oximeter.port, "nonin-2", "Oxymètre Nonin")
        assert line.seen[0] == LinkState(event.device, True)


async def test_without_a_finger_there_is_no_value_and_a_reason() -> None:
    async with Nonin2(speed=4) as oximeter, listening(oximeter.port, NONIN_2) as line:
        event = await line.until(is_kind(LiveValue))
        assert isinstance(event, LiveValue)
        assert has(event.reading, NOTHING)
        assert Quality.SENSOR_OFF in event.reading.quality


@pytest.mark.slow
async def test_three_steady_seconds_are_saved_once_and_again_after_the_finger_was_off() -> None:
    async with Nonin2() as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        began = asyncio.get_running_loop().time()
        first = await line.until(is_kind(Arrived))
        assert isinstance(first, Arrived)
        assert isinstance(first.content, Reading)
        assert has(first.content, oximetry(96, 72))
        assert len(first.raw) == 125
        took = asyncio.get_running_loop().time() - began
        assert 3 <= len(line.of(LiveValue)) <= 1 + took / serial_session.BETWEEN_LIVE
        oximeter.finger_off()
        await line.until(is_live(NOTHING))
        await line.until(is_live(NOTHING))
        oximeter.set(91, 80)
        second = await line.until(is_kind(Arrived))
        assert isinstance(second, Arrived)
        assert isinstance(second.content, Reading)
        assert has(second.content, oximetry(91, 80))
        assert len(line.of(Arrived)) == 2


async def test_a_pulled_cable_is_told_at_once_and_a_plugged_one_is_found_again(tmp_path: Path) -> None:
    async with Nonin2(Pty(tmp_path / "ttyUSB0"), speed=4) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.unplug()
        gone = await line.until(is_kind(LinkState))
        assert gone == LinkState(line.device, False, "Oxymètre Nonin : liaison coupée. Rebranchez le câble.")
        oximeter.set(95, 70)
        oximeter.plug()
        assert await line.until(is_state(True)) == LinkState(line.device, True)
        await line.until(is_live(oximetry(95, 70)))


async def test_a_port_that_is_not_there_yet_is_told_once_and_waited_for(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    async with listening(str(port), NONIN_2) as line:
        absent = await line.until(is_kind(LinkState))
        assert absent == LinkState(line.device, False, "Oxymètre Nonin : port série introuvable. Vérifiez le câble.")
        async with Nonin2(Pty(port), speed=4):
            await line.until(is_state(True))
            assert len(line.of(LinkState)) == 2


async def test_a_host_that_waits_for_a_pulled_cable_opens_no_other_device() -> None:
    async with Nonin2(speed=4) as pulled, listening(pulled.port, NONIN_2) as line:
        await line.until(is_kind(LiveValue))
        pulled.unplug()
        await line.until(is_state(False, "introuvable"))
        # the kernel names a new terminal as it named the one that was closed
        async with Nonin2(speed=4), Nonin2(speed=4) as other:
            before = len(line.seen)
            # in this time the port is tried again
            await line.during(other.said(12))
            assert line.seen[before:] == []


async def test_a_port_in_use_is_not_shared() -> None:
    async with Nonin2(speed=4) as oximeter:
        with serial.Serial(oximeter.port, exclusive=True):
            async with listening(oximeter.port, NONIN_2) as line:
                await line.until(is_state(False, "occupé"))


async def test_a_port_that_we_may_not_open_names_the_group() -> None:
    # the kernel refuses to open this one for writing, to everybody
    async with listening("/proc/sys/kernel/ostype", NONIN_2) as line:
        await line.until(is_state(False, "groupe dialout"))


async def test_garbage_is_kept_as_it_came_and_the_values_go_on() -> None:
    garbage = bytes(range(7, 60))
    async with Nonin2(speed=4) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.send_garbage(garbage)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert told.reason is Reason.UNDECODABLE
        assert garbage[:5] in told.raw
        assert len(told.raw) <= serial_session.RAW_KEPT
        oximeter.set(94, 75)
        await line.until(is_live(oximetry(94, 75)))


async def test_damaged_frames_are_told_rarely_and_none_of_them_is_a_value() -> None:
    async with Nonin2(speed=12) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 72)
        await line.until(is_live(oximetry(96, 72)))
        oximeter.damage(20)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert told.reason is Reason.CHECKSUM
        oximeter.set(94, 75)
        await line.until(is_live(oximetry(94, 75)))
        assert len(line.of(Undecodable)) == 1
        assert numbers_in(line.seen) <= {(None, None), (96, 72), (94, 75)}


async def test_a_line_of_pure_noise_keeps_at_most_four_kibibytes() -> None:
    async with Nonin2(speed=4) as oximeter, listening(oximeter.port, NONIN_2) as line:
        await line.until(is_kind(LiveValue))
        oximeter.send_garbage(b"\x55" * 3000)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert 0 < len(told.raw) <= serial_session.RAW_KEPT
        assert not line.of(Arrived)


async def test_a_device_that_is_switched_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_session, "SILENCE", 0.3)
    master, slave = os.openpty()
    try:
        async with listening(os.ttyname(slave), NONIN_2) as line:
            await line.until(is_state(False, "n'envoie rien"))
            # the line has the settings of the model
            assert termios.tcgetattr(slave)[4:6] == [termios.B9600, termios.B9600]
    finally:
        os.close(master)
        os.close(slave)


async def test_an_address_that_can_never_work_ends_with_a_fault() -> None:
    async with listening("nothing://here", NONIN_2) as line:
        with pytest.raises(Fault) as caught:
            await line.until(is_kind(LinkState))
        assert caught.value.reason is Reason.SETTINGS


async def test_it_ends_when_it_is_cancelled_and_frees_the_port() -> None:
    async with Nonin2(speed=4) as oximeter:
        for _ in range(3):
            async with listening(oximeter.port, NONIN_2) as line:
                await line.until(is_state(True))


async def test_a_tap_sees_every_byte_as_it_came() -> None:
    log = bytearray()
    packet = bytes.fromhex("01804300C401814300C50180434A0E01804360240180439458")
    async with Nonin2(speed=20) as oximeter:
        oximeter.replay(packet)
        async with listening(oximeter.port, NONIN_2, tap=lambda _device, _source, data: log.extend(data)) as line:
            await line.during(oximeter.said(20))
    at = log.index(packet)
    assert bytes(log[at : at + 10 * len(packet)]) == packet * 10
