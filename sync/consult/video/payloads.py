"""Access units into what one RTP packet carries each: RFC 6184 (H.264), RFC 7741 (VP8), as aiortc cuts them."""

from __future__ import annotations

import fractions
from typing import Protocol

from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from av.packet import Packet

from sync.consult.video.encoders import CLOCK_HZ, X264, Ceiling, Encoder, Unit, Vp8

_TIME_BASE = fractions.Fraction(1, CLOCK_HZ)


class Maker(Protocol):
    def __call__(self, width: int, height: int, bit_rate: int, ceiling: Ceiling) -> Encoder: ...


class Cutter:
    """One for each stream: VP8 numbers its pictures."""

    def __init__(self, cutting: H264Encoder | Vp8Encoder) -> None:
        self._cutting = cutting

    def cut(self, unit: Unit) -> list[bytes]:
        """At most 1300 bytes each."""
        packet = Packet(unit.data)
        packet.pts = unit.at
        packet.time_base = _TIME_BASE
        payloads, _at = self._cutting.pack(packet)
        return payloads


def of_codec(name: str) -> tuple[Maker, Cutter]:
    """``name`` as in SDP ("H264", "VP8"). Raises ValueError for another."""
    if name.upper() == "H264":
        return X264, Cutter(H264Encoder())
    if name.upper() == "VP8":
        return Vp8, Cutter(Vp8Encoder())
    raise ValueError(f"no encoder for {name}")
