"""What a line's settings do to bytes: start, data, parity and stop bits, sent at one speed and sampled at another."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """``baud`` in bits a second; ``parity`` is N, E or O."""

    baud: int
    bits: int = 8
    parity: str = "N"
    stop_bits: int = 1


def resampled(data: bytes, sent: Settings, read: Settings) -> bytes:
    """What a receiver set to ``read`` makes of ``data`` that a sender set to ``sent`` says in one breath.

    As on a PC: a byte with a wrong parity or stop bit is handed over all the same; then a new start bit is waited for.
    """
    if sent == read:
        return data
    levels = [level for byte in data for level in _word(byte, sent)]
    step = sent.baud / read.baud
    heard = bytearray()
    position = 0.0
    while (start := _start_bit(levels, position)) is not None:

        def sample(bit: int, start: int = start) -> int:
            at = int(start + (bit + 0.5) * step)
            return levels[at] if at < len(levels) else 1

        heard.append(sum(sample(1 + bit) << bit for bit in range(read.bits)))
        stop = 1 + read.bits + (read.parity != "N")
        position = start + (stop + 0.5) * step
    return bytes(heard)


def _word(byte: int, settings: Settings) -> list[int]:
    bits = [byte >> bit & 1 for bit in range(settings.bits)]
    parity = {"N": [], "E": [sum(bits) % 2], "O": [1 - sum(bits) % 2]}[settings.parity]
    return [0, *bits, *parity, *[1] * settings.stop_bits]


def _start_bit(levels: Sequence[int], position: float) -> int | None:
    """The first fall of the line from high to low after ``position``, in sender's bits."""
    at = int(position)
    high = position == 0.0 or (at < len(levels) and levels[at] == 1)
    for place in range(at, len(levels)):
        if levels[place]:
            high = True
        elif high:
            return place
    return None
