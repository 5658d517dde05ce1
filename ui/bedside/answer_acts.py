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


@dataclasses.dataclass(frozen=True, slots=True)
class PickAnswer:
    """Whose is this answer? 0: nobody asks any more."""

    answer: int


@dataclasses.dataclass(frozen=True, slots=True)
class PickRequest:
    """The answer that is asked about answers this request of this resident."""

    answer: int
    request_id: str
    patient_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class NobodysAnswer:
    """It is for nobody here."""

    answer: int


@dataclasses.dataclass(frozen=True, slots=True)
class OpenPaper:
    """The PDF of an answer, by its number, on the screen."""

    answer: int


@dataclasses.dataclass(frozen=True, slots=True)
class TurnPart:
    """What comes next of it, or what came before."""

    onwards: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ClosePaper:
    """Back to the list of answers."""


AnswerAct = TakeNote | Chased | PrintIt | PickAnswer | PickRequest | NobodysAnswer | OpenPaper | TurnPart | ClosePaper
