"""What kind of document a report is, for whoever files it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.report import Language

LOINC: Final = "85208-7"
"""The type of a report of an act of telemedicine in France (CI-SIS, TLM-CR)."""

MEANING: Final = "Telehealth Consult note"

TITLE: Mapping[Language, str] = MappingProxyType({"fr": "Compte rendu de télésanté", "en": "Telehealth report"})
