"""A call carried by the real media process, with an aiortc peer as the specialist."""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path

import aiohttp
import pytest

from edge.door import messages as m
from firmware_stubs.specialist import consult, proven
from tests import listening
from tests.media_door import OXYGEN, PRESSURE, RESIDENT, eventually, holds, media_process

pytestmark = pytest.mark.slow


async def test_a_call_carries_pictures_sound_and_numbers_and_lets_go_of_the_camera(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (process, door):
        camera = tmp_path / "camera.avi"
        door.move("requested")
        address = (await door.progress("lobby")).address
        specialist = asyncio.create_task(consult(address, 3.0, 30))
        await door.progress("waiting")
        assert not holds(process.pid, camera), "the camera is open before anybody was admitted (H19)"
        assert not specialist.done()

        door.move("admitted")
        await door.progress("connected")
        assert holds(process.pid, camera)
        heard_on = listening.addresses(process.pid)
        assert heard_on
        assert all(ipaddress.ip_address(one).is_loopback for one in heard_on), heard_on
        door.save(OXYGEN, PRESSURE)
        async with asyncio.timeout(90):
            seen = await specialist

        assert seen["video_frames"] >= 30
        assert seen["audio_seconds"] > 2
        assert seen["loudest"] > 1000
        assert seen["vitals_messages"] >= 3
        last = seen["last_vitals"]
        assert last["resident"]["birth_name"] == RESIDENT.birth_name
        assert [item["item_id"] for item in last["items"]] == [OXYGEN.item_id, PRESSURE.item_id]
        ended = await door.progress("ended")
        assert ended.call_id == door.call.call_id
        await eventually(lambda: not holds(process.pid, camera), within=10)
        await eventually(lambda: not listening.addresses(process.pid), within=10)


@pytest.mark.parametrize("state", ["lobby", "waiting", "connected"])
async def test_the_bedside_hangs_up_and_nothing_stays_open(tmp_path: Path, state: str) -> None:
    async with media_process(tmp_path) as (process, door):
        door.move("requested")
        address = (await door.progress("lobby")).address
        specialist = asyncio.create_task(consult(address, 60.0)) if state != "lobby" else None
        if specialist is not None:
            await door.progress("waiting")
        if state == "connected":
            door.move("admitted")
            await door.progress("connected")
        door.move("ended")
        await eventually(lambda: not holds(process.pid, tmp_path / "camera.avi"), within=10)
        await eventually(lambda: not listening.addresses(process.pid), within=10)
        if specialist is not None:
            specialist.cancel()
            await asyncio.gather(specialist, return_exceptions=True)


async def test_a_second_visitor_does_not_enter_an_admitted_call(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (_, door):
        door.move("requested")
        address = (await door.progress("lobby")).address
        specialist = asyncio.create_task(consult(address, 60.0))
        await door.progress("waiting")
        door.move("admitted")
        await door.progress("connected")
        base, _, fragment = address.partition("#")
        token, secret, _ = fragment.split(".")
        offer = {"token": token, "pin": "", **proven(secret, "number", "v=0")}
        async with aiohttp.ClientSession() as session, session.post(f"{base}offer", json=offer) as answer:
            assert (answer.status, (await answer.json())["reason"]) == (403, "used")
        specialist.cancel()
        await asyncio.gather(specialist, return_exceptions=True)


async def test_both_hang_up_at_once_and_media_goes_on(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (process, door):
        door.move("requested")
        specialist = asyncio.create_task(consult((await door.progress("lobby")).address, 60.0))
        await door.progress("waiting")
        door.move("admitted")
        await door.progress("connected")
        specialist.cancel()
        await asyncio.gather(specialist, return_exceptions=True)
        door.move("ended")
        await eventually(lambda: not listening.addresses(process.pid), within=10)
        door.want_still("after the call")
        await door.until(lambda one: isinstance(one, m.SubmitStill))


async def test_a_still_is_taken_and_the_camera_closed(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (process, door):
        door.want_still("still-1")
        still = await door.until(lambda one: isinstance(one, m.SubmitStill))
        assert isinstance(still, m.SubmitStill)
        assert (still.request_id, still.width, still.height) == ("still-1", 1280, 720)
        assert still.jpeg.startswith(b"\xff\xd8\xff")
        await eventually(lambda: not holds(process.pid, tmp_path / "camera.avi"), within=10)


async def test_without_a_camera_the_bedside_is_told(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (_, door):
        (tmp_path / "camera.avi").unlink()
        door.want_still("still-2")
        failed = await door.until(lambda one: isinstance(one, m.StillFailed))
        assert isinstance(failed, m.StillFailed)
        assert failed.request_id == "still-2"
        assert failed.what
