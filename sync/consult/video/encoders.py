"""Pictures into access units. The bit rate changes while an encoder runs; nothing here knows of the network."""

from __future__ import annotations

import dataclasses
import fractions
from typing import Protocol

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

CLOCK_HZ = 90_000
"""What RTP counts video time in (RFC 6184, 5.1; RFC 7741, 4.1)."""

FRAMES_A_SECOND = 30
_TIME_BASE = fractions.Fraction(1, CLOCK_HZ)
_NO_KEY_OF_ITS_OWN = 1_000_000
"""Frames between key frames: only who asks gets one."""

_LEAST = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """One encoded picture. ``at`` counts 1/90,000 s, as the picture's ``pts`` did."""

    data: bytes
    key: bool
    at: int


class Encoder(Protocol):
    """Not thread-safe: one caller at a time."""

    @property
    def bit_rate(self) -> int:
        """Bits a second that it aims at."""
        ...

    @bit_rate.setter
    def bit_rate(self, bits: int) -> None: ...

    def encode(self, picture: av.VideoFrame, *, key: bool) -> list[Unit]:
        """``picture`` is yuv420p of the size the encoder was made for, its pts in 1/90,000 s and growing. ``key``: can be
        decoded without those before. Blocks for as long as encoding takes."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Ceiling:
    """What an encoder is opened with: most bits a second, and bits that one picture may borrow from those after it.

    A key frame takes up to the whole buffer: at 500,000 bits it delays what follows by half a second on a line of 1 Mbit/s.
    """

    bits: int
    buffer: int


_KEY_FRAME_SECONDS = 0.3


def ceiling_for(height: int, bits: int) -> Ceiling:
    """For an encoder that begins with ``bits`` a second: its first picture, a key frame, is not to fill the line for long."""
    most = next(ceiling for least, ceiling in _CEILINGS if height >= least)
    frame = most.bits // FRAMES_A_SECOND
    return Ceiling(most.bits, min(most.buffer, max(int(_KEY_FRAME_SECONDS * bits), frame + frame // 4)))


_CEILINGS = (
    (1080, Ceiling(4_000_000, 700_000)),
    (720, Ceiling(2_500_000, 420_000)),
    (480, Ceiling(1_500_000, 250_000)),
    (360, Ceiling(800_000, 130_000)),
    (0, Ceiling(400_000, 70_000)),
)


class X264:
    """Constrained baseline H.264. It is opened at its ceiling with a constant bit rate: in every other set-up libx264
    ignores a bit rate that PyAV assigns later. It never goes above that ceiling."""

    def __init__(self, width: int, height: int, bit_rate: int, ceiling: Ceiling) -> None:
        self._codec = codec = _video("libx264", width, height)
        self._ceiling = ceiling
        codec.bit_rate = ceiling.bits
        codec.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "maxrate": str(ceiling.bits),
            "bufsize": str(ceiling.buffer),
            # a new scene is told in a frame like any other: a key frame that nobody asked for fills a thin line
            "sc_threshold": "0",
            # key frames are IDR: whoever asked for one has nothing from before
            "forced-idr": "1",
        }
        codec.profile = "Baseline"
        codec.thread_count = 1 if height <= 720 else 2
        codec.open()
        self.bit_rate = bit_rate

    @property
    def bit_rate(self) -> int:
        return self._bits

    @bit_rate.setter
    def bit_rate(self, bits: int) -> None:
        self._bits = max(_LEAST, min(bits, self._ceiling.bits))
        self._codec.bit_rate = self._bits

    def encode(self, picture: av.VideoFrame, *, key: bool) -> list[Unit]:
        return _encode(self._codec, picture, key)


class Vp8:
    """For a browser without H.264. libvpx takes no other bit rate through PyAV while it runs (measured), so a changed one
    is a new codec, which begins with a key frame: it is made when the rate fell by a fifth or could rise by half."""

    def __init__(self, width: int, height: int, bit_rate: int, ceiling: Ceiling) -> None:
        self._size = width, height
        self._ceiling = ceiling
        self._bits = self._opened_at = max(_LEAST, min(bit_rate, ceiling.bits))
        self._codec = self._opened()
        self.rebuilt = 0

    @property
    def bit_rate(self) -> int:
        return self._bits

    @bit_rate.setter
    def bit_rate(self, bits: int) -> None:
        self._bits = max(_LEAST, min(bits, self._ceiling.bits))

    def encode(self, picture: av.VideoFrame, *, key: bool) -> list[Unit]:
        if not 0.8 <= self._bits / self._opened_at <= 1.5:
            self._opened_at = self._bits
            self._codec = self._opened()
            self.rebuilt += 1
        return _encode(self._codec, picture, key)

    def _opened(self) -> VideoCodecContext:
        codec = _video("libvpx", *self._size)
        bits = str(self._opened_at)
        codec.bit_rate = self._opened_at
        codec.qmin, codec.qmax = 2, 56
        codec.options = {
            "deadline": "realtime",
            "cpu-used": "-6",
            "lag-in-frames": "0",
            # all three alike is what makes libvpx keep a constant bit rate
            "minrate": bits,
            "maxrate": bits,
            "bufsize": str(self._opened_at // 2),
            "undershoot-pct": "100",
            "overshoot-pct": "15",
            "static-thresh": "1",
        }
        codec.open()
        return codec


def _video(name: str, width: int, height: int) -> VideoCodecContext:
    codec = av.CodecContext.create(name, "w")
    if not isinstance(codec, VideoCodecContext):
        raise TypeError(f"{name} encodes no pictures")
    codec.width, codec.height = width, height
    codec.pix_fmt = "yuv420p"
    codec.framerate = fractions.Fraction(FRAMES_A_SECOND)
    codec.time_base = _TIME_BASE
    codec.gop_size = _NO_KEY_OF_ITS_OWN
    return codec


def _encode(codec: VideoCodecContext, picture: av.VideoFrame, key: bool) -> list[Unit]:
    picture.pict_type = PictureType.I if key else PictureType.NONE
    picture.time_base = _TIME_BASE
    return [Unit(bytes(packet), packet.is_keyframe, packet.pts or 0) for packet in codec.encode(picture)]
