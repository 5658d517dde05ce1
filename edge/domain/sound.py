"""Clips of sound: a stethoscope, a voice."""

from __future__ import annotations

import dataclasses
import enum


class SoundSite(enum.StrEnum):
    STETHOSCOPE = "stethoscope"
    VOICE = "voice"


@dataclasses.dataclass(frozen=True, slots=True)
class Sound:
    """One clip as the microphone heard it, without gain control or noise suppression, and without loss.

    ``pcm`` holds mono 16-bit signed little-endian samples, ``hertz`` of them a second. ``peak`` is the largest magnitude
    (0 to 32767), ``clipped`` how many samples stand at the end of the scale.
    """

    pcm: bytes
    hertz: int
    source: SoundSite
    peak: int
    clipped: int

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / self.hertz

    @property
    def too_quiet(self) -> bool:
        return self.peak < 33  # -60 dB of full scale
