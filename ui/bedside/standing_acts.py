"""What a tap on the pages about what leaves, and on the handover, asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class OpenStopped:
    """What waits for a person is shown, with what she can do."""

    item_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Resend:
    """It goes out as it is; "": all that waits for a person."""

    item_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Relabel:
    """What the photo on the page shows is said anew: its view is asked first, ``view`` was touched."""

    view: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ReadAll:
    """LU: what stands on the page was read; of a handover of one page that is all of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReadOne:
    """LU beside one resident: hers was read, and no other."""

    patient_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class TurnPage:
    """Another page of the handover, counted from 0."""

    page: int


@dataclasses.dataclass(frozen=True, slots=True)
class Leaf:
    """The list on the page by one page, down or up."""

    down: bool


StandingAct = OpenStopped | Resend | Relabel | ReadAll | ReadOne | TurnPage | Leaf
