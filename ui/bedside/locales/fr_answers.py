"""The words about answers to requests for an opinion, in French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchAnswers:
    answers_title = "Avis et réponses"
    answers_hint = "Rien n'est fait avant qu'une personne nommée en ait pris connaissance."
    answers_not_yours = "Votre fonction ne prend pas connaissance des réponses : prévenez l'infirmier."
    answers_none = "Aucun avis demandé, aucune réponse à lire."
    answers_none_hers = "Aucun avis demandé pour ce résident."
    answers_button = "AVIS"
    answers_button_count = "AVIS · {}"
    answers_alert = "Avis : {}"
    answers_take = "PRENDRE\nCONNAISSANCE"
    answers_taken = "C'est noté à votre nom."
    answers_chase = "RELANCÉ"
    answers_chase_done = "Relance notée : le délai recommence."
    answers_see = "VOIR"
    answers_stands = "{} : {}"
    answers_print = "IMPRIMER"
    answers_printed = "Envoyé à l'imprimante."
    answers_asked = "demandé le {}"
    answers_late = "Sans réponse, {} de retard : appelez, puis notez la relance."
    answers_undone = "demande annulée par l'établissement"
    answers_superseded = "remplacée par une version plus récente"
    answers_first = "Prenez-en connaissance d'abord : la prescription s'affiche ensuite."
    answers_document = "Un document PDF est joint."
    answers_noted = "Pris connaissance : {}, le {}"
    answers_nobodys = "Résident à préciser"
    answers_loose_hint = "Le support dit à quelle demande elle répond (telecart opinions)."
    answers_mark_read = "● Réponse à lire"
    answers_mark_chase = "● Avis à relancer"
    answers_kinds: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "report": "RÉPONSE",
            "prescription": "PRESCRIPTION",
            "come": "À VOIR EN PERSONNE",
            "declined": "DEMANDE REFUSÉE",
            "retracted": "RÉPONSE RETIRÉE",
        }
    )

    stray_title = "À quelle demande répond-elle ?"
    stray_hint = "Touchez la demande, puis confirmez la personne. C'est noté à votre nom."
    stray_whose = "À QUI ?"
    stray_this = "C'EST\nCELLE-LÀ"
    stray_question = "La réponse est à cette personne : {} ?"
    stray_yes = "OUI, C'EST SA RÉPONSE"
    stray_matched = "C'est noté : la réponse est sur sa page, à lire."
    stray_nobodys = "Aucune de ces demandes"
    stray_nobodys_hint = "La réponse n'est à personne d'ici : elle n'est plus montrée."
    stray_aside_done = "C'est noté : à personne ici."
    stray_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "unnamed": "Elle ne nomme aucune demande de cette borne.",
            "several": "Elle nomme plusieurs demandes.",
            "subject": "Attention : elle concerne une autre personne que sa demande, ou une inconnue.",
        }
    )

    dossier_situation = "MOTIF ▸"
    dossier_situation_none = "non précisé"
    dossier_without = "sans : {}"
    dossier_roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"dlu": "DLU", "treatment": "traitement", "history": "antécédents", "directives": "directives"}
    )
    dossier_situations: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "rash": "Éruption",
            "lesion": "Lésion à évaluer",
            "itch": "Prurit",
            "skin_infection": "Infection ?",
            "chest_pain": "Douleur thoracique",
            "breathless": "Essoufflement",
            "faint": "Malaise",
            "palpitations": "Palpitations",
            "new_wound": "Plaie nouvelle",
            "worse_wound": "S'aggrave",
            "not_healing": "Ne cicatrise pas",
            "infected_wound": "Infectée ?",
            "fall": "Chute",
            "confusion": "Confusion",
            "decline": "Perte d'autonomie",
            "weight_loss": "Perte de poids",
        }
    )

    def answers_to_read(self, count: int) -> str:
        return f"{count} réponse{'s' if count > 1 else ''} à lire"

    def answers_to_chase(self, count: int) -> str:
        return f"{count} à relancer"

    def answers_loose(self, count: int) -> str:
        return f"{count} réponse{'s' if count > 1 else ''} sans demande connue"

    def answers_chased(self, count: int) -> str:
        return f"relancé {count} fois"
