"""Devices behind a serial server: ``socket://``, and RFC 2217, which carries the line's settings."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

import pytest

from drivers.link import serial_line, serial_session
from drivers.models.cms50d import CMS50D
from drivers.models.model import SerialSettings
from drivers.models.nonin_2 import NONIN_2
from edge.domain.ports import LinkState
from firmware_stubs.serial.cms50d import Cms50d
from firmware_stubs.serial.nonin_waves import Nonin2
from firmware_stubs.serial_server import Rfc2217Server, SocketServer
from tests.serial_lines import LIMIT, is_kind, is_live, is_state, listening, numbers_in, oximetry, stretches

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
"""pyserial's RFC 2217 client names its thread in the old way."""

NO_SERVER = "Oxymètre Nonin : serveur série injoignable. Vérifiez qu'il est allumé et relié au réseau."
LOST = "Oxymètre Nonin : liaison coupée avec le serveur série. Vérifiez qu'il est allumé et relié au réseau."


@pytest.mark.parametrize("server", [SocketServer, Rfc2217Server])
async def test_a_serial_server_works_as_a_cable_does(server: type[SocketServer]) -> None:
    cable = server()
    async with Nonin2(cable, speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 74)
        await line.until(is_live(oximetry(96, 74)))
        # every byte value passes, that of Telnet's escape too
        oximeter.send_garbage(bytes(range(256)))
        oximeter.set(95, 255)
        await line.until(is_live(oximetry(95, 255)))


@pytest.mark.parametrize("server", [SocketServer, Rfc2217Server])
async def test_a_connection_that_is_lost_is_told_and_made_again(server: type[SocketServer]) -> None:
    cable = server()
    async with Nonin2(cable, speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 74)
        await line.until(is_live(oximetry(96, 74)))
        cable.hang_up()
        assert await line.until(is_kind(LinkState)) == LinkState(line.device, False, LOST)
        await line.until(is_state(True))
        await line.until(is_live(oximetry(96, 74)))
        assert cable.clients == 2


async def test_a_server_that_is_off_is_told_once_and_waited_for() -> None:
    cable = Rfc2217Server()
    async with Nonin2(cable, speed=6) as oximeter:
        oximeter.set(93, 68)
        oximeter.unplug()
        async with listening(oximeter.port, NONIN_2) as line:
            assert await line.until(is_kind(LinkState)) == LinkState(line.device, False, NO_SERVER)
            oximeter.plug()
            await line.until(is_live(oximetry(93, 68)))
            assert [event.what for event in line.of(LinkState)] == [NO_SERVER, ""]


async def test_a_server_that_hangs_up_before_it_speaks_is_told_once() -> None:
    calls: asyncio.Queue[None] = asyncio.Queue()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        calls.put_nowait(None)

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, listening(f"socket://{host}:{port}", NONIN_2) as line, asyncio.timeout(LIMIT):
        for _ in range(4):
            await calls.get()
        assert line.seen == [LinkState(line.device, False, LOST)]


RIGHT = CMS50D.line
WRONG = [
    dataclasses.replace(RIGHT, baud=9600),
    dataclasses.replace(RIGHT, baud=115200),
    dataclasses.replace(RIGHT, bits=7),
    SerialSettings(baud=4800, parity="E"),
]


@pytest.mark.parametrize(
    "settings",
    [WRONG[0], *(pytest.param(one, marks=pytest.mark.slow) for one in WRONG[1:])],
    ids=serial_session.in_words,
)
async def test_wrong_settings_of_the_line_give_one_plain_line(
    settings: SerialSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_session, "UNREADABLE", 0.5)
    wrong = dataclasses.replace(CMS50D, line=settings)
    async with Cms50d(Rfc2217Server(), speed=2) as oximeter:
        oximeter.set(96, 74)
        async with listening(oximeter.port, wrong) as line:
            told = await line.until(is_state(False, f"réglages de la ligne ({serial_session.in_words(settings)})"))
            await line.during(oximeter.said(30))
            assert line.of(LinkState) == [told]
            assert numbers_in(line.seen) == set()
        async with listening(oximeter.port, CMS50D) as line:
            await line.until(is_live(oximetry(96, 74)))


@pytest.mark.hazard("H17", without="tests.controls_serial:whatever_looks_like_a_frame_is_believed")
@pytest.mark.slow
async def test_garbage_that_looks_like_frames_is_neither_shown_nor_drawn() -> None:
    """At half the speed, some of this oximeter's bytes make frames of its format, which has no checksum."""
    slow = dataclasses.replace(CMS50D, line=dataclasses.replace(RIGHT, baud=9600))
    async with Cms50d(Rfc2217Server(), speed=2) as oximeter:
        oximeter.set(96, 74)
        async with listening(oximeter.port, slow) as line:
            await line.during(oximeter.said(120))
            assert numbers_in(line.seen) == set()
            assert stretches(line.seen) == []


@pytest.mark.slow
async def test_a_parity_that_is_wrong_invents_no_value() -> None:
    """A byte with a wrong parity bit is handed over all the same; what is read is what was said, or nothing."""
    async with Cms50d(Rfc2217Server(), speed=2) as oximeter:
        oximeter.set(96, 74)
        for parity in "NE":
            wrong = dataclasses.replace(CMS50D, line=dataclasses.replace(RIGHT, parity=parity))
            async with listening(oximeter.port, wrong) as line:
                await line.during(oximeter.said(60))
                assert numbers_in(line.seen) <= {(96, 74)}


@pytest.mark.hazard("T5", without="tests.controls_serial:a_flood_is_read_to_its_end")
@pytest.mark.parametrize("server", [SocketServer, Rfc2217Server])
@pytest.mark.slow
async def test_a_flood_through_a_server_is_shut_out(
    server: type[SocketServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the wire of a test is slower than its flood: a busy machine must not decide
    if serial_line.MOST_A_SECOND == 65_536:
        monkeypatch.setattr(serial_line, "MOST_A_SECOND", 20_000)
    async with Nonin2(server(), speed=6) as oximeter, listening(oximeter.port, NONIN_2) as line:
        oximeter.set(96, 74)
        await line.until(is_live(oximetry(96, 74)))
        oximeter.flood(200_000, seconds=2.0)
        await line.until(is_state(False, "sans arrêt"))
        oximeter.set(94, 70)
        await line.until(is_live(oximetry(94, 70)))
        assert numbers_in(line.seen) <= {(None, None), (96, 74), (94, 70)}
