"""The voice: a tone that changes every 40 ms, through eight in turn. Who hears one knows whether the sound went on."""

from __future__ import annotations

import numpy as np

SAMPLES_HZ = 48_000
STEP_MS = 40
TONES_HZ = (500, 1250, 750, 1500, 1000, 1750, 625, 1375)


class Tones:
    """Implements SoundSource."""

    def __init__(self) -> None:
        step = SAMPLES_HZ * STEP_MS // 1000
        time = np.arange(step) / SAMPLES_HZ
        # whole periods in each step: no click where they meet
        cycle = np.concatenate([np.sin(2 * np.pi * hz * time) for hz in TONES_HZ])
        self._cycle = (cycle * 10_000).astype("<i2")
        self._at = 0

    def read(self, samples: int) -> bytes:
        told = self._cycle[(self._at + np.arange(samples)) % len(self._cycle)]
        self._at += samples
        return bytes(told.tobytes())
