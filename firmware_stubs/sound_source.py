"""A WAV file that stands for a microphone: a vowel-like hum that swells and falls, mono, 16 bits, 48 kHz."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 48_000


def hum(path: Path, seconds: float = 4.0) -> Path:
    """Writes the file; its end meets its beginning."""
    at = np.arange(int(RATE * seconds)) / RATE
    tone = sum(np.sin(2 * np.pi * 150 * n * at) / n for n in (1, 2, 3, 5))
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * at)
    samples = (tone * swell * 4000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path
