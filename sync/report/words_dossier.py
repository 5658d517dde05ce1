"""The French words of a dossier, for the report and for the request itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.dossier import DocumentRole, Situation

SITUATIONS: Final[Mapping[Situation, str]] = MappingProxyType(
    {
        Situation.RASH: "éruption",
        Situation.LESION: "lésion à évaluer",
        Situation.ITCH: "prurit",
        Situation.SKIN_INFECTION: "infection cutanée suspectée",
        Situation.CHEST_PAIN: "douleur thoracique",
        Situation.BREATHLESS: "essoufflement",
        Situation.FAINT: "malaise",
        Situation.PALPITATIONS: "palpitations",
        Situation.NEW_WOUND: "plaie nouvelle",
        Situation.WORSE_WOUND: "plaie qui s'aggrave",
        Situation.NOT_HEALING: "plaie qui ne cicatrise pas",
        Situation.INFECTED_WOUND: "plaie infectée suspectée",
        Situation.FALL: "chute",
        Situation.CONFUSION: "confusion",
        Situation.DECLINE: "perte d'autonomie",
        Situation.WEIGHT_LOSS: "perte de poids",
    }
)

ROLES: Final[Mapping[DocumentRole, str]] = MappingProxyType(
    {
        DocumentRole.DLU: "dossier de liaison d'urgence",
        DocumentRole.TREATMENT: "traitement en cours",
        DocumentRole.HISTORY: "antécédents",
        DocumentRole.DIRECTIVES: "directives anticipées",
    }
)
