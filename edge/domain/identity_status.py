"""How sure an identity is: the statuses and attributes of the RNIV (référentiel national d'identitovigilance, volume 1, 3.3).

Rule: an identity is QUALIFIED when its traits were both retrieved from the national service (INSi) and validated on a
document; whatever changes the traits or casts doubt on them takes that away; reading a code changes nothing.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.patient import Attribute, IdentityStatus


class IdentityEvent(enum.StrEnum):
    SCANNED = "scanned"  # a code was read: traits, and nothing about who holds it
    RETRIEVED = "retrieved"  # INSi gave the traits
    NOT_CONFIRMED = "not_confirmed"  # INSi no longer knows these traits
    VALIDATED = "validated"  # traits compared with a document of high trust
    TRAITS_CHANGED = "traits_changed"  # a strict trait was corrected by hand
    DOUBTED = "doubted"
    DOUBT_SETTLED = "doubt_settled"
    HOMONYM_FOUND = "homonym_found"
    HOMONYM_SETTLED = "homonym_settled"
    MADE_FICTITIOUS = "made_fictitious"


_PROVISIONAL, _RETRIEVED = IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED
_VALIDATED, _QUALIFIED = IdentityStatus.VALIDATED, IdentityStatus.QUALIFIED

TABLE: Mapping[tuple[IdentityStatus, IdentityEvent], IdentityStatus] = MappingProxyType(
    {(status, IdentityEvent.SCANNED): status for status in IdentityStatus}
    | {
        (_PROVISIONAL, IdentityEvent.RETRIEVED): _RETRIEVED,
        (_PROVISIONAL, IdentityEvent.VALIDATED): _VALIDATED,
        (_RETRIEVED, IdentityEvent.RETRIEVED): _RETRIEVED,
        (_RETRIEVED, IdentityEvent.VALIDATED): _QUALIFIED,
        (_RETRIEVED, IdentityEvent.NOT_CONFIRMED): _PROVISIONAL,
        (_VALIDATED, IdentityEvent.RETRIEVED): _QUALIFIED,
        (_VALIDATED, IdentityEvent.VALIDATED): _VALIDATED,
        (_QUALIFIED, IdentityEvent.RETRIEVED): _QUALIFIED,
        (_QUALIFIED, IdentityEvent.VALIDATED): _QUALIFIED,
        (_QUALIFIED, IdentityEvent.NOT_CONFIRMED): _VALIDATED,
    }
    | {
        (status, event): _PROVISIONAL
        for status in IdentityStatus
        for event in (IdentityEvent.TRAITS_CHANGED, IdentityEvent.DOUBTED, IdentityEvent.MADE_FICTITIOUS)
    }
    | {
        (status, event): status
        for status in IdentityStatus
        for event in (IdentityEvent.DOUBT_SETTLED, IdentityEvent.HOMONYM_FOUND, IdentityEvent.HOMONYM_SETTLED)
    }
)
"""What is not here cannot happen: INSi has nothing to take back from an identity that it never gave."""

_GIVES: Final[Mapping[IdentityEvent, Attribute]] = MappingProxyType(
    {
        IdentityEvent.DOUBTED: Attribute.DOUBTFUL,
        IdentityEvent.HOMONYM_FOUND: Attribute.HOMONYM,
        IdentityEvent.MADE_FICTITIOUS: Attribute.FICTITIOUS,
    }
)
_TAKES: Final[Mapping[IdentityEvent, Attribute]] = MappingProxyType(
    {IdentityEvent.DOUBT_SETTLED: Attribute.DOUBTFUL, IdentityEvent.HOMONYM_SETTLED: Attribute.HOMONYM}
)
_STAYS_PROVISIONAL: Final = frozenset({Attribute.DOUBTFUL, Attribute.FICTITIOUS})


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Status and attributes of one identity. Raises ValueError for what the RNIV does not allow together."""

    status: IdentityStatus = IdentityStatus.PROVISIONAL
    attributes: frozenset[Attribute] = frozenset()

    def __post_init__(self) -> None:
        if self.attributes & _STAYS_PROVISIONAL and self.status is not _PROVISIONAL:
            raise ValueError("a doubtful or fictitious identity is provisional")
        if Attribute.FICTITIOUS in self.attributes and len(self.attributes) > 1:
            raise ValueError("a fictitious identity has no other attribute")

    @property
    def ins_may_leave(self) -> bool:
        """Whether the matricule may stand in what the cart sends."""
        return self.status is _QUALIFIED


def after(standing: Standing, event: IdentityEvent) -> Standing:
    """Raises ValueError for an event that cannot happen to ``standing``."""
    if standing.attributes & _STAYS_PROVISIONAL and event in {IdentityEvent.RETRIEVED, IdentityEvent.VALIDATED}:
        raise ValueError(f"an identity that is {', '.join(sorted(standing.attributes))} is not {event}")
    if Attribute.FICTITIOUS in standing.attributes and event in _GIVES and event is not IdentityEvent.MADE_FICTITIOUS:
        raise ValueError(f"a fictitious identity is not {event}")
    try:
        status = TABLE[standing.status, event]
    except KeyError:
        raise ValueError(f"an identity that is {standing.status} is not {event}") from None
    attributes = standing.attributes - {_TAKES.get(event)} | {given for given in (_GIVES.get(event),) if given}
    if Attribute.FICTITIOUS in attributes:
        attributes = frozenset({Attribute.FICTITIOUS})
    return Standing(status, frozenset(attributes))
