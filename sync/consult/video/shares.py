"""What each part of a call may need of the line: voice first, then data, then pictures. Pure."""

from __future__ import annotations

import dataclasses

from sync.consult.sound.opus import Shape

HEADERS = 64
"""Bytes of one packet that are not payload: IPv4 20, UDP 8, RTP 12, its extensions 12 to 16, the tag of SRTP 10."""

_VOICES = (
    (400_000, Shape(32_000, 20, 5)),
    (200_000, Shape(24_000, 20, 10)),
    (110_000, Shape(16_000, 40, 15)),
    (0, Shape(12_000, 60, 20)),
)
_PAYLOAD = 1200 / (1200 + HEADERS)
_RETRIES = 0.08
_KEEP = 1.15


@dataclasses.dataclass(frozen=True, slots=True)
class Shares:
    """``pictures``: bits a second for the encoder, headers already taken off; 0 when nothing is left."""

    voice: Shape
    pictures: int


def on_wire(shape: Shape) -> int:
    """Bits a second with headers."""
    return shape.bits + 8 * HEADERS * 1000 // shape.milliseconds


def shares(target: int, data: float, before: Shape | None = None, *, twice: bool = False) -> Shares:
    """``target``: bits a second in all, ``data``: those that the data channels used lately, ``before``: the voice of now,
    ``twice``: each packet of a picture is sent two times.

    A better voice is taken only when there is a good deal more than it needs, so that it does not change to and fro.
    """
    voice = next(shape for least, shape in _VOICES if target >= least)
    if before is not None and voice.bits > before.bits:
        voice = next(shape for least, shape in _VOICES if target >= least * _KEEP)
        if voice.bits < before.bits:
            voice = before
    left = target - on_wire(voice) - data
    return Shares(voice, max(0, int(left * (0.5 if twice else 1 - _RETRIES) * _PAYLOAD)))
