"""Sound into Opus (RFC 6716), mono at 48 kHz: a voice that survives a bad line, or a stethoscope as it is."""

from __future__ import annotations

import dataclasses
import enum
import fractions

import av
from av.audio.codeccontext import AudioCodecContext

SAMPLES_HZ = 48_000
_TIME_BASE = fractions.Fraction(1, SAMPLES_HZ)


class Meant(enum.Enum):
    """What the sound is for."""

    VOICE = "voip"
    STETHOSCOPE = "audio"
    """No high-pass and no speech model: a heart's sounds lie below 200 Hz."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """``bits`` a second, ``milliseconds`` of sound in one packet (20, 40 or 60), ``loss`` expected in per cent."""

    bits: int
    milliseconds: int = 20
    loss: int = 10

    @property
    def samples(self) -> int:
        return SAMPLES_HZ * self.milliseconds // 1000


class Opus:
    """libopus takes no other bit rate through PyAV while it runs (measured): a new shape is a new codec, within the same
    stream, which any decoder follows (RFC 6716, 2.1.4)."""

    def __init__(self, meant: Meant, shape: Shape) -> None:
        self._meant = meant
        self._pts = 0
        self._shape = shape
        self._codec = self._opened(shape)

    @property
    def shape(self) -> Shape:
        return self._shape

    @shape.setter
    def shape(self, shape: Shape) -> None:
        if shape != self._shape:
            self._shape = shape
            self._codec = self._opened(shape)

    def encode(self, samples: bytes) -> bytes:
        """One packet of ``shape.samples`` samples, 16 bits signed little-endian. Raises ValueError for another number."""
        count = self._shape.samples
        if len(samples) != 2 * count:
            raise ValueError(f"{len(samples)} bytes are not {count} samples")
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(samples)
        frame.sample_rate = SAMPLES_HZ
        frame.time_base = _TIME_BASE
        frame.pts = self._pts
        self._pts += count
        packets = self._codec.encode(frame)
        return b"".join(bytes(packet) for packet in packets)

    def _opened(self, shape: Shape) -> AudioCodecContext:
        codec = av.CodecContext.create("libopus", "w")
        if not isinstance(codec, AudioCodecContext):
            raise TypeError("libopus encodes no sound")
        codec.bit_rate = shape.bits
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = SAMPLES_HZ
        codec.time_base = _TIME_BASE
        voice = self._meant is Meant.VOICE
        codec.options = {
            "application": self._meant.value,
            "frame_duration": str(shape.milliseconds),
            "vbr": "constrained",
            "fec": "1" if voice else "0",
            "packet_loss": str(shape.loss if voice else 0),
        }
        codec.open()
        return codec
