"""The words of the page of settings and of the two switches, in French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchSettings:
    other_language = "English"
    other_theme = "Nuit"
    theme_day = "Jour"

    settings_open = "RÉGLAGES"
    settings_title = "Réglages"
    settings_all_well = "Aucun défaut relevé."
    settings_wrong = "À voir"
    settings_language = "LANGUE\n{}"
    settings_theme = "ÉCRAN\n{}"
    settings_devices = "APPAREILS\najouter, tester, oublier"
    settings_languages: ClassVar[Mapping[str, str]] = MappingProxyType({"fr": "Français", "en": "English"})
    settings_network = "Réseau"
    settings_no_network = "aucune interface visible"
    settings_up = "{} actif"
    settings_down = "{} coupé"
    settings_no_address = "sans adresse"
    settings_far_ends = "Destinations"
    settings_no_far_end = "aucune dans les réglages : rien ne part"
    settings_far_answers = "toutes répondent, {}"
    settings_far_silent = "ne répond pas : {}"
    settings_far_refusing = "refuse ce chariot : {}"
    settings_far_unknown = "pas encore de réponse"
    settings_clock = "Horloge"
    settings_clock_right = "{} · mise à l'heure par le réseau"
    settings_clock_wrong = "{} · NON VÉRIFIÉE : l'heure peut être fausse"
    settings_disk = "Disque"
    settings_disk_free = "{} libres"
    settings_disk_days = "{} · environ {} j à ce rythme"
    settings_disk_long = "{} · plus d'un an à ce rythme"
    settings_disk_unknown = "place non connue"
    settings_battery = "Batterie"
    settings_battery_none = "secteur seul"
    settings_battery_is = "{} % · {}"
    settings_plugged = "branché"
    settings_unplugged = "sur batterie"
    settings_version = "Version"
    settings_peripherals = "Appareils"
    settings_heard = "{} connus, tous entendus"
    settings_silent = "jamais entendu depuis le démarrage : {}"
    settings_trouble_clock = "L'horloge n'est pas vérifiée : branchez le réseau, l'heure se règle seule."
    settings_trouble_far = "{} ne répond pas : vérifiez le réseau. Rien n'est perdu, l'envoi reprend seul."
    settings_trouble_refusing = "{} refuse ce chariot : appelez son administrateur."
    settings_trouble_person = "{} objets attendent une correction : page À ENVOYER."
    settings_trouble_device = "{} : à vérifier sur la page APPAREILS."
