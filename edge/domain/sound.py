"""Clips of sound: a stethoscope, a voice."""

from __future__ import annotations

import array
import dataclasses
import enum
import sys


class SoundSite(enum.StrEnum):
    STETHOSCOPE = "stethoscope"
    VOICE = "voice"


@dataclasses.dataclass(frozen=True, slots=True)
class Sound:
    """One clip as the microphone heard it, without gain control or noise suppression, and without loss.

    ``pcm`` holds ``samples`` mono 16-bit signed little-endian samples, ``hertz`` of them a second. ``peak`` is the largest
    magnitude (0 to 32768), ``clipped`` how many samples stand at either end of the scale.
    """

    pcm: bytes
    hertz: int
    source: SoundSite
    peak: int
    clipped: int
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / self.hertz

    @property
    def too_quiet(self) -> bool:
        return self.peak < 33  # -60 dB of full scale

    @property
    def too_loud(self) -> bool:
        """More than a thousandth of it stands at the end of the scale: it is distorted."""
        return self.clipped * 1000 > self.samples


def heard(pcm: bytes, hertz: int, source: SoundSite) -> Sound:
    """``pcm`` with its figures. Raises ValueError for half a sample, nothing at all, or a rate that is none."""
    if hertz <= 0 or not pcm:
        raise ValueError("no sound")
    samples = array.array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    lowest, highest = min(samples), max(samples)
    return Sound(
        pcm=pcm,
        hertz=hertz,
        source=source,
        peak=max(highest, -lowest),
        clipped=samples.count(32767) + samples.count(-32768),
        samples=len(samples),
    )
