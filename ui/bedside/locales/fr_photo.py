"""The French words of the photo page: the views, the parts of the body and their side, and what is wrong with a picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.body_site import BodySite, Side


class FrenchPhoto:
    """``photo_sites``: a part that has two sides holds one placeholder, as its gender wants it: ``{m}`` or ``{f}``."""

    photo_views: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"overview": "VUE LARGE", "close_up": "DE PRÈS", "dermoscopy": "DERMATOSCOPE", "otoscopy": "OTOSCOPE"}
    )
    photo_done = "{} ✓"
    photo_take = "PRENDRE"
    photo_not_allowed = "PHOTO : votre accès ne le permet pas"
    photo_asked = "Photo demandée à la caméra…"
    photo_taken_title = "Photos prises"
    photo_none = "Aucune photo pour l'instant"
    photo_marked = "INTIME"
    photo_intimate = "{}INTIME"
    photo_always_intimate = "{}INTIME\ntoujours, ici"

    # --- earlier ones
    photo_earlier_title = "Photos d'avant"
    photo_earlier_of = "Photos d'avant : {}"
    photo_earlier_others = "Photos d'avant, autres zones"
    photo_earlier_where = "L'image ne s'affiche pas sur cet écran. Elle se regarde là où elle a été envoyée."
    photo_sides: ClassVar[Mapping[str, str]] = MappingProxyType({"R": "côté droit", "L": "côté gauche"})
    photo_no_side = "côté non dit"
    photo_no_date = "sans date"

    # --- which part of the body
    zone_ask = "Quelle partie du corps ?"
    zone_ask_in = "{} : où ?"
    zone_ask_side = "{} : de quel côté ?"
    zone_side_hint = "Le côté du résident lui-même, comme sa main gauche : pas celui de l'image, ni le vôtre."
    zone_sides: ClassVar[Mapping[str, str]] = MappingProxyType(
        {Side.LEFT: "côté GAUCHE\ndu résident", Side.RIGHT: "côté DROIT\ndu résident"}
    )
    zone_none = "SANS PRÉCISER"
    zone_close = "VOIR LES PHOTOS"
    zone_back = "RETOUR"
    zone_label = "Zone"
    zone_to_choose = "À CHOISIR"
    zone_untold = "NON PRÉCISÉE"
    zone_before = "vue le {}"
    regions: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "head": "TÊTE, COU",
            "trunk": "TRONC",
            "arm": "BRAS, MAIN",
            "pelvis": "BASSIN",
            "leg": "JAMBE",
            "foot": "PIED",
        }
    )
    photo_sites: ClassVar[Mapping[BodySite, str]] = MappingProxyType(
        {
            BodySite.SCALP: "Cuir chevelu",
            BodySite.FACE: "Visage",
            BodySite.FOREHEAD: "Front",
            BodySite.EYE_REGION: "Région de l'œil {m}",
            BodySite.CHEEK: "Joue {f}",
            BodySite.NOSE: "Nez",
            BodySite.LIP: "Lèvre",
            BodySite.MOUTH: "Bouche",
            BodySite.EAR: "Oreille {f}",
            BodySite.EAR_CANAL: "Conduit auditif {m}",
            BodySite.NECK: "Cou",
            BodySite.SHOULDER: "Épaule {f}",
            BodySite.AXILLA: "Aisselle {f}",
            BodySite.UPPER_ARM: "Bras {m}",
            BodySite.ELBOW: "Coude {m}",
            BodySite.FOREARM: "Avant-bras {m}",
            BodySite.HAND: "Main {f}",
            BodySite.FINGER: "Doigt de la main {f}",
            BodySite.CHEST: "Thorax",
            BodySite.BREAST: "Sein {m}",
            BodySite.ABDOMEN: "Abdomen",
            BodySite.BACK: "Dos",
            BodySite.SACRUM: "Sacrum",
            BodySite.BUTTOCK: "Fesse {f}",
            BodySite.HIP: "Hanche {f} (trochanter)",
            BodySite.GROIN: "Pli de l'aine {m}",
            BodySite.GENITALIA: "Organes génitaux",
            BodySite.PERINEUM: "Périnée",
            BodySite.ANUS: "Anus",
            BodySite.THIGH: "Cuisse {f}",
            BodySite.KNEE: "Genou {m}",
            BodySite.LOWER_LEG: "Jambe {f}",
            BodySite.OUTER_ANKLE: "Malléole externe {f}",
            BodySite.INNER_ANKLE: "Malléole interne {f}",
            BodySite.HEEL: "Talon {m}",
            BodySite.FOOT: "Pied {m}",
            BodySite.TOE: "Orteil du pied {m}",
        }
    )
    side_words: ClassVar[Mapping[Side | None, tuple[str, str]]] = MappingProxyType(
        {Side.LEFT: ("gauche", "gauche"), Side.RIGHT: ("droit", "droite"), None: ("", "")}
    )
    """As a masculine and as a feminine word wants it."""

    # --- what is wrong with a picture
    photo_remarks: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"floue": "floue : à refaire", "sombre": "trop sombre : à refaire", "surexposée": "trop claire : à refaire"}
    )
    photo_verdicts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"floue": "FLOUE", "sombre": "TROP SOMBRE", "surexposée": "TROP CLAIRE"}
    )
    photo_advice: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "floue": "Approchez ou reculez un peu, tenez l'appareil à deux mains, puis refaites.",
            "sombre": "Allumez ou rapprochez une lampe, puis refaites.",
            "surexposée": "Éloignez la lampe ou évitez le reflet, puis refaites.",
        }
    )
    photo_retake = "REFAIRE"
    photo_keep = "GARDER CELLE-CI"

    def days_ago(self, days: int) -> str:
        return {0: "aujourd'hui", 1: "hier"}.get(days, f"il y a {days} jours")

    def site(self, site: BodySite, side: Side | None = None) -> str:
        """``Talon gauche``; without a side ``Talon``."""
        masculine, feminine = self.side_words[side]
        return " ".join(self.photo_sites[site].format(m=masculine, f=feminine).split())
