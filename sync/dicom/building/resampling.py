"""A sound at a lower rate: PS3.3 A.34.10.4.4 ends at 44,100 samples a second, and the cart hears 48,000.

A windowed-sinc filter, applied once for each output sample at its exact place (polyphase): what the lower rate can hold stays as
it was, what it cannot hold is taken away before it would fold back into what is heard. Pure: the same samples, the same bytes.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_ZEROS = 48
"""Zero crossings of the sinc on each side, in samples of the lower rate: more is steeper and slower."""
_BETA = 10.0
"""Of the Kaiser window: what would fold back is some 100 dB lower, less than a step of 16 bits."""
_PASSES = 0.93
"""Where the filter falls to half, over half the lower rate; above half the lower rate nothing is left."""
_BLOCK = 2048


def slower(pcm: bytes, hertz: int, to: int) -> bytes:
    """``pcm`` (16-bit signed little-endian, mono) of ``hertz`` at ``to`` samples a second, as long to half a sample.

    Raises ValueError unless 0 < ``to`` < ``hertz``.
    """
    if not 0 < to < hertz:
        raise ValueError(f"{hertz} Hz do not become slower at {to} Hz")
    step = Fraction(hertz, to)
    half = int(np.ceil(_ZEROS * float(step)))
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    count = int(len(samples) / step + Fraction(1, 2))
    padded = np.concatenate([np.zeros(half), samples, np.zeros(2 * half)])
    filters = _filters(step, half)
    out = np.empty(count)
    offsets = np.arange(2 * half + 1)
    for begin in range(0, count, _BLOCK):
        numbers = np.arange(begin, min(count, begin + _BLOCK))
        whole, part = np.divmod(numbers * step.numerator, step.denominator)
        out[numbers] = np.einsum("ij,ij->i", padded[whole[:, None] + offsets], filters[part])
    # a steep edge rings: what it rings beyond the scale stands at its end
    return bytes(np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes())


def _filters(step: Fraction, half: int) -> NDArray[np.float64]:
    """One for each place that an output sample can have between two input samples; each lets a constant through as it is."""
    parts = np.arange(step.denominator)[:, None] / step.denominator
    distance = np.arange(-half, half + 1)[None, :] - parts
    cutoff = _PASSES / float(step)
    inside = np.clip(1.0 - (distance / (half + 1)) ** 2, 0.0, None)
    filters = np.sinc(cutoff * distance) * np.i0(_BETA * np.sqrt(inside)) / np.i0(np.array(_BETA))
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), dtype=np.float64)
