"""What a tap about the windows of running pictures asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class ShowShots:
    """The photos that were taken, or the running picture in their place."""

    listed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class LayOver:
    """An earlier photo of the same part lies over the running picture, or does not any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Guide:
    """The ruler, or the frame where no scale is known; or neither any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class FillScreen:
    """The specialist fills the screen, facing the resident; or does not any more."""

    large: bool


@dataclasses.dataclass(frozen=True, slots=True)
class PutNoteAway:
    """The specialist's note was read on the call's page; it stands in the report."""


WindowAct = ShowShots | LayOver | Guide | FillScreen | PutNoteAway
