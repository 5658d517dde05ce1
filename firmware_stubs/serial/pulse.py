"""The shapes of one heartbeat, as sums of bells over a phase from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_PLETH: Final = ((0.2, 0.1, 1.0), (0.5, 0.12, 0.35))
_ECG: Final = (
    (0.18, 0.025, 0.12),
    (0.27, 0.008, -0.10),
    (0.30, 0.010, 1.10),
    (0.33, 0.009, -0.22),
    (0.52, 0.045, 0.28),
)
"""P, Q, R, S and T: place, width and height in millivolts."""


def pleth(phase: float) -> float:
    """0 to 1: the pulse wave with its dicrotic notch."""
    return min(1.0, _bells(_PLETH, phase))


def upstroke(phase: float) -> bool:
    return 0.1 <= phase < 0.3


def ecg(phase: float) -> float:
    """Millivolts of a lead II."""
    return _bells(_ECG, phase)


def breath(phase: float) -> float:
    """-1 to 1."""
    return math.sin(2 * math.pi * phase)


def _bells(bells: Sequence[tuple[float, float, float]], phase: float) -> float:
    return sum(height * math.exp(-(((phase - place) / width) ** 2)) for place, width, height in bells)
