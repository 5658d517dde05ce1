"""What a tap on the page of calls and opinions asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class OpenOpinion:
    """The page, with this specialty chosen already: from where its pictures or signals are taken."""

    specialty: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseSpecialty:
    specialty: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseQuestion:
    question: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseUrgency:
    urgency: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """``anyway``: what is missing was named, and it goes as it is."""

    anyway: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Ring:
    """A contact, by its label in the settings."""

    contact: str


@dataclasses.dataclass(frozen=True, slots=True)
class CloseNumber:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class NextSituation:
    """The next of what the screen offers as the reason, and after the last one none."""


OpinionAct = NextSituation | OpenOpinion | ChooseSpecialty | ChooseQuestion | ChooseUrgency | Ask | Ring | CloseNumber
