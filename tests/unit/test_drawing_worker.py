"""Pictures are drawn by a process that can open nothing; what kills it costs one picture (T8)."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from edge.domain.fault import Fault, Reason
from edge.foreign.messages import Limits
from tests.unit.test_ecg_still import DISPLAYS, as_sixels, wanted
from ui.drawing.hand import DrawingHand
from ui.drawing.messages import PhotoWanted, Space, Way

SPACE = Space(way=Way.SIXEL, columns=20, rows=5, cell_width=12, cell_height=24, pixel_mm=0.17)


@pytest.fixture
async def hand() -> AsyncIterator[DrawingHand]:
    made = DrawingHand()
    yield made
    made.close()


def photo(jpeg: bytes) -> PhotoWanted:
    return PhotoWanted(space=SPACE, jpeg=jpeg, background=(0, 0, 0))


def jpeg(width: int = 64, height: int = 48) -> bytes:
    done, encoded = cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8))
    assert done
    return encoded.tobytes()


def announcing(width: int, height: int) -> bytes:
    """A small file whose frame header (SOF0) says that it is large."""
    whole = jpeg()
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + struct.pack(">HH", height, width) + whole[at + 4 :]


async def test_the_worker_that_draws_can_open_nothing(hand: DrawingHand) -> None:
    drawn = await hand.draw(as_sixels(wanted(DISPLAYS["10.1 inches"])))
    assert len(drawn.rows) == 22
    assert hand.confined


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\xff\xd8\xff",
        jpeg()[:200],
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        announcing(65000, 65000),
        announcing(9000, 9000),
    ],
    ids=["nothing", "a beginning", "cut off", "a PNG", "too large", "too many pixels"],
)
async def test_what_is_no_photo_is_refused_and_the_next_one_is_drawn(hand: DrawingHand, bad: bytes) -> None:
    with pytest.raises(Fault) as refused:
        await hand.draw(photo(bad))
    assert refused.value.reason is Reason.UNDECODABLE
    assert len((await hand.draw(photo(jpeg()))).rows) == 5


async def test_a_worker_that_was_killed_is_started_again(hand: DrawingHand) -> None:
    await hand.draw(photo(jpeg()))
    first = hand.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        # dead, and waited for by nobody yet
        while not _is_dead(first):
            await asyncio.sleep(0.01)
    assert len((await hand.draw(photo(jpeg()))).rows) == 5
    assert hand.pid != first


async def test_a_worker_that_dies_at_work_costs_one_picture(hand: DrawingHand) -> None:
    await hand.draw(photo(jpeg()))
    pid = hand.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    drawing = asyncio.create_task(hand.draw(photo(jpeg(2000, 2000))))
    async with asyncio.timeout(20):
        while not _is_asked(pid):
            await asyncio.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(Fault) as failed:
        await drawing
    assert failed.value.reason is Reason.UNDECODABLE
    assert len((await hand.draw(photo(jpeg()))).rows) == 5
    assert hand.pid != pid


def _is_dead(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _is_asked(pid: int) -> bool:
    """Something stands in the pipe that it does not read: FIONREAD, ioctl_tty(2)."""
    with Path(f"/proc/{pid}/fd/3").open("rb", buffering=0) as pipe:
        waiting = fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0")
    return int.from_bytes(waiting, sys.byteorder) > 0


async def test_without_a_worker_it_is_said_and_nothing_waits() -> None:
    hand = DrawingHand(("ui.drawing.no_such_module",), Limits(start_seconds=5.0))
    with pytest.raises(Fault) as refused:
        await hand.draw(photo(jpeg()))
    assert refused.value.reason is Reason.LINK_REFUSED


async def test_a_machine_that_starts_no_process_now_costs_the_picture_and_not_the_screen() -> None:
    hand = DrawingHand()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    # the thread that asks needs nothing more, a pipe would
    await asyncio.to_thread(lambda: None)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        with pytest.raises(Fault) as refused:
            await hand.draw(photo(jpeg()))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert refused.value.reason is Reason.LINK_REFUSED
    drawn = await hand.draw(photo(jpeg()))
    assert drawn.rows or drawn.png
    hand.close()


async def test_a_screen_that_asks_nonsense_gets_no_picture(hand: DrawingHand) -> None:
    asked = wanted(DISPLAYS["10.1 inches"])
    for wrong in (
        msgspec.structs.replace(asked, space=msgspec.structs.replace(asked.space, columns=100_000)),
        msgspec.structs.replace(asked, ecg=msgspec.structs.replace(asked.ecg, hertz="x")),
        msgspec.structs.replace(asked, ecg=msgspec.structs.replace(asked.ecg, samples=b"1")),
    ):
        with pytest.raises(Fault):
            await hand.draw(wrong)
