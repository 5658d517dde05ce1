"""The French words of what the residents' record says of a resident, and of what waits there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchRecord:
    record_doctor = "Médecin traitant : {}"
    record_doctor_rpps = "Médecin traitant : {}\nRPPS {}"
    record_no_doctor = "Médecin traitant non renseigné"
    record_protection = "Protection juridique : {}"
    record_no_protection = "Protection juridique : aucune connue"
    record_protections: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "sauvegarde de justice": "sauvegarde de justice",
            "curatelle": "curatelle",
            "tutelle": "tutelle",
            "habilitation familiale": "habilitation familiale",
            "mandat de protection future": "mandat de protection future",
        }
    )
    record_representative = "Représentant : {}"
    record_long_term_illness: ClassVar[Mapping[bool, str]] = MappingProxyType({True: "ALD : oui", False: "ALD : non"})

    def record_waits(self, count: int) -> str:
        if count == 1:
            return "1 rapprochement d'identités attend une décision : prévenez le référent identité."
        return f"{count} rapprochements d'identités attendent une décision : prévenez le référent identité."
