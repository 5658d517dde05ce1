"""What passes the door about a call."""

from __future__ import annotations

from edge.door.command import Command


class StartCall(Command, frozen=True):
    """Opens the lobby, where a consent (CollectConsent, now or earlier) allows it."""


class AdmitSpecialist(Command, frozen=True):
    pass


class EndCall(Command, frozen=True):
    pass


class CallProgress(Command, frozen=True):
    """Media tells how the call goes. ``state``: lobby, waiting (a specialist is at the door), connected, ended, failed.

    ``address`` and ``pin`` are what the bedside shows while the lobby is open.
    """

    call_id: str
    state: str
    address: str = ""
    pin: str = ""
    what: str = ""
    video_frames_sent: int = 0
    vitals_messages: int = 0


AnyCall = StartCall | AdmitSpecialist | EndCall | CallProgress

CALLS: frozenset[type[Command]] = frozenset({StartCall, AdmitSpecialist, EndCall})
"""What is asked at the screen; media tells how it goes."""
