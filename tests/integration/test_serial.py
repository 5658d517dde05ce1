"""A real pyserial on a pseudo-terminal, and on ``socket://``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import serial

from drivers.link import serial_port
from drivers.link.serial_port import SerialPeripheral
from drivers.models.nonin_2 import NONIN_2
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Name, Quality, Reading
from edge.domain.ports import Arrived, LinkState, LiveValue, PeripheralEvent, Undecodable
from firmware_stubs.nonin import NoninOnPty
from tests.capture_files import captures

LIMIT = 20.0
"""Seconds until a test that waits for an event gives up."""


class Listening:
    """The events of one peripheral, asked for one after the other."""

    def __init__(self, peripheral: SerialPeripheral) -> None:
        self.device = peripheral.device
        self.seen: list[PeripheralEvent] = []
        self._events = peripheral.events()

    async def until(self, wanted: Callable[[PeripheralEvent], bool]) -> PeripheralEvent:
        async with asyncio.timeout(LIMIT):
            while True:
                event = await anext(self._events)
                self.seen.append(event)
                if wanted(event):
                    return event


@contextlib.asynccontextmanager
async def listening(port: str) -> AsyncIterator[Listening]:
    listener = Listening(SerialPeripheral(port, NONIN_2))
    try:
        yield listener
    finally:
        await listener._events.aclose()  # type: ignore[attr-defined]


def is_live(spo2: int | None, pulse: int | None) -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, LiveValue) and numbers(event.reading) == (spo2, pulse)


def numbers(reading: Reading) -> tuple[int | None, int | None]:
    return number(reading, Name.SPO2), number(reading, Name.PULSE_RATE)


def number(reading: Reading, name: Name) -> int | None:
    component = reading.component(name)
    assert component is not None
    return int(component.quantity.value) if component.quantity else None


def is_state(connected: bool) -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, LinkState) and event.connected is connected


def is_kind(kind: type[PeripheralEvent]) -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, kind)


@pytest.mark.parametrize(("spo2", "pulse"), [(96, 72), (88, 131), (100, 255)])
async def test_live_values_are_what_the_oximeter_shows(spo2: int, pulse: int) -> None:
    async with NoninOnPty(speed=4) as oximeter, listening(oximeter.port) as line:
        oximeter.set(spo2, pulse)
        event = await line.until(is_live(spo2, pulse))
        assert isinstance(event, LiveValue)
        assert event.device == Device(oximeter.port, "nonin-2", "Oxymètre Nonin")
        assert line.seen[0] == LinkState(event.device, True)


async def test_without_a_finger_there_is_no_value_and_a_reason() -> None:
    async with NoninOnPty(speed=4) as oximeter, listening(oximeter.port) as line:
        event = await line.until(is_kind(LiveValue))
        assert isinstance(event, LiveValue)
        assert numbers(event.reading) == (None, None)
        assert Quality.SENSOR_OFF in event.reading.quality


@pytest.mark.slow
async def test_three_steady_seconds_are_saved_once_and_again_after_the_finger_was_off() -> None:
    async with NoninOnPty() as oximeter, listening(oximeter.port) as line:
        oximeter.set(96, 72)
        began = asyncio.get_running_loop().time()
        first = await line.until(is_kind(Arrived))
        assert isinstance(first, Arrived)
        assert isinstance(first.content, Reading)
        assert numbers(first.content) == (96, 72)
        assert len(first.raw) == 125
        took = asyncio.get_running_loop().time() - began
        assert 3 <= sum(isinstance(event, LiveValue) for event in line.seen) <= 1 + took / serial_port.BETWEEN_LIVE
        oximeter.finger_off()
        await line.until(is_live(None, None))
        await line.until(is_live(None, None))
        oximeter.set(91, 80)
        second = await line.until(is_kind(Arrived))
        assert isinstance(second, Arrived)
        assert isinstance(second.content, Reading)
        assert numbers(second.content) == (91, 80)
        assert sum(isinstance(event, Arrived) for event in line.seen) == 2


async def test_a_pulled_cable_is_told_at_once_and_a_plugged_one_is_found_again(tmp_path: Path) -> None:
    async with NoninOnPty(tmp_path / "ttyUSB0", speed=4) as oximeter, listening(oximeter.port) as line:
        oximeter.set(96, 72)
        await line.until(is_live(96, 72))
        oximeter.unplug()
        gone = await line.until(is_kind(LinkState))
        assert gone == LinkState(line.device, False, "Oxymètre Nonin : liaison coupée. Rebranchez le câble.")
        oximeter.set(95, 70)
        oximeter.plug()
        assert await line.until(is_kind(LinkState)) == LinkState(line.device, True)
        await line.until(is_live(95, 70))


async def test_a_port_that_is_not_there_yet_is_told_once_and_waited_for(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    async with listening(str(port)) as line:
        absent = await line.until(is_kind(LinkState))
        assert isinstance(absent, LinkState)
        assert not absent.connected
        assert "port série introuvable" in absent.what
        async with NoninOnPty(port, speed=4):
            await line.until(is_state(True))
        assert len([event for event in line.seen if isinstance(event, LinkState)]) == 2


async def test_a_port_in_use_is_not_shared() -> None:
    async with NoninOnPty(speed=4) as oximeter:
        with serial.Serial(oximeter.port, exclusive=True):
            async with listening(oximeter.port) as line:
                busy = await line.until(is_kind(LinkState))
        assert isinstance(busy, LinkState)
        assert not busy.connected
        assert "occupé" in busy.what


async def test_garbage_is_kept_as_it_came_and_the_values_go_on() -> None:
    garbage = bytes(range(7, 60))
    async with NoninOnPty(speed=4) as oximeter, listening(oximeter.port) as line:
        oximeter.set(96, 72)
        await line.until(is_live(96, 72))
        oximeter.send_garbage(garbage)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert told.reason is Reason.UNDECODABLE
        assert garbage[:5] in told.raw
        assert len(told.raw) <= serial_port.RAW_KEPT
        oximeter.set(94, 75)
        await line.until(is_live(94, 75))


async def test_damaged_frames_are_told_rarely_and_none_of_them_is_a_value() -> None:
    async with NoninOnPty(speed=12) as oximeter, listening(oximeter.port) as line:
        oximeter.set(96, 72)
        await line.until(is_live(96, 72))
        oximeter.damage(packets=20)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert told.reason is Reason.CHECKSUM
        oximeter.set(94, 75)
        await line.until(is_live(94, 75))
        assert sum(isinstance(event, Undecodable) for event in line.seen) == 1
        values = {numbers(event.reading) for event in line.seen if isinstance(event, LiveValue)}
        assert values <= {(None, None), (96, 72), (94, 75)}


async def test_a_line_of_pure_noise_keeps_at_most_four_kibibytes() -> None:
    async with NoninOnPty(speed=4) as oximeter, listening(oximeter.port) as line:
        await line.until(is_kind(LiveValue))
        oximeter.send_garbage(b"\x55" * 3000)
        told = await line.until(is_kind(Undecodable))
        assert isinstance(told, Undecodable)
        assert 0 < len(told.raw) <= serial_port.RAW_KEPT
        assert not any(isinstance(event, Arrived) for event in line.seen)


async def test_a_device_that_is_switched_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_port, "SILENCE", 0.3)
    master, slave = os.openpty()
    try:
        async with listening(os.ttyname(slave)) as line:
            state = await line.until(is_kind(LinkState))
            assert isinstance(state, LinkState)
            assert not state.connected
            assert "n'envoie rien" in state.what
            # the line has the settings of the model
            assert termios.tcgetattr(slave)[4:6] == [termios.B9600, termios.B9600]
    finally:
        os.close(master)
        os.close(slave)


async def test_a_serial_server_on_the_network_works_the_same(logged_packet: bytes) -> None:
    hang_up = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # opening a port throws away what came before, so the device has to go on talking
        while not hang_up.is_set():
            writer.write(logged_packet)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await hang_up.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, listening(f"socket://{host}:{port}") as line:
        event = await line.until(is_kind(LiveValue))
        assert isinstance(event, LiveValue)
        assert numbers(event.reading) == (96, 74)
        # the server hangs up: told, and opened again
        hang_up.set()
        await line.until(is_state(False))
        hang_up.clear()
        await line.until(is_state(True))
        hang_up.set()


async def test_a_server_that_hangs_up_before_it_speaks_is_told_once() -> None:
    calls: asyncio.Queue[None] = asyncio.Queue()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()
        calls.put_nowait(None)

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, listening(f"socket://{host}:{port}") as line:
        await line.until(is_state(False))
        waiting = asyncio.create_task(line.until(is_kind(LinkState)))
        async with asyncio.timeout(LIMIT):
            for _ in range(3):
                await calls.get()
        assert not waiting.done()
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting


@pytest.fixture
def logged_packet() -> bytes:
    """The whole packet of the public capture."""
    return captures(NONIN_2, "golden")[0].data[20:145]


async def test_an_address_that_can_never_work_ends_with_a_fault() -> None:
    async with listening("nothing://here") as line:
        with pytest.raises(Fault) as caught:
            await line.until(is_kind(LinkState))
        assert caught.value.reason is Reason.SETTINGS


async def test_it_ends_when_it_is_cancelled_and_frees_the_port() -> None:
    async with NoninOnPty(speed=4) as oximeter:
        for _ in range(3):
            async with listening(oximeter.port) as line:
                await line.until(is_state(True))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await line.until(is_kind(Arrived))
