"""What a tap on the page of answers asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class TakeNote:
    """Of an answer, by its number."""

    answer: int


@dataclasses.dataclass(frozen=True, slots=True)
class Chased:
    """The request was asked again."""

    request_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class PrintIt:
    """An answer, by its number."""

    answer: int


AnswerAct = TakeNote | Chased | PrintIt
