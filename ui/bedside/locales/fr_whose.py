"""The French words of the pages about whose something is, and about who somebody is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchWhose:
    whose_title = "À QUI ?"
    whose_hint = "Touchez une mesure, puis la personne à qui elle est. Rien ne part tant que personne ne le dit."
    whose_not_yours = "Une infirmière ou un médecin dit à qui est une mesure : tout reste gardé ici."
    whose_none = "Rien n'attend : chaque mesure est à quelqu'un."
    whose_open = "À QUI ? ({})"
    whose_unread = "illisible, gardée"
    whose_seen = "VU"
    whose_back = "RETOUR"
    whose_undo = "ANNULER"
    whose_became = "{} est devenue : {}"
    whose_gone = "résident parti"
    whose_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "no_resident": "Personne n'était à l'écran.",
            "changed": "Le résident venait de changer à l'écran.",
            "from_memory": "Lue dans la mémoire de l'appareil : heure incertaine.",
            "taken_back": "Retirée à un résident : ce n'était pas la sienne.",
        }
    )
    whose_of = "À qui est : {} ?"
    whose_is_it = "{} : est-ce la sienne ?  {}"
    whose_yes = "OUI, C'EST LA SIENNE"
    whose_nobodys = "À PERSONNE"
    whose_aside_done = "Gardée, à personne."
    whose_assigned = "C'est noté : la mesure est à ce résident."
    whose_offered = "à l'écran à ce moment-là"
    round_wrong = "CE TOUR N'ÉTAIT PAS LE SIEN"
    round_of = "De qui est ce tour ?"
    round_question = "Toutes les mesures de ce tour passent à cette personne."
    round_yes = "OUI, C'EST SON TOUR"
    round_moved = "C'est noté : tout le tour a changé de résident."
    who_found = "IDENTITÉ RETROUVÉE"
    who_of = "Qui est {} ?"
    who_question = "{} et cette personne ne font qu'une : toutes ses mesures passent à ce nom."
    who_yes = "OUI, LA MÊME PERSONNE"
    who_reconciled = "C'est noté : toutes ses mesures sont à ce nom."
    who_taken_back = "C'est annulé : ses mesures sont de nouveau à part."
    about_years = "environ {} ans, date de naissance inconnue"
    unknown_open = "SANS IDENTITÉ"
    unknown_title = "Personne sans identité : mesurée tout de suite, reconnue plus tard"
    unknown_sex: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "FEMME", "M": "HOMME"})
    unknown_age = "~ {} ans"
    unknown_room = "Chambre : {}"
    unknown_no_room = "Chambre : non dite"
    unknown_begin = "COMMENCER"
    erase = "EFFACER"
    find_open = "CHERCHER"
    find_title = "Date de naissance : JJ MM AAAA"
    find_letters = "3 LETTRES"
    find_digits = "DATE"
    find_letters_title = "Au plus trois lettres du nom de naissance"
    find_nobody = "Personne ne correspond."

    def whose_at(self, at: dt.datetime) -> str:
        return f"{at:%d/%m %H:%M}"

    def whose_more(self, count: int) -> str:
        return f"et {count} autre{'s' if count > 1 else ''}, plus ancien{'s' if count > 1 else ''}"

    def find_count(self, count: int) -> str:
        return f"{count} personne{'s' if count > 1 else ''}"
