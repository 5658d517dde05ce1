"""On which basis a resident is seen, heard or told about: who said so, who took it down, and until when. Pure.

Code de la santé publique L1111-4 and L6316-1; Code civil 459: a person under guardianship says herself what she can say herself.
A record is never changed: a withdrawal, or a name that comes later, is added to it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from edge.domain.operator import Operator


class Basis(enum.StrEnum):
    PERSON = "person"  # she herself
    ASSISTED = "assisted"  # she herself, with the help of who assists her
    REPRESENTATIVE = "representative"  # her legal representative's authorisation, with its document
    CONSULTED = "consulted"  # she cannot say: the personne de confiance or the family was consulted
    EMERGENCY = "emergency"  # her will cannot be known in time
    REFUSAL = "refusal"


class Scope(enum.StrEnum):
    ACT = "act"  # this call, this request
    STANDING = "standing"  # until it is withdrawn


WITH_OTHER: Final = frozenset({Basis.ASSISTED, Basis.REPRESENTATIVE, Basis.CONSULTED})
"""Somebody assisted, authorised or was consulted, and is named."""

LONGEST_OTHER: Final = 120
"""Characters."""


class Relation(enum.StrEnum):
    """What somebody is to the resident, as the screen offers it; a name may be added later."""

    TRUSTED = "personne de confiance"
    SPOUSE = "conjoint"
    DAUGHTER = "fille"
    SON = "fils"
    SIBLING = "frère ou sœur"
    RELATIVE = "autre proche"
    CARER = "soignant"
    CURATOR = "curateur"
    GUARDIAN = "tuteur"
    MANDATARY = "mandataire"
    EMPOWERED = "personne habilitée"


ASKED: Mapping[Basis, tuple[Relation, ...]] = MappingProxyType(
    {
        Basis.ASSISTED: (
            Relation.TRUSTED,
            Relation.SPOUSE,
            Relation.DAUGHTER,
            Relation.SON,
            Relation.CURATOR,
            Relation.CARER,
        ),
        Basis.REPRESENTATIVE: (Relation.GUARDIAN, Relation.EMPOWERED, Relation.MANDATARY),
        Basis.CONSULTED: (
            Relation.TRUSTED,
            Relation.SPOUSE,
            Relation.DAUGHTER,
            Relation.SON,
            Relation.SIBLING,
            Relation.RELATIVE,
        ),
    }
)
"""Who may be named for each basis that has somebody to name."""


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """``other`` is who assisted, authorised or was consulted, by name or by what she is to the resident; ``document_id`` the
    stored document that shows it (the SHA-256 of its content), "" for none. ``act_id`` is the call or request of a consent for
    this act, "" for a standing one.

    ``collected_by`` and ``withdrawn_by`` are None where nobody had signed in. ``number`` and ``ended`` count what was taken down
    of any resident, collections and withdrawals alike: their order, whatever a clock said.
    Raises ValueError for a record that says too little: nobody named where somebody decided with or for her, an emergency that
    stands, or a scope that does not fit to ``act_id``.
    """

    id: str
    patient_id: str
    basis: Basis
    scope: Scope
    collected: dt.datetime
    collected_by: Operator | None
    other: str = ""
    document_id: str = ""
    act_id: str = ""
    withdrawn: dt.datetime | None = None
    withdrawn_by: Operator | None = None
    number: int = 0
    ended: int = 0

    def __post_init__(self) -> None:
        if self.basis in WITH_OTHER and not self.other.strip():
            raise ValueError("who assisted, authorised or was consulted has to be named")
        if len(self.other) > LONGEST_OTHER or not self.other.isprintable():
            raise ValueError(
                f"who assisted, authorised or was consulted is one line of at most {LONGEST_OTHER} characters"
            )
        if self.basis is Basis.EMERGENCY and self.scope is not Scope.ACT:
            raise ValueError("an emergency is a basis for one act only")
        if (self.scope is Scope.ACT) != bool(self.act_id):
            raise ValueError("a consent is for a named act, or stands")

    @property
    def stands(self) -> bool:
        return self.withdrawn is None

    @property
    def allows(self) -> bool:
        """What it says by itself; whether it is the newest word is for ``basis_for``."""
        return self.stands and self.basis is not Basis.REFUSAL


def last_word(records: Sequence[Consent], act_id: str) -> Consent | None:
    """What was said last that counts for the act: of this act, or standing. None where nobody said anything.

    A withdrawal is a word too: the record that comes back is then one that stands no more.
    ``records`` are one resident's, in any order.
    """
    for_it = [one for one in records if not one.act_id or one.act_id == act_id]
    return max(for_it, key=lambda one: max((one.number, one.collected), _end(one)), default=None)


def _end(one: Consent) -> tuple[int, dt.datetime]:
    return (one.ended, one.withdrawn or one.collected)


def basis_for(records: Sequence[Consent], act_id: str) -> Consent | None:
    """What allows the act; None where nothing does: nobody was asked, or the last word is a refusal or a withdrawal.

    So whoever takes back her agreement to this call has ended it, whatever she had agreed to for ever before.
    A refusal for ever that is taken back leaves nothing agreed: she is asked again.
    """
    word = last_word(records, act_id)
    return word if word is not None and word.allows else None


class OverRefusal(enum.StrEnum):
    """What an emergency may do about what was said last of the act."""

    NOTHING_REFUSED = "nothing_refused"
    NAMED_ONLY = "named_only"  # she refused for ever: somebody with a name says that her will cannot be known now
    NEVER = "never"  # she refused this very act


def over_refusal(records: Sequence[Consent], act_id: str) -> OverRefusal:
    """Of an emergency that would be the next word. A refusal stands (Code de la santé publique L1111-4): an emergency is a basis
    where her will cannot be known, and not where it is known.

    Whoever refused this act was asked a moment ago; where she changed her mind, or cannot say it any more, that refusal is taken back
    first, by name. What she refused for ever was of another day: who has a name may say that today she cannot be asked.
    """
    word = last_word(records, act_id)
    if word is None or not word.stands or word.basis is not Basis.REFUSAL:
        return OverRefusal.NOTHING_REFUSED
    return OverRefusal.NEVER if word.scope is Scope.ACT else OverRefusal.NAMED_ONLY
