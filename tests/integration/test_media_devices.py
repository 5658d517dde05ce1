"""Sound through a real PipeWire to the door: every sample as it was, from the named source and no other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from drivers.link.audio import Microphone, clip
from edge.domain.fault import Fault, Reason
from edge.domain.sound import SoundSite, heard
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains.media import Media
from edge.mains.sounds import Sounds
from edge.mains.stills import Stills
from edge.settings import Cameras, Settings, Sound
from firmware_stubs.video_source import write
from tests.media_door import MediaDoor, eventually
from tests.sound_server import HERTZ, SoundServer, sound_server

STETHOSCOPE, OTHER = "stethoscope", "other"


def quiet_then_loud(seconds: float = 1.5) -> np.ndarray:
    """440 Hz at -46 dB and then at -4 dB of full scale, on noise of one step: what a gain control would even out."""
    count = round(seconds * HERTZ)
    tone = np.sin(2 * np.pi * 440 * np.arange(count) / HERTZ)
    level = np.where(np.arange(count) < count // 2, 160, 20_000)
    return (tone * level + np.random.default_rng(5).integers(-1, 2, count)).astype(np.int16)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SoundServer]:
    with tempfile.TemporaryDirectory(prefix="tc-") as folder:
        async with sound_server(Path(folder), [OTHER, STETHOSCOPE]) as running:
            for name, value in running.environment.items():
                monkeypatch.setenv(name, value)
            yield running


async def test_a_clip_is_what_was_played_sample_by_sample(server: SoundServer, tmp_path: Path) -> None:
    samples = quiet_then_loud()
    recording = asyncio.create_task(clip(f"pipewire:{STETHOSCOPE}", 5.0))
    await server.until_recorded(STETHOSCOPE)
    links = await server.links()
    await server.play(samples, STETHOSCOPE, tmp_path)
    pcm = await recording
    assert len(pcm) == 5 * HERTZ * 2
    assert samples.astype("<i2").tobytes() in pcm
    # nothing stands between the source and the recorder, and nothing else records
    [(source, recorder)] = re.findall(r"^(\S.*):capture_MONO\n  \|-> (.*):", links, re.MULTILINE)
    # PipeWire 0.3 and 1.4 name arecord's stream differently
    assert (source, recorder) in {(STETHOSCOPE, "ALSA Capture"), (STETHOSCOPE, "alsa_capture.aplay")}
    sound = heard(pcm, HERTZ, SoundSite.STETHOSCOPE)
    assert (sound.seconds, sound.peak, sound.clipped) == (5.0, int(abs(samples).max()), 0)


@pytest.mark.slow
async def test_another_source_is_never_recorded_in_its_place(server: SoundServer, tmp_path: Path) -> None:
    recording = asyncio.create_task(clip("pipewire:unplugged", 1.0))
    playing = asyncio.create_task(server.play(quiet_then_loud(6.0), OTHER, tmp_path))
    with pytest.raises(Fault) as caught:
        await recording
    assert caught.value.reason is Reason.SOUND
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def test_a_source_that_is_unplugged_ends_the_clip(server: SoundServer) -> None:
    recording = asyncio.create_task(clip(f"pipewire:{STETHOSCOPE}", 30.0))
    await server.until_recorded(STETHOSCOPE)
    await server.unplug(STETHOSCOPE)
    with pytest.raises(Fault):
        async with asyncio.timeout(10):
            await recording


@pytest.mark.slow
async def test_the_microphone_of_a_call_hears_it_too(server: SoundServer, tmp_path: Path) -> None:
    samples = quiet_then_loud()
    heard_here = bytearray()
    with Microphone(f"pipewire:{STETHOSCOPE}") as microphone:
        await server.until_recorded(STETHOSCOPE)
        playing = asyncio.create_task(server.play(samples, STETHOSCOPE, tmp_path))
        while not playing.done():
            heard_here += microphone.read(960).rstrip(b"\0")
            await asyncio.sleep(0.005)
    assert np.abs(np.frombuffer(heard_here[: len(heard_here) // 2 * 2], "<i2").astype(int)).max() >= 19_000


@contextlib.asynccontextmanager
async def media_at(door: MediaDoor, path: Path, sound: Sound) -> AsyncIterator[asyncio.Task[None]]:
    settings = Settings(sound=sound)
    async with DoorClient(path, m.MEDIA) as client:
        media = Media(settings, Stills(Cameras()), Sounds(settings.sound), client)
        listening = asyncio.create_task(media.listen())
        await door.at_the_door()
        try:
            yield listening
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.slow
async def test_media_records_what_edge_asks_for(server: SoundServer, tmp_path: Path) -> None:
    samples = quiet_then_loud()
    sound = Sound(stethoscope=f"pipewire:{STETHOSCOPE}")
    async with MediaDoor(tmp_path / "door.sock") as door, media_at(door, tmp_path / "door.sock", sound):
        door.want_sound("a", "stethoscope", 5.0)
        await server.until_recorded(STETHOSCOPE)
        await server.play(samples, STETHOSCOPE, tmp_path)
        came = await door.until(lambda one: isinstance(one, m.SubmitSound))
        assert isinstance(came, m.SubmitSound)
        assert (came.request_id, came.hertz, len(came.pcm)) == ("a", HERTZ, 5 * HERTZ * 2)
        assert samples.astype("<i2").tobytes() in came.pcm


@pytest.mark.slow
async def test_a_dead_source_is_said_and_nothing_is_handed_on(server: SoundServer, tmp_path: Path) -> None:
    sound = Sound(stethoscope=f"pipewire:{STETHOSCOPE}", microphone="pipewire:unplugged")
    async with MediaDoor(tmp_path / "door.sock") as door, media_at(door, tmp_path / "door.sock", sound):
        door.want_sound("dead", "stethoscope", 1.0)
        door.want_sound("gone", "voice", 1.0)
        for request_id, what in (("dead", "aucun son"), ("gone", "vérifiez son câble")):
            said = await door.until(lambda one, name=request_id: getattr(one, "request_id", "") == name)
            assert isinstance(said, m.SoundFailed)
            assert what in said.what


async def test_what_is_not_configured_says_so(tmp_path: Path) -> None:
    async with MediaDoor(tmp_path / "door.sock") as door, media_at(door, tmp_path / "door.sock", Sound()):
        door.want_sound("s", "stethoscope", 5.0)
        door.want_sound("v", "voice", 5.0)
        for view in ("overview", "dermoscopy", "otoscopy"):
            door.want_still(view, view)
        expected = {
            "s": "stéthoscope",
            "v": "micro",
            "overview": "caméra",
            "dermoscopy": "dermatoscope",
            "otoscopy": "otoscope",
        }
        for request_id, word in expected.items():
            said = await door.until(lambda one, name=request_id: getattr(one, "request_id", "") == name)
            assert isinstance(said, m.SoundFailed | m.StillFailed)
            assert re.fullmatch(rf"aucune? {word} n'est réglée? sur cette borne", said.what)


async def test_each_view_is_taken_by_its_own_camera(tmp_path: Path) -> None:
    room, dermatoscope = (write(tmp_path / f"{width}.avi", seconds=1, width=width, height=180) for width in (320, 240))
    stills = Stills(Cameras(room=str(room), dermatoscope=str(dermatoscope), otoscope=str(dermatoscope)))
    wanted = [m.StillWanted(request_id=view, view=view) for view in ("overview", "close_up", "dermoscopy", "otoscopy")]
    taken = await asyncio.gather(*(stills.take(one) for one in wanted))
    sizes = {one.request_id: one.width for one in taken if isinstance(one, m.SubmitStill)}
    assert sizes == {"overview": 320, "close_up": 320, "dermoscopy": 240, "otoscopy": 240}
    assert not stills.room.is_open


@pytest.mark.hazard("H20", without="tests.controls_media:a_recording_outlives_the_door")
async def test_the_microphone_is_closed_when_the_door_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # in the place of arecord: a recorder that tells its number and records for ever
    recorder = tmp_path / "arecord"
    recorder.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/pid.tmp\nmv {tmp_path}/pid.tmp {tmp_path}/pid\nexec sleep 3600\n"
    )
    recorder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    number = tmp_path / "pid"
    stethoscope = Sound(stethoscope="hw:CARD=Stethoscope")
    async with (
        MediaDoor(tmp_path / "door.sock") as door,
        media_at(door, tmp_path / "door.sock", stethoscope) as listening,
    ):
        door.want_sound("a", "stethoscope", 60.0)
        await eventually(number.exists, within=10)
        recording = int(number.read_text())
        os.kill(recording, 0)
        door.close()
        try:
            async with asyncio.timeout(10):
                await asyncio.wait({listening})
            await eventually(lambda: not Path(f"/proc/{recording}").exists(), within=10)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(recording, signal.SIGKILL)
