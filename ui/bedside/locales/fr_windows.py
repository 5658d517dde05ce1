"""The French words about the running pictures of the camera and of the specialist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchWindows:
    window_live = "EN DIRECT"
    window_shots = "PRISES ({})"
    window_overlay = "AVANT"
    window_overlaid = "AVANT ✓"
    window_guide = "REPÈRE"
    window_guided = "REPÈRE ✓"
    window_large = "PLEIN ÉCRAN"
    window_small = "RÉDUIRE L'IMAGE"
    window_remarks: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"floue": "FLOUE", "sombre": "TROP SOMBRE", "surexposée": "TROP CLAIRE"}
    )
    window_camera: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "closed": "La caméra s'ouvre…",
            "opening": "La caméra s'ouvre…",
            "shown": "L'image s'affiche ici.",
            "dark": "La caméra ne donne pas d'image. Vérifiez son câble.",
        }
    )
    window_no_room = "Pas assez de place ici pour l'image en direct."
    window_specialist: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "closed": "L'image du médecin arrive…",
            "opening": "L'image du médecin arrive…",
            "shown": "L'image du médecin s'affiche ici.",
            "dark": "Le médecin n'envoie pas d'image.",
        }
    )
