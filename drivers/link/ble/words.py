"""What the Bluetooth link says at the bedside: after the device's name, one plain line with what to do."""

from __future__ import annotations

from typing import Final

from edge.domain.measurement import Device

ADAPTER: Final = Device(id="bluetooth", model="", label="Bluetooth")

NO_ADAPTER: Final = "aucun adaptateur sur la borne. Prévenez le support."
SWITCHED_OFF: Final = "éteint sur la borne. Prévenez le support."
NO_ANSWER: Final = "ne répond pas, nouvel essai en cours. Si cela dure, redémarrez la borne."

UNREACHABLE: Final = "ne répond pas. Approchez-le et recommencez la mesure."
SILENT: Final = "se déconnecte sans rien envoyer. Recommencez la mesure."
UNKNOWN: Final = "appareil non reconnu. Prévenez le support."
FORGOTTEN: Final = "a oublié la borne : appairez-le de nouveau."
WANTS_A_BOND: Final = "refuse une borne inconnue : appairez-le."
CHANGED: Final = "a changé depuis l'appairage : appairez-le de nouveau."
KEYBOARD: Final = "se présente comme un clavier : refusé. Prévenez le support."
NONSENSE: Final = "envoie des données illisibles. Prévenez le support."
