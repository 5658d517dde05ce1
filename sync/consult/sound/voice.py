"""The microphone as Opus packets, in the shape that the line allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import numpy as np

from edge.domain.media import SoundSource
from sync.consult.coded import Coded
from sync.consult.sound.opus import SAMPLES_HZ, Meant, Opus, Shape

_BEHIND = 0.5
"""Seconds late beyond which what was missed is left out: a burst would only fill the line."""

_QUIETEST = 127


class Voice:
    """Implements Feed. ``shape`` says what the line allows now."""

    def __init__(self, sound: SoundSource, shape: Callable[[], Shape], meant: Meant = Meant.VOICE) -> None:
        self._sound = sound
        self._shape = shape
        self._meant = meant
        self._opus: Opus | None = None
        self._began: float | None = None
        self._at = 0

    def begin(self, codec: str) -> None:
        if codec.lower() != "opus":
            raise ValueError(f"no encoder for {codec}")
        self._opus = Opus(self._meant, self._shape())

    def key_wanted(self) -> None:
        """Each packet stands by itself."""

    def close(self) -> None:
        self._opus = None

    async def next(self) -> Coded:
        opus = self._opus
        if opus is None:
            raise RuntimeError("no codec was chosen")
        now = time.monotonic()
        if self._began is None:
            self._began = now
        opus.shape = self._shape()
        count = opus.shape.samples
        # a packet can be read once its last sample is there
        due = self._began + (self._at + count) / SAMPLES_HZ
        if now - due > _BEHIND:
            self._at += int((now - due) * SAMPLES_HZ)
            due = now
        await asyncio.sleep(max(0.0, due - now))
        samples = self._sound.read(count)
        coded = Coded([opus.encode(samples)], self._at, due - count / SAMPLES_HZ, level(samples))
        self._at += count
        return coded


def level(samples: bytes) -> int:
    """In -dBov (RFC 6465, appendix A): 0 is the loudest, 127 silence."""
    power = float(np.mean(np.square(np.frombuffer(samples, np.int16).astype(np.float32) / 32768)))
    return min(_QUIETEST, max(0, round(-10 * np.log10(power)))) if power > 0 else _QUIETEST
