"""What the site has on paper of a resident and sends along with a request for an opinion. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final


class DocumentRole(enum.StrEnum):
    DLU = "dlu"  # dossier de liaison d'urgence
    TREATMENT = "treatment"  # what she takes now
    HISTORY = "history"
    DIRECTIVES = "directives"  # directives anticipées


class Situation(enum.StrEnum):
    """Why somebody asks, as the screen offers it: the S of situation, antécédents, évaluation, demande."""

    RASH = "rash"
    LESION = "lesion"
    ITCH = "itch"
    SKIN_INFECTION = "skin_infection"
    CHEST_PAIN = "chest_pain"
    BREATHLESS = "breathless"
    FAINT = "faint"
    PALPITATIONS = "palpitations"
    NEW_WOUND = "new_wound"
    WORSE_WOUND = "worse_wound"
    NOT_HEALING = "not_healing"
    INFECTED_WOUND = "infected_wound"
    FALL = "fall"
    CONFUSION = "confusion"
    DECLINE = "decline"
    WEIGHT_LOSS = "weight_loss"


COVERS: Mapping[DocumentRole, frozenset[DocumentRole]] = MappingProxyType(
    {DocumentRole.DLU: frozenset({DocumentRole.TREATMENT, DocumentRole.HISTORY})}
)
"""A DLU says what she takes and what she had (HAS, dossier de liaison d'urgence, 2015)."""

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of one document: it goes within the request."""

LARGEST_TOGETHER: Final = 20 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """``pdf`` is None until it is loaded."""

    role: DocumentRole
    sha256: str
    added: dt.datetime
    pdf: bytes | None = None


def newest(documents: Sequence[Document]) -> tuple[Document, ...]:
    """Of each role the one that was added last, in the order of the roles."""
    found = {one.role: one for one in sorted(documents, key=lambda one: one.added)}
    return tuple(found[role] for role in DocumentRole if role in found)


def missing(documents: Sequence[Document]) -> tuple[DocumentRole, ...]:
    """What a doctor would want to read and nobody has brought in."""
    there = {one.role for one in documents}
    there |= {role for one in there for role in COVERS.get(one, ())}
    return tuple(role for role in DocumentRole if role is not DocumentRole.DLU and role not in there)
