"""The French words of what is typed and of the early warning score."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.measurement import Name


class FrenchTyped:
    typed_device = "✎ Saisi"
    typed_saved = "Valeur gardée, marquée comme saisie."
    typed_title = "{} · saisie"
    typed_fields: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "maximale / minimale, en mmHg",
            "spo2": "en %",
            "pulse": "par minute",
            "temperature": "en °C",
            "respiration": "comptez une minute entière, par minute",
            "weight": "en kg",
            "glucose": "en g/L",
            "oxygen": "débit d'oxygène, en litres par minute",
        }
    )
    typed_units: ClassVar[Mapping[str, str]] = MappingProxyType({"glucose": "g/L"})
    typed_erase = "⌫"
    typed_enter = "OK"
    typed_back = "RETOUR"
    typed_question = "{} {} : c'est bien cela ?"
    typed_yes = "OUI, GARDER"
    typed_no = "NON, CORRIGER"
    typed_impossible = "{} ne peut pas être {} : corrigez."
    typed_unfinished = "Tapez les deux chiffres, séparés par la barre."
    typed_not_yours = "Votre fonction ne permet pas de saisir une valeur."
    typed_other = "Autre mesure :"

    acvpu: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"A": "alerte", "C": "confus", "V": "voix", "P": "douleur", "U": "sans réponse"}
    )
    air = "AIR"
    oxygen_flow = "O₂ l/min"
    oxygen_on = "O₂ {}"
    answer_chosen = "✓ {}"
    never_said = "pas encore dit"

    scales: ClassVar[Mapping[str, str]] = MappingProxyType({Name.PAIN: "/10", Name.ALGOPLUS: "/5"})
    scale_names: ClassVar[Mapping[str, str]] = MappingProxyType({Name.PAIN: "✎ EN", Name.ALGOPLUS: "✎ Algoplus"})
    pain_title = "Douleur dite par le résident : de 0 à 10 ?"
    pain_hint = "0 : pas de douleur.   10 : la pire douleur imaginable."
    pain_cannot_speak = "IL NE PEUT PAS LE DIRE : ALGOPLUS"
    algoplus_title = "Algoplus : ce que vous voyez maintenant"
    algoplus_items: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType(
        {
            Name.ALGOPLUS_FACE: (
                "Visage",
                "Froncement des sourcils, grimaces, crispation, mâchoires serrées, visage figé",
            ),
            Name.ALGOPLUS_LOOK: ("Regard", "Regard inattentif, fixe, lointain ou suppliant, pleurs, yeux fermés"),
            Name.ALGOPLUS_COMPLAINTS: ("Plaintes orales", "« Aïe », « ouille », « j'ai mal », gémissements, cris"),
            Name.ALGOPLUS_BODY: ("Corps", "Retrait ou protection d'une zone, refus de mobilisation, attitudes figées"),
            Name.ALGOPLUS_BEHAVIOUR: ("Comportements", "Agitation ou agressivité, agrippement"),
        }
    )
    algoplus_yes = "OUI"
    algoplus_no = "NON"
    algoplus_open = "Répondez aux cinq lignes : {} sur 5."
    algoplus_total = "{} sur 5"
    algoplus_pain = "2 et plus : douleur"
    algoplus_found = "douleur (2 et +)"
    algoplus_save = "GARDER"

    score_title = "NEWS2"
    score_aid = "score d'aide, pas une alarme"
    score_incomplete = "◌ INCOMPLET"
    score_counted = "{} sur 7 comptent"
    score_lacking = "Manque : {}"
    score_oldest = "Le plus ancien : {}"
    score_page = "NEWS2, {}"
    score_scale_one = "SpO₂ lue sur l'échelle 1"
    score_scale_two = "SpO₂ lue sur l'échelle 2, réglée par {}"
    score_set_two = "PASSER À L'ÉCHELLE 2 (insuffisance respiratoire hypercapnique)"
    score_set_one = "REVENIR À L'ÉCHELLE 1"
    score_scale_doctor = "Seul un médecin identifié change d'échelle."
    score_scale_asked = "Échelle changée : c'est tracé à votre nom."
    score_window = "Chaque mesure compte pendant {}, puis plus."
    score_old = "Le chariot redémarre : pas de score pour l'instant."
    score_points: ClassVar[Mapping[int, str]] = MappingProxyType({0: "·", 1: "▪", 2: "▪▪", 3: "▪▪▪"})
    score_risk: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "low": "△ RISQUE FAIBLE",
            "low_medium": "▲ UN SEUL À 3",
            "medium": "▲▲ RISQUE MOYEN",
            "high": "▲▲▲ RISQUE ÉLEVÉ",
        }
    )
    score_parts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "respiration": "Fréquence respiratoire",
            "spo2": "SpO₂",
            "oxygen": "Air ou oxygène",
            "systolic": "PA maximale",
            "pulse": "Pouls",
            "consciousness": "Conscience",
            "temperature": "Température",
        }
    )
    score_short: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "respiration": "FR",
            "spo2": "SpO₂",
            "oxygen": "O₂",
            "systolic": "PA",
            "pulse": "pouls",
            "consciousness": "conscience",
            "temperature": "temp.",
        }
    )
    score_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "missing": "manque",
            "stale": "trop ancien",
            "doubtful": "douteux, à refaire",
            "ahead": "heure à venir : horloge fausse",
        }
    )
    score_needs_oxygen = "attend « air ou oxygène »"
