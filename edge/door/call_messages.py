"""What passes the door about a call."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edge.domain.visitor import NOBODY, Visitor
from edge.door.command import Command


class StartCall(Command, frozen=True):
    """Opens the lobby, where a consent (CollectConsent, now or earlier) allows it. The doctor's link holds for ``link_minutes``.

    ``guest`` is whom the link is made out to (family, a psychologist), who comes in by that name; "" for a professional.
    """

    link_minutes: int = 15
    guest: Annotated[str, msgspec.Meta(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


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
    visitor: Visitor = NOBODY
    video_frames_sent: int = 0
    vitals_messages: int = 0


AnyCall = StartCall | AdmitSpecialist | EndCall | CallProgress

CALLS: frozenset[type[Command]] = frozenset({StartCall, AdmitSpecialist, EndCall})
"""What is asked at the screen; media tells how it goes."""
