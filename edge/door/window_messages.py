"""What passes the door about running pictures in windows of their own: the screen's wish, edge's order, media's word on it."""

from __future__ import annotations

import msgspec

from edge.door.command import Command

WISH_SECONDS = 4.0
"""A wish that is not repeated within this has lapsed: a screen that hangs keeps no camera open (H20). It is repeated every second."""


class Watch(Command, frozen=True):
    """What the screen has room for now, all of it each time: what is not named is closed. For the resident of ``encounter_id``.

    ``camera`` is a view of edge.domain.photo, "" for none; ``overlay`` the prior_id of an earlier photo to lie over it, ""
    for none; ``guide``: a ruler where the scale is known, else a frame. ``specialist``: "", small or large. ``still``: the key of
    the picture that StillDrawn brought, "" for none.
    """

    encounter_id: str = ""
    camera: str = ""
    overlay: str = ""
    guide: bool = False
    specialist: str = ""
    still: str = ""


class StillDrawn(Command, frozen=True):
    """A still picture that the screen's worker drew, of the resident of ``encounter_id``, for a terminal that shows letters only.

    ``png`` at most MOST_STILL_BYTES. It is shown while Watch names its ``key``.
    """

    encounter_id: str
    key: str
    png: bytes


MOST_STILL_BYTES = 8 * 1024 * 1024


class WindowTold(Command, frozen=True):
    """Media's word on its windows. ``lacking``: what this machine has not got for any window (mpv, display), "" for nothing.

    ``camera``, ``specialist`` and ``still``: closed, opening, shown, or dark (open, and no picture comes). ``remark`` of the camera's
    picture: "", sombre, floue or surexposée, as of a still. ``overlaid``: the earlier picture lies over it.
    """

    lacking: str = ""
    camera: str = "closed"
    remark: str = ""
    overlaid: bool = False
    specialist: str = "closed"
    still: str = "closed"


class WindowCard(msgspec.Struct, frozen=True, kw_only=True):
    """As WindowTold, for the screen. ``possible`` only once media said so; ``overlay`` is the prior_id that lies over it."""

    possible: bool = False
    camera: str = "closed"
    remark: str = ""
    overlay: str = ""
    specialist: str = "closed"
    still: str = "closed"


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """What media is to show: of whom it is not told. Another ``turn`` is somebody else's: what was shown is wiped first (H3).

    ``overlay`` is a JPEG, ``still`` a PNG, each empty for none. The rest is as in Watch.
    """

    turn: int = 0
    camera: str = ""
    guide: bool = False
    overlay: bytes = b""
    specialist: str = ""
    still: bytes = b""
