"""On which basis a resident is seen, heard or told about: who said so, who took it down, and until when. Pure.

Code de la santé publique L1111-4 and L6316-1; Code civil 459: a person under guardianship says herself what she can say herself.
A record is never changed: a withdrawal is added to it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence

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


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """``other`` is who assisted, authorised or was consulted, by name and what she is to the resident; ``document_id`` the stored
    document that shows it, "" for none. ``act_id`` is the call or request of a consent for this act, "" for a standing one.

    ``collected_by`` None is the cart itself: an emergency that was opened without a badge. Raises ValueError for a record that
    says too little: nobody named where somebody decided with or for her, or an emergency or refusal-for-ever that stands.
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

    def __post_init__(self) -> None:
        named = self.basis in {Basis.ASSISTED, Basis.REPRESENTATIVE, Basis.CONSULTED}
        if named and not self.other.strip():
            raise ValueError("who assisted, authorised or was consulted has to be named")
        if self.basis is Basis.EMERGENCY and self.scope is not Scope.ACT:
            raise ValueError("an emergency is a basis for one act only")
        if self.collected_by is None and self.basis is not Basis.EMERGENCY:
            raise ValueError("only in an emergency is a basis taken down by nobody")

    @property
    def stands(self) -> bool:
        return self.withdrawn is None


def basis_for(records: Sequence[Consent], act_id: str) -> Consent | None:
    """What allows the act: the newest word counts, that for the act before a standing one. None where nothing does.

    ``records`` are one resident's, in any order.
    """
    standing = [one for one in records if one.stands]
    for wanted in (
        [one for one in standing if one.act_id and one.act_id == act_id],
        [o for o in standing if not o.act_id],
    ):
        if wanted:
            newest = max(wanted, key=lambda one: one.collected)
            return None if newest.basis is Basis.REFUSAL else newest
    return None
