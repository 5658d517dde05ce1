"""Running picture and sound, as a call asks for them."""

from __future__ import annotations

import dataclasses
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera: rows of ``width`` pixels from the top, three bytes a pixel in the order blue, green, red.

    ``at_ns`` is when it came, in monotonic nanoseconds.
    """

    width: int
    height: int
    bgr: bytes | memoryview
    at_ns: int


class FrameSource(Protocol):
    """A camera. There is no queue: whoever asks gets the newest frame."""

    def latest(self) -> Frame | None:
        """The newest frame, or None when there is none of the last two seconds. Never waits."""
        ...


class SoundSource(Protocol):
    """A microphone: mono, 48,000 samples a second, 16 bits signed little-endian."""

    def read(self, samples: int) -> bytes:
        """The next ``samples`` samples, silence where there are none. Never waits."""
        ...


class Window(Protocol):
    """A running picture on the cart's own display, where the compositor has put it. There is no queue here either."""

    @property
    def showing(self) -> bool:
        """Whether the display has taken a picture, and has not lost it since."""
        ...

    def show(self, frame: Frame) -> None:
        """``frame`` takes the place of the one before, seen or not. Never waits."""
        ...

    def close(self) -> None:
        """The picture is gone from the display, and from memory. Waits for that, at most a second. Not opened again."""
        ...
