"""Codes of HL7 tables that say something of a resident, as the French extension of PAM fills them. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.patient import Attribute

RELIABILITY: Mapping[str, Attribute] = MappingProxyType(
    {
        "DOUT": Attribute.DOUBTFUL,
        "COLP": Attribute.DOUBTFUL,
        "COLV": Attribute.DOUBTFUL,
        "USUR": Attribute.DOUBTFUL,
        "INVA": Attribute.DOUBTFUL,
        "FICT": Attribute.FICTITIOUS,
        "ANOM": Attribute.FICTITIOUS,
        "CACH": Attribute.FICTITIOUS,
        "HOMD": Attribute.HOMONYM,
        "HOMA": Attribute.HOMONYM,
    }
)
"""French codes of table 0445 (FR Core, fr-core-cs-v2-0445) that say something against an identity. VALI says that it was validated."""

NONE_KNOWN: Final = frozenset({"716186003", "160244002"})
"""SNOMED CT: no known allergy."""

GUARDIANS: Final = frozenset({"GRD", "WRD"})
"""Table 0063: Tuteur, Tutelle judiciaire (PAM France 2.11.2, 6.9.1; FR Core, fr-core-cs-contact-relationship)."""

STAND_FOR_HER: Final = GUARDIANS | {"CUR"}
"""CUR is a curator for PAM France, and whoever represents a person for FR Core: so it tells a name, and no kind of protection."""

LEGAL: Final = "R"
"""Table 0131: Représentant légal. UNCONFIRMED: PAM France 2.11.2, 6.9.2 alone."""

HAS_AN_ALD: Final = frozenset({"AR", "AN"})
"""Table 0214: a stay for her ALD, and one for something else. AD is to be confirmed. UNCONFIRMED: PAM France 2.11.2, 6.11.7 alone."""
