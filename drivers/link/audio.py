"""Microphones and stethoscopes: a sound card through arecord, or a WAV file played over and over in its place.

A sound card is named as ALSA does (``hw:CARD=Stethoscope``, ``plughw:1``), or as a PipeWire node (``pipewire:NODE``, with
Debian's pipewire-alsa). arecord writes the samples as they come: no gain control, no noise suppression, no high-pass, no
software volume. ``hw:`` lets no plug-in in between; ``plughw:`` converts what the card cannot give as mono at 48 kHz.
Of PipeWire our stream asks for that very node and no other (``node.dont-reconnect`` until WirePlumber 0.4,
``node.dont-fallback`` since 0.5): not the default source, behind which an echo canceller may stand, and never another
microphone when this one is unplugged; and for no volume remembered from before (``state.restore-props``). A chip's own
gain control is switched off where the card has one. Sound cards: not tried on hardware; PipeWire: tried on null sinks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import threading
import wave
from pathlib import Path
from types import TracebackType

import structlog

from edge.domain.fault import Fault, Reason

log = structlog.get_logger()

SAMPLES_HZ = 48_000
LONGEST_CLIP = 60.0
"""Seconds."""

_SAMPLE = 2  # bytes of a 16-bit sample
_SLOT = SAMPLES_HZ // 5 * _SAMPLE
"""At most a fifth of a second is kept: what is older is dropped, sound never lags behind."""

_PIPEWIRE = "pipewire:"
_STREAM = "{ node.dont-reconnect = true node.dont-fallback = true state.restore-props = false }"
_GAIN_CONTROL = "Auto Gain Control"
_PATIENCE = 4.0
"""Seconds beyond its length after which a clip will not come any more."""


def command(source: str, *more: str) -> list[str]:
    """arecord of ``source`` to standard output: mono, 48 kHz, 16 bits signed little-endian, without a header."""
    name = source
    if source.startswith(_PIPEWIRE) and "NODE=" not in source:
        name = f"{_PIPEWIRE}NODE={source.removeprefix(_PIPEWIRE)}"
    shape = ["-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(SAMPLES_HZ)]
    return ["arecord", "-q", "-D", name, "--disable-softvol", *shape, *more]


def environment() -> dict[str, str]:
    return os.environ | {"PIPEWIRE_PROPS": _STREAM}


def mixer_of(source: str) -> list[str] | None:
    """How to switch off a card's own gain control; None for what is no card. Most cards have none: that is no error."""
    card = re.match(r"(?:plug)?hw:(?:CARD=)?([^,]+)", source)
    return ["amixer", "-q", "-c", card[1], "sset", _GAIN_CONTROL, "off"] if card else None


async def clip(source: str, seconds: float) -> bytes:
    """The next ``seconds`` (at most 60) of ``source``, every sample as it was heard: SAMPLES_HZ, as SoundSource has them.

    The source is open only as long, also when this is cancelled. Raises Fault(SOUND) when it does not open, when it ends
    early, or when samples were lost on the way.
    """
    if not 0 < seconds <= LONGEST_CLIP:
        raise Fault(Reason.SOUND, f"{seconds} s is no length of a clip", f"ask for at most {LONGEST_CLIP:.0f} s")
    samples = round(seconds * SAMPLES_HZ)
    if _is_file(source):
        with Microphone(source) as file:
            await asyncio.sleep(seconds)
            return file.read(samples)
    if mixer := mixer_of(source):
        await _run(mixer, 2.0)
    # a recorder that goes on after an overrun leaves a gap that nobody sees
    heard, said = await _run(command(source, "--fatal-errors", f"--samples={samples}"), seconds + _PATIENCE)
    if len(heard) != samples * _SAMPLE:
        log.warning("clip_cut_short", bytes=len(heard), said=said)
        raise Fault(Reason.SOUND, "the sound card gives no sound", "check its cable and the [sound] settings")
    return heard


async def _run(argv: list[str], seconds: float) -> tuple[bytes, str]:
    """What the program wrote, and its last line of complaint; it is ended after ``seconds``. Raises Fault(SOUND)."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as exc:
        raise Fault(Reason.SOUND, f"{argv[0]} is missing", "sudo apt install alsa-utils") from exc
    ending: asyncio.TimerHandle | None = None
    try:
        ending = asyncio.get_running_loop().call_later(seconds, _end, process)
        wrote, said = await process.communicate()
    finally:
        if ending is not None:
            ending.cancel()
        _end(process)
        # without the shield a second cancellation would leave it unwaited for
        await asyncio.shield(process.wait())
    return wrote, said.decode(errors="replace").strip().rpartition("\n")[2]


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


class Microphone:
    """``with Microphone(source) as microphone``: open only as long. ``source`` is as above, a WAV file (mono, 16 bits,
    48 kHz) or "" for none, which is silence. Implements the SoundSource port. Raises Fault(SOUND) when it does not open."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._buffer = bytearray()
        self._lock = threading.Lock()
        self._looped = b""
        self._position = 0
        self._recorder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Microphone:
        if not self._source:
            return self
        if _is_file(self._source):
            self._looped = _samples(Path(self._source))
            return self
        try:
            self._recorder = subprocess.Popen(  # noqa: S603 - the argument list is ours, the name comes from the settings
                command(self._source), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
            )
        except OSError as exc:
            raise Fault(Reason.SOUND, "arecord is missing", "sudo apt install alsa-utils") from exc
        threading.Thread(target=self._listen, name="microphone", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._recorder is not None:
            # not SIGTERM: one that waits for a device which is gone does not heed it
            self._recorder.kill()
            self._recorder.wait(5)

    def read(self, samples: int) -> bytes:
        size = samples * _SAMPLE
        if self._looped:
            begin = self._position
            self._position = (begin + size) % len(self._looped)
            times = -(-(begin + size) // len(self._looped))
            return (self._looped * times)[begin : begin + size]
        with self._lock:
            heard = bytes(self._buffer[:size])
            del self._buffer[:size]
        return heard.ljust(size, b"\0")

    def _listen(self) -> None:
        assert self._recorder is not None
        assert self._recorder.stdout is not None
        with self._recorder.stdout as heard_here:
            while heard := heard_here.read(SAMPLES_HZ // 50 * _SAMPLE):
                with self._lock:
                    self._buffer += heard
                    del self._buffer[:-_SLOT]
        log.warning("microphone_silent")


def _is_file(source: str) -> bool:
    return Path(source).is_file()


def _samples(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as recorded:
            shape = (recorded.getnchannels(), recorded.getsampwidth(), recorded.getframerate())
            samples: bytes = recorded.readframes(recorded.getnframes())
    except (OSError, wave.Error, EOFError) as exc:
        raise Fault(Reason.SOUND, "the sound's file is no WAV file", "correct the [sound] settings") from exc
    if shape != (1, _SAMPLE, SAMPLES_HZ) or len(samples) < SAMPLES_HZ // 50 * _SAMPLE:
        raise Fault(Reason.SOUND, "the sound's file is not mono, 16 bits, 48 kHz", "correct the [sound] settings")
    return samples
