"""The English words of what the residents' record says of a resident, and of what waits there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishRecord:
    record_doctor = "Treating doctor: {}"
    record_doctor_rpps = "Treating doctor: {}\nRPPS {}"
    record_no_doctor = "Treating doctor not stated"
    record_protection = "Legal protection: {}"
    record_no_protection = "Legal protection: none known"
    record_protections: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "sauvegarde de justice": "judicial safeguard (sauvegarde)",
            "curatelle": "curatorship (curatelle)",
            "tutelle": "guardianship (tutelle)",
            "habilitation familiale": "family authorisation (habilitation familiale)",
            "mandat de protection future": "lasting power of attorney (mandat de protection)",
        }
    )
    record_representative = "Representative: {}"
    record_long_term_illness: ClassVar[Mapping[bool, str]] = MappingProxyType(
        {True: "Long-term illness (ALD): yes", False: "Long-term illness (ALD): no"}
    )

    def record_waits(self, count: int) -> str:
        if count == 1:
            return "1 merge of identities waits for a decision: tell the identity officer."
        return f"{count} merges of identities wait for a decision: tell the identity officer."
