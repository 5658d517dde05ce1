"""The French words of the pages about devices, and of what devices are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchDevices:
    appliances_title = "Appareils de la borne"
    appliances_none = "Aucun appareil pour l'instant : touchez AJOUTER UN APPAREIL."
    appliance_add = "AJOUTER UN APPAREIL"
    appliance_pair = "APPAIRER"
    appliance_back = "RETOUR"
    appliance_test = "TESTER"
    appliance_forget = "OUBLIER"
    appliance_forget_sure = "Oublier cet appareil ? Ses mesures à venir seront marquées douteuses."
    appliance_forget_yes = "OUI, OUBLIER"
    appliance_forget_no = "NON, GARDER"
    appliance_forgotten = "Appareil oublié."
    appliance_test_asked = "Test demandé : gardez l'appareil allumé, près de la borne."
    appliance_gone = "Cet appareil n'est plus sur la liste."
    appliance_here = "● connecté"
    appliance_away = "○ non connecté"
    appliance_unknown = "⚠ INCONNU de la borne : ses mesures sont marquées douteuses"
    appliance_trusted = "Connu de la borne"
    appliance_wired = "Appareil branché : rien à associer."
    appliance_battery = "Pile {} %"
    appliance_no_battery = "Pile : l'appareil ne le dit pas"
    appliance_heard = "Entendu {}"
    appliance_never_heard = "Pas entendu depuis le démarrage"
    appliance_maker = "Fabricant"
    appliance_model = "Modèle"
    appliance_serial = "N° de série"
    appliance_firmware = "Logiciel"
    appliance_identifier = "Adresse ou ligne"
    appliance_not_said = "non communiqué"
    appliance_fact = "{} : {}"

    nearby_title = "Quel appareil ajouter ?"
    nearby_hint = "Allumez l'appareil et mettez-le en mode association, à moins de deux mètres."
    nearby_none = "Aucun nouvel appareil entendu pour l'instant. La borne écoute…"
    nearby_near = "tout près"
    nearby_far = "plus loin"

    pairing: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "pairing": "Association en cours… gardez l'appareil allumé.",
            "passkey": "Tapez les six chiffres que l'appareil affiche.",
            "testing": "Test en cours…",
            "forgetting": "Oubli en cours…",
            "done": "L'appareil a répondu.",
            "failed": "L'appareil n'a pas répondu comme prévu.",
        }
    )
    passkey_title = "Code affiché par l'appareil"
    passkey_erase = "EFFACER"
    passkey_send = "VALIDER"
    passkey_sent = "Code envoyé à l'appareil."
