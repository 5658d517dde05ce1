"""The French words of who may do what, of badge readers, and of replacements."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchStaff:
    reserved = "Réservé : {}"
    locked_number = "Tapez votre numéro, puis OK"
    locked_number_hint = "ou appelez sans vous connecter, en cas d'urgence"
    locked_not_you_number = "Ce n'est pas vous ? Touchez RETOUR."
    other_profession = "autre soignant"
    let_in = "ACCÈS REMPLAÇANT"
    letting_title = "Qui remplace ? Tapez son nom."
    letting_as = "Sa fonction"
    letting_roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"infirmier": "IDE", "aide-soignant": "AS", "autre": "AUTRE"}
    )
    letting_for = "Pour combien de temps ?"
    letting_until = "jusqu'à {}"
    letting_go = "CRÉER L'ACCÈS"
    letting_end = "TERMINER"
    letting_ended = "L'accès est terminé."
    welcome_title = "Accès créé"
    welcome_number = "Son numéro"
    welcome_start = "Son code de départ, une seule fois"
    welcome_how = "Notez-les, puis verrouillez : la personne tape le numéro, le code, et choisit son code secret."
    welcome_lock = "VERROUILLER : À SON TOUR"
