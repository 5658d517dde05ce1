"""What passes the door about what the specialist of a call asks for on her page: media hands it on, edge decides."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edge.domain.specialist_note import LONGEST_NOTE
from edge.door.command import Command

_Share = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class SpecialistStill(Command, frozen=True):
    """A still at the camera's full resolution, of the resident of the call. ``view`` as in TakePhoto.

    ForSpecialist with this ``ask`` follows when it is saved, or when there is none.
    """

    call_id: str
    ask: int
    view: str


class SpecialistFetch(Command, frozen=True):
    """A photo or ECG of the resident of the call, of this round or of before: ForSpecialist with this ``ask`` follows."""

    call_id: str
    ask: int
    prior_id: Annotated[str, msgspec.Meta(max_length=128)]


class SpecialistPoint(Command, frozen=True):
    """Where in the cart's picture she points, in thousandths from the left and from the top. ``shown`` False: nowhere any more."""

    call_id: str
    x: _Share = 0
    y: _Share = 0
    shown: bool = True
    frozen: bool = False


class SpecialistNote(Command, frozen=True):
    """What she writes for the report. Done means that it is saved."""

    call_id: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NOTE)]


AnySpecialist = SpecialistStill | SpecialistFetch | SpecialistPoint | SpecialistNote

SPECIALIST: frozenset[type[Command]] = frozenset({SpecialistStill, SpecialistFetch, SpecialistPoint, SpecialistNote})
"""What media hands on; nobody else may."""
