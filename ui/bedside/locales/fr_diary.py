"""The words about appointments, in French."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchDiary:
    diary_title = "Rendez-vous"
    diary_hint = "Un rendez-vous n'est pas un accord : il se recueille avant l'appel."
    diary_none = "Aucun rendez-vous."
    diary_button = "RENDEZ-VOUS"
    diary_button_count = "RENDEZ-VOUS · {}"
    diary_plan = "PLANIFIER"
    diary_plan_it = "NOTER LE RENDEZ-VOUS\n{}"
    diary_choose = "Choisissez jour, heure et quart d'heure"
    diary_planned = "Rendez-vous noté."
    diary_cancel = "ANNULER"
    diary_cancelled = "Rendez-vous annulé."
    diary_back_key = "RETOUR"
    diary_hour = "{} h"
    diary_doctor = "le médecin"
    diary_now = "maintenant"
    diary_in = "dans {}"
    diary_since = "depuis {}"
    diary_late = "Retard annoncé par {} : {} min"
    diary_late_short = "{} min de retard"
    diary_urgent: ClassVar[Mapping[str, str]] = MappingProxyType({"soon": "à voir vite", "emergency": "urgent"})
    diary_length = "DURÉE\n{} min"
    diary_urgency = "PRIORITÉ\n{}"
    diary_urgencies: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"routine": "habituelle", "soon": "à voir vite", "emergency": "urgente"}
    )
    diary_dossier = "Dossier : la demande d'avis en cours"
    diary_rings = "● LE MÉDECIN EST LÀ"
    diary_back = "● {} est là pour {} : TOUCHEZ POUR Y ALLER"
    diary_back_hers = "● {} est là : TOUCHEZ POUR REPRENDRE"
    diary_rings_locked = "● LE MÉDECIN EST LÀ : DÉVERROUILLEZ POUR Y ALLER"
    diary_leave_line = "{} ▸ JE SORS, RAPPELEZ-MOI"
    diary_not_there = "Le médecin n'est pas encore là"
    diary_left = "La salle d'attente reste ouverte : la borne vous rappelle."
    diary_consent = "Recueillez d'abord l'accord du résident."
    diary_weekdays = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
    diary_near_days = ("Auj.", "Demain")
    diary_states: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "planned": "Prévu",
            "waiting": "En salle d'attente",
            "away": "En salle d'attente, soignant à rappeler",
            "in_call": "En cours",
            "done": "Fait",
            "missed": "Manqué",
            "cancelled": "Annulé",
        }
    )
    diary_whys: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "not_ready": "Personne n'a ouvert l'appel : reprenez un rendez-vous ou demandez un avis.",
            "no_doctor": "Le médecin n'est pas venu : demandez un avis ou reprenez un rendez-vous.",
            "departed": "Le résident a quitté l'établissement.",
            "by_source": "Annulé par le cabinet.",
        }
    )
    diary_ways: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "ready": "NOUS\nSOMMES PRÊTS",
            "leave": "JE SORS,\nRAPPELEZ-MOI",
            "back": "JE SUIS LÀ",
            "call": "VOIR L'APPEL",
            "ask": "DEMANDER\nUN AVIS",
            "see": "VOIR",
        }
    )

    def diary_at(self, at: dt.datetime) -> str:
        """``mar. 24/11 à 14:15``."""
        return f"{self.diary_weekdays[at.weekday()]} {at:%d/%m} à {at:%H:%M}"
