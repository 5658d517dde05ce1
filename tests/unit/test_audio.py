"""Sound sources without a sound card: what the recorder is asked for, files in their place, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from drivers.link import audio
from drivers.link.audio import SAMPLES_HZ, Microphone, clip, command, environment, mixer_of
from edge.domain.fault import Fault, Reason
from edge.domain.sound import SoundSite, heard

RAW = ["-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "48000"]


def wav(path: Path, samples: np.ndarray, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def recorder(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program in the place of arecord (no sound card is needed to see what becomes of what it says)."""
    program = folder / "arecord"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_card_is_recorded_without_software_volume_and_without_any_format_of_its_own() -> None:
    asked = ["arecord", "-q", "-D", "hw:CARD=Stethoscope", "--disable-softvol", *RAW]
    assert command("hw:CARD=Stethoscope") == asked


@pytest.mark.parametrize("source", ["pipewire:alsa_input.usb-x", "pipewire:NODE=alsa_input.usb-x"])
def test_a_pipewire_node_is_asked_for_by_name_and_no_other_may_stand_in(source: str) -> None:
    assert command(source)[3] == "pipewire:NODE=alsa_input.usb-x"
    said = environment()["PIPEWIRE_PROPS"]
    for rule in ("node.dont-reconnect = true", "node.dont-fallback = true", "state.restore-props = false"):
        assert rule in said


@pytest.mark.parametrize(
    ("source", "card"),
    [
        ("hw:CARD=Stethoscope,DEV=0", "Stethoscope"),
        ("plughw:1", "1"),
        ("hw:2,0", "2"),
        ("default", None),
        ("pipewire:x", None),
    ],
)
def test_a_cards_own_gain_control_is_switched_off(source: str, card: str | None) -> None:
    asked = ["amixer", "-q", "-c", card, "sset", "Auto Gain Control", "off"]
    assert mixer_of(source) == (asked if card else None)


async def test_a_file_is_heard_sample_by_sample_over_and_over(tmp_path: Path) -> None:
    samples = np.random.default_rng(2).integers(-32768, 32768, SAMPLES_HZ // 10)
    file = wav(tmp_path / "voice.wav", samples)
    loop = asyncio.get_running_loop()
    began = loop.time()
    pcm = await clip(str(file), 0.25)
    assert loop.time() - began >= 0.25
    assert np.array_equal(np.frombuffer(pcm, "<i2"), np.tile(samples, 3)[: SAMPLES_HZ // 4])
    with Microphone(str(file)) as microphone:
        assert microphone.read(960) == samples[:960].astype("<i2").tobytes()
        assert microphone.read(960) == samples[960:1920].astype("<i2").tobytes()


@pytest.mark.parametrize("seconds", [0.0, -1.0, 60.1, float("nan"), float("inf")])
async def test_a_clip_has_an_end(seconds: float) -> None:
    with pytest.raises(Fault) as caught:
        await clip("hw:0", seconds)
    assert caught.value.reason is Reason.SOUND


@pytest.mark.parametrize(
    "script",
    [
        "echo 'audio open error: No such file or directory' >&2; exit 1",
        "head -c 9599 /dev/zero",
        "exit 0",
        "exec sleep 3600",
    ],
    ids=["no card", "overrun", "nothing", "hangs"],
)
async def test_a_recorder_that_dies_or_hangs_is_one_plain_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(audio, "_PATIENCE", 0.3)
    recorder(tmp_path, monkeypatch, script)
    with pytest.raises(Fault) as caught:
        await clip("default", 0.1)
    assert caught.value.reason is Reason.SOUND
    assert caught.value.do


async def test_a_clip_that_is_not_wanted_any_more_ends_its_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "begun")
    recorder(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/begun; exec sleep 3600")
    recording = asyncio.create_task(clip("default", 30.0))
    number = int(await asyncio.to_thread((tmp_path / "begun").read_text))
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


async def test_without_alsa_utils_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault, match="alsa-utils"):
        await clip("default", 1.0)
    with pytest.raises(Fault, match="alsa-utils"), Microphone("default"):
        pass


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    stereo = wav(tmp_path / "stereo.wav", np.zeros(9600), channels=2)
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    for file in (stereo, text):
        with pytest.raises(Fault), Microphone(str(file)):
            pass


def test_no_microphone_is_silence() -> None:
    with Microphone("") as microphone:
        assert microphone.read(10) == bytes(20)


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_the_level_of_a_clip_is_that_of_its_samples(samples: list[int]) -> None:
    sound = heard(np.array(samples, "<i2").tobytes(), 48_000, SoundSite.VOICE)
    assert sound.peak == max(abs(one) for one in samples)
    assert sound.clipped == sum(one in {-32768, 32767} for one in samples)
    assert sound.samples == len(samples)


def test_quiet_and_distorted_clips_say_so() -> None:
    at = np.sin(2 * np.pi * 100 * np.arange(48_000) / 48_000)
    said = {}
    for name, level in (("quiet", 20), ("good", 9000), ("loud", 40_000)):
        pcm = np.clip(at * level, -32768, 32767).astype("<i2").tobytes()
        sound = heard(pcm, 48_000, SoundSite.STETHOSCOPE)
        said[name] = (sound.too_quiet, sound.too_loud)
    assert said == {"quiet": (True, False), "good": (False, False), "loud": (False, True)}


@pytest.mark.parametrize(("pcm", "hertz"), [(b"", 48_000), (b"\0", 48_000), (b"\0\0", 0), (b"\0\0", -1)])
def test_what_is_no_sound_is_refused(pcm: bytes, hertz: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        heard(pcm, hertz, SoundSite.VOICE)
