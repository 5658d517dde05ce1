"""What passes the door about what is captured: what the screen asks for, and what media hands in."""

from __future__ import annotations

from edge.door.command import Command


class TakePhoto(Command, frozen=True):
    """Asks media for a still of the resident on screen. ``view``: overview, close_up, dermoscopy or otoscopy.

    ``site`` and ``side`` (R or L) are words of edge.domain.body_site, "" where nobody told them; ``intimate`` marks a picture
    whose site does not say it.
    """

    view: str = "overview"
    site: str = ""
    side: str = ""
    intimate: bool = False


class RecordSound(Command, frozen=True):
    """Asks media for a clip of the resident on screen. ``source``: stethoscope or voice."""

    source: str = "stethoscope"
    seconds: float = 15.0


class StartStrip(Command, frozen=True):
    """Records the ECG that runs now, for the resident on screen; how it goes stands in the snapshot's ``strip``."""


class StopStrip(Command, frozen=True):
    """No error where nothing is recorded any more."""


class SubmitStill(Command, frozen=True):
    """Media's answer to StillWanted. ``encoding`` and the figures are those of edge.domain.photo."""

    request_id: str
    jpeg: bytes
    width: int
    height: int
    encoding: str
    sharpness: float
    brightness: float
    overexposed: float = 0.0


class StillFailed(Command, frozen=True):
    request_id: str
    what: str


class SubmitSound(Command, frozen=True):
    """Media's answer to SoundWanted: mono, 16 bits signed little-endian, ``hertz`` samples a second."""

    request_id: str
    pcm: bytes
    hertz: int


class SoundFailed(Command, frozen=True):
    request_id: str
    what: str


AnyCapture = TakePhoto | RecordSound | StartStrip | StopStrip | SubmitStill | StillFailed | SubmitSound | SoundFailed

CAPTURES: frozenset[type[Command]] = frozenset({TakePhoto, RecordSound, StartStrip, StopStrip})
"""What is asked at the screen."""

CAPTURED: frozenset[type[Command]] = frozenset({SubmitStill, StillFailed, SubmitSound, SoundFailed})
"""What media answers."""
