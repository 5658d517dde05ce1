"""The French words of what leaves the cart, of who answers it, of the handover and of the battery."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchStanding:
    """No word here says that all is well: an age and a count do (H22)."""

    # --- who answers
    offline = "○ HORS LIGNE depuis {}"
    offline_short = "○ HORS LIGNE {}"
    offline_never = "○ HORS LIGNE, jamais de réponse"
    offline_never_short = "○ HORS LIGNE"
    refused_by = "○ REFUSÉ par {}"
    refused_by_short = "○ REFUSÉ"
    partly = "◐ {} ne répond pas depuis {}"
    partly_never = "◐ {} n'a jamais répondu"
    answers = "● Réponse {}"
    answers_short = "● {}"
    reach_unknown = "○ Réseau pas encore vérifié"
    reach_unknown_short = "○ Réseau ?"
    reach_none = "○ Aucun destinataire réglé"
    reach_none_short = "○ Sans envoi"
    reach_silent = "Sans réponse : {}"
    reach_refusing = "{} n'accepte pas ce chariot : prévenez le référent."
    waits_short = "↑ {}"
    waits_since = "{} ({})"
    to_see = "⚠ {} à voir"
    call_short = "● Appel"
    strip_short = "● Tracé"

    # --- disk and battery
    disk_unknown = "Disque : durée pas encore connue"
    disk_more = "Disque : plus de deux ans"
    disk_none = "Disque : plus de place pour les photos"
    battery = "{} {} %"
    battery_plugged = "{} {} % secteur"

    # --- what leaves
    send_title = "À ENVOYER"
    send_all = "TOUT RENVOYER"
    send_handover = "RELÈVE"
    send_since = "Le plus ancien attend depuis {}"
    send_last = "Dernière réception prouvée {}"
    send_never = "Aucune réception prouvée pour l'instant"
    send_none = "Rien n'attend de partir"
    send_offline_hint = "Tout est gardé ici et partira seul dès qu'un destinataire répondra"
    send_to_correct = "À CORRIGER"
    send_touch = "TOUCHER POUR VOIR"
    send_moving = "⟳ part en ce moment"
    send_gone = "Résident parti"
    send_oldest = "depuis {}"
    send_list = "PAR RÉSIDENT"
    send_counts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"kept": "Gardé ici", "pending": "En attente", "sent": "Envoyé", "needs_person": "À corriger"}
    )
    send_count = "{} {}"
    leaf_up = "▲"
    leaf_down = "▼"

    # --- what waits for a person
    stopped_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "object_invalid": "Quelque chose de ce qui en est dit empêche de l'envoyer.",
            "destination_refused": "{} l'a refusé.",
            "store_damaged": "Son contenu ne peut plus être relu sur le chariot.",
        }
    )
    stopped_why_else = "L'envoi à {} s'est arrêté."
    stopped_advice: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "object_invalid": "Corrigez ce que montre la photo, ou le résident ; sinon renvoyez-le.",
            "destination_refused": "Vérifiez le résident, puis renvoyez. S'il revient ici, prévenez le référent.",
            "store_damaged": "Refaites la mesure si vous le pouvez, et prévenez le référent.",
        }
    )
    stopped_advice_else = "Renvoyez-le. S'il revient ici, prévenez le référent."
    stopped_detail = "Détail technique : {}"
    stopped_part = "Document fait par le chariot"
    stopped_resend = "RENVOYER"
    stopped_relabel = "CE QUE MONTRE LA PHOTO"
    stopped_move = "C'EST UN AUTRE RÉSIDENT"
    stopped_back = "RETOUR"
    stopped_gone = "Il ne demande plus rien."
    stopped_to = "vers {}"
    stopped_view = "Quelle vue montre la photo ?"
    stopped_resent = "C'est reparti."
    stopped_relabelled = "C'est corrigé : la photo part de nouveau."
    move_of = "À qui est : {} ?"
    move_question = "{} passe à cette personne. Ce qui était parti est retiré."
    move_yes = "OUI, C'EST À ELLE"
    move_done = "C'est noté : la mesure a changé de résident."
    move_nobody_done = "C'est noté : la mesure attend dans « À qui ? »."
    move_one = "Une mesure n'est pas à cette personne ? Touchez-la."
    move_tile = "À UN AUTRE"

    # --- the handover
    handover_title = "RELÈVE"
    handover_read = "LU"
    handover_read_done = "Relève lue : c'est tracé."
    handover_none = "Rien de nouveau avec le chariot depuis."
    handover_since = "Depuis la relève lue {} par {}"
    handover_since_nobody = "Depuis la relève lue {}"
    handover_first = "Depuis 24 h : aucune relève n'a encore été lue ici"
    handover_aid = "Ne remplace pas les transmissions : reportez au dossier ce qui doit y être."
    handover_more = "Plus ancien : telecart handover, ou le dossier."
    handover_unknown = "Résident parti"
    handover_no_measures = "aucune mesure nouvelle"
    handover_typed = "saisi"
    handover_doubt = "à refaire : {}"
    handover_allergies = "allergies {}"
    handover_allergies_none = "aucune allergie connue"
    handover_allergies_unknown = "allergies non renseignées"
    handover_score = "NEWS2 {} {} ({})"
    handover_score_partial = "NEWS2 incomplet ({})"
    handover_nothing_left = "rien qui reste ici"
    handover_letters: ClassVar[Mapping[str, str]] = MappingProxyType({"s": "S", "b": "B", "a": "A", "r": "R"})

    def span(self, seconds: float) -> str:
        """``2 j``: one unit, for where there is little room."""
        minutes = int(seconds // 60)
        if minutes >= 24 * 60:
            return f"{minutes // (24 * 60)} j"
        if minutes >= 60:
            return f"{minutes // 60} h"
        return f"{minutes} min" if minutes else "< 1 min"

    def silent_count(self, count: int) -> str:
        return f"◐ {count} sans réponse"

    def disk_days(self, days: int) -> str:
        return f"Disque : encore {days} jour{'s' if days > 1 else ''}"

    def send_correct_count(self, count: int) -> str:
        return f"et {count} autre{'s' if count > 1 else ''} à corriger"

    def handover_captured(self, ecgs: int, photos: int, sounds: int) -> str:
        parts = [f"{ecgs} ECG" if ecgs else "", _many(photos, "photo"), _many(sounds, "son")]
        return " · ".join(part for part in parts if part)

    def handover_others(self, count: int) -> str:
        return f"{count} autre{'s' if count > 1 else ''} mesure{'s' if count > 1 else ''}"

    def handover_count(self, count: int) -> str:
        return f"{count} nouvelle{'s' if count > 1 else ''}"

    def handover_undone(self, count: int) -> str:
        return f"{count} annulée{'s' if count > 1 else ''}"

    def handover_taken_away(self, count: int) -> str:
        many = "s" if count > 1 else ""
        return f"{count} d'avant annulée{many} ou changée{many} de résident"

    def handover_left(self, waits: int, needs_person: int) -> str:
        parts = [f"{waits} à envoyer" if waits else "", f"{needs_person} à corriger" if needs_person else ""]
        return " · ".join(part for part in parts if part)

    def handover_strays(self, count: int) -> str:
        return f"{count} mesure{'s' if count > 1 else ''} à personne : dites à qui"

    def handover_unread(self, count: int) -> str:
        return f"{count} trame{'s' if count > 1 else ''} illisible{'s' if count > 1 else ''} gardée{'s' if count > 1 else ''}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}" if count else ""
