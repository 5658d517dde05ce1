"""What a tap on the pages of typed values asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class OpenSheet:
    """The pad, or the scale, of one of edge.domain.typed.SHEETS; for the resident who is on screen now."""

    sheet: str


@dataclasses.dataclass(frozen=True, slots=True)
class PadKey:
    """A digit, or one of the signs of ui.bedside.typing."""

    key: str


@dataclasses.dataclass(frozen=True, slots=True)
class PadEnter:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class PadAnswer:
    """To the question whether that is what was meant."""

    yes: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Say:
    """One value with one touch: it is what stands there, nothing more is asked."""

    sheet: str
    value: str


@dataclasses.dataclass(frozen=True, slots=True)
class Observe:
    """One line of Algoplus: seen, or not."""

    name: str
    seen: bool


@dataclasses.dataclass(frozen=True, slots=True)
class KeepAlgoplus:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class ScaleTwo:
    on: bool


TypedAct = OpenSheet | PadKey | PadEnter | PadAnswer | Say | Observe | KeepAlgoplus | ScaleTwo
