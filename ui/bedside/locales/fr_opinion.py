"""The words about calls, contacts and requests for an opinion, in French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchOpinion:
    call_column = "Appeler maintenant"
    call_video = "EN VIDÉO"
    call_video_hint = "médecin ou spécialiste"
    dial_title = "Composez ce numéro au téléphone"
    dial_offline = "Sans réseau, la vidéo ne passe pas : le téléphone, oui."
    dial_close = "FERMER"
    call_number = "☎ {}"

    opinion_column = "Demander un avis"
    opinion_ask = "DEMANDER L'AVIS"
    opinion_ask_here = "DEMANDER\nUN AVIS"
    opinion_leaves = "part dès qu'il y a du réseau"
    opinion_choose = "Choisissez la spécialité."
    opinion_consent_first = "Touchez d'abord l'accord du résident, sauf urgence."
    opinion_not_allowed = "Votre fonction ne demande pas d'avis."
    opinion_complete = "COMPLÉTER"
    opinion_anyway = "ENVOYER QUAND MÊME"
    opinion_asked = "Demande gardée : elle part dès qu'il y a du réseau."
    opinion_to = "à {}"
    opinion_attached = "Joints : {}"
    opinion_nothing_attached = "Rien à joindre pour l'instant"
    opinion_missing = "⚠ Manque ou défaut : {}"
    opinion_title_of = "Avis {}"
    opinion_specialties: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"dermatology": "Dermato", "cardiology": "Cardio", "wounds": "Plaies", "geriatrics": "Gériatrie"}
    )
    opinion_questions: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "conduct": "Conduite à tenir ?",
            "urgent": "Est-ce urgent ?",
            "treatment": "Quel soin ?",
            "hospital": "Hôpital ou ici ?",
        }
    )
    opinion_urgencies: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"routine": "Sous 7 jours", "soon": "Sous 48 h", "emergency": "URGENT 2 h"}
    )
    opinion_states: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"demandé": "demandé", "lu": "lu", "répondu": "répondu", "à relancer": "À RELANCER", "annulé": "annulé"}
    )
    opinion_gaps: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "photo": "aucune photo",
            "ecg": "aucun ECG",
            "vitals": "aucune constante",
            "blurred": "photo floue",
            "dark": "photo sombre",
            "overexposed": "photo surexposée",
            "faint": "son inexploitable",
        }
    )

    def opinion_vitals(self, count: int) -> str:
        return f"{count} constante{'s' if count > 1 else ''}"
