"""What a tap on the pages about whose something is asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class PickStray:
    """Whose is it? The residents are shown for that."""

    item_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Aside:
    """What is asked about is nobody's, and stays so."""


@dataclasses.dataclass(frozen=True, slots=True)
class AskRound:
    """The whole round on screen is another resident's: whose?"""


@dataclasses.dataclass(frozen=True, slots=True)
class AskMove:
    """One saved item is another resident's: whose?"""

    item_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskWho:
    """The resident without identity who is looked at: who is she?"""


@dataclasses.dataclass(frozen=True, slots=True)
class GoBack:
    """A reconciliation is gone back."""

    resident_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Sort:
    """Of somebody without identity: F or M."""

    sex: str


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """How old somebody without identity looks."""

    years: int


@dataclasses.dataclass(frozen=True, slots=True)
class RoomKey:
    """One digit of a room; "" erases all."""

    digit: str


@dataclasses.dataclass(frozen=True, slots=True)
class Begin:
    """Somebody without identity is in front of the nurse."""


@dataclasses.dataclass(frozen=True, slots=True)
class FindKey:
    """A digit of the date of birth or a letter of the birth name; "" erases all of that."""

    key: str


@dataclasses.dataclass(frozen=True, slots=True)
class FindBy:
    """The pad of letters, or of digits."""

    letters: bool


WhoseAct = (
    PickStray
    | Aside
    | AskRound
    | AskMove
    | AskWho
    | GoBack
    | Looked
    | Sort
    | About
    | RoomKey
    | Begin
    | FindKey
    | FindBy
)
