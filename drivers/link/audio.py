"""Microphones: an ALSA device through arecord, or a WAV file played over and over in its place.

No gain control, no noise suppression: what the microphone hears. ALSA devices: not tried on hardware.
"""

from __future__ import annotations

import subprocess
import threading
import wave
from pathlib import Path
from types import TracebackType

import structlog

from edge.domain.fault import Fault, Reason

log = structlog.get_logger()

SAMPLES_HZ = 48_000
_SAMPLE = 2  # bytes of a 16-bit sample
_SLOT = SAMPLES_HZ // 5 * _SAMPLE
"""At most a fifth of a second is kept: what is older is dropped, sound never lags behind."""


class Microphone:
    """``with Microphone(source) as microphone``: open only as long. ``source`` is an ALSA name, a WAV file (mono, 16 bits,
    48 kHz) or "" for none, which is silence. Implements the SoundSource port. Raises Fault(CALL) when it does not open."""

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
        if Path(self._source).is_file():
            self._looped = _samples(Path(self._source))
            return self
        try:
            self._recorder = subprocess.Popen(  # noqa: S603 - the argument list is ours, the name comes from the settings
                ["arecord", "-q", "-D", self._source, "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(SAMPLES_HZ)],  # noqa: S607
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as exc:
            raise Fault(Reason.CALL, "arecord is missing", "sudo apt install alsa-utils") from exc
        threading.Thread(target=self._listen, name="microphone", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._recorder is not None:
            self._recorder.terminate()
            self._recorder.wait(5)

    def read(self, samples: int) -> bytes:
        size = samples * _SAMPLE
        if self._looped:
            begin = self._position
            self._position = (begin + size) % len(self._looped)
            return (self._looped + self._looped)[begin : begin + size]
        with self._lock:
            heard = bytes(self._buffer[:size])
            del self._buffer[:size]
        return heard.ljust(size, b"\0")

    def _listen(self) -> None:
        assert self._recorder is not None
        assert self._recorder.stdout is not None
        while heard := self._recorder.stdout.read(SAMPLES_HZ // 50 * _SAMPLE):
            with self._lock:
                self._buffer += heard
                del self._buffer[:-_SLOT]
        log.warning("microphone_silent")


def _samples(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as recorded:
            shape = (recorded.getnchannels(), recorded.getsampwidth(), recorded.getframerate())
            samples: bytes = recorded.readframes(recorded.getnframes())
    except (OSError, wave.Error, EOFError) as exc:
        raise Fault(Reason.CALL, "the microphone's file is no WAV file", "correct the setting microphone") from exc
    if shape != (1, _SAMPLE, SAMPLES_HZ) or len(samples) < SAMPLES_HZ // 50 * _SAMPLE:
        raise Fault(Reason.CALL, "the microphone's file is not mono, 16 bits, 48 kHz", "correct the setting microphone")
    return samples
