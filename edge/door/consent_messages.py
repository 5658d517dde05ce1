"""What the screen says and is shown of consents."""

from __future__ import annotations

import msgspec

from edge.door.command import Command


class CollectConsent(Command, frozen=True):
    """On which basis the resident of ``encounter_id`` (who was on screen when the page was touched, H1) is seen or told about.

    ``basis`` is a word of edge.domain.consent. ``standing``: until it is withdrawn, else for the call that runs or the call or
    request that comes next. ``other`` is who assisted, authorised or was consulted. A refusal ends a call at once.
    """

    encounter_id: str
    basis: str
    standing: bool = False
    other: str = ""


class WithdrawConsent(Command, frozen=True):
    """It counts no more from now on: a call that rests on it ends at once (H20)."""

    encounter_id: str
    consent_id: str


class ConsentCard(msgspec.Struct, frozen=True, kw_only=True):
    """The last word that counts for the call that runs, or for the act that comes next; ``basis`` "" where there is none.

    ``collected`` is ISO 8601, ``by`` who took it down ("" where nobody had signed in), ``other`` who assisted, authorised or was
    consulted. ``withdrawn``: the last word was that it counts no more. ``protection`` is a word of edge.domain.patient, "" for none
    or not known; ``representative`` as the record has her.
    """

    consent_id: str = ""
    basis: str = ""
    standing: bool = False
    collected: str = ""
    by: str = ""
    other: str = ""
    document: bool = False
    withdrawn: bool = False
    protection: str = ""
    representative: str = ""

    @property
    def allows(self) -> bool:
        return self.basis not in {"", "refusal"} and not self.withdrawn


CONSENTS: frozenset[type[Command]] = frozenset({CollectConsent, WithdrawConsent})
AnyConsent = CollectConsent | WithdrawConsent
