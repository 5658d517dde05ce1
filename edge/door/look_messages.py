"""What passes the door about how the bedside screen looks: kept for it while it is away."""

from __future__ import annotations

import msgspec

from edge.door.command import Command


class KeepLook(Command, frozen=True):
    """The screen speaks ``language`` and wears ``theme`` now, in its own words for both: somebody chose it there."""

    language: str
    theme: str


class LookCard(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen last, for a screen that begins. Empty: nothing since edge started."""

    language: str = ""
    theme: str = ""
