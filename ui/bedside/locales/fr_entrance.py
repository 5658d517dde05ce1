"""The French words of the locked screen, of who is signed in, and of the screen that is cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchEntrance:
    locked_title = "Présentez votre badge"
    locked_or_code = "ou tapez votre numéro, puis OK"
    locked_pin = "{} : tapez votre code secret, puis OK"
    locked_first_pin = "{} : choisissez votre code secret (4 à 8 chiffres), puis OK"
    locked_start = "{} : première connexion. Tapez le code de départ qui vous a été remis, puis OK"
    locked_not_you = "Ce n'est pas vous ? Présentez votre badge."
    entrance: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "wrong_pin": "Code secret refusé : recommencez.",
            "wait": "Trop d'essais : attendez {seconds} s, puis recommencez.",
            "unknown": "Badge ou numéro inconnu sur ce chariot : demandez à l'encadrement.",
            "not_invited": "Première connexion : présentez votre badge, ou demandez un code de départ.",
            "ended": "Votre accès est terminé : demandez à l'encadrement.",
        }
    )
    locked_erase = "EFFACER"
    locked_enter = "OK"
    locked_emergency = "URGENCE\nappeler sans badge"
    locked_goes_on = "Une mesure ou un appel continue : rien n'est perdu."
    lock = "VERROUILLER"
    clean = "NETTOYER L'ÉCRAN"
    cleaning_title = "ÉCRAN BLOQUÉ POUR LE NETTOYAGE"
    cleaning_left = "Il se débloque tout seul dans {} s."
    emergency_status = "⚠ Accès d'urgence"
    roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "infirmier": "IDE",
            "aide-soignant": "AS",
            "medecin": "Dr",
            "pharmacien": "Pharm.",
            "admin": "Admin.",
        }
    )
