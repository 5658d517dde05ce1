"""What a tap about a consent asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """The line on the page of calls: says the usual basis where nobody said any, else opens the page of all."""


@dataclasses.dataclass(frozen=True, slots=True)
class OpenConsent:
    """The page of all bases."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseScope:
    standing: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseBasis:
    """A word of edge.domain.consent; "" goes back to all of them."""

    basis: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseOther:
    """Who assisted, authorised or was consulted, as it is kept."""

    other: str


@dataclasses.dataclass(frozen=True, slots=True)
class TakeBack:
    """What was said last counts no more."""


ConsentAct = Consent | OpenConsent | ChooseScope | ChooseBasis | ChooseOther | TakeBack
