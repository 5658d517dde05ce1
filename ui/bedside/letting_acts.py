"""What a tap on the page of replacements asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class NameKey:
    """One letter more of her name; "" takes the last one away."""

    letter: str


@dataclasses.dataclass(frozen=True, slots=True)
class As:
    """Her profession: a word of edge.domain.staff.Role."""

    role: str


@dataclasses.dataclass(frozen=True, slots=True)
class For:
    """Hours of her shift."""

    hours: int


@dataclasses.dataclass(frozen=True, slots=True)
class LetHerIn:
    """What was typed and chosen is whole."""


@dataclasses.dataclass(frozen=True, slots=True)
class EndAccess:
    """A replacement's, before its end."""

    member_id: str


LettingAct = NameKey | As | For | LetHerIn | EndAccess
