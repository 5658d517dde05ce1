"""The words of FHIR for what a cart measures: LOINC codes, profiles, units, reasons of absence, remarks. Data only.

LOINC terms as https://loinc.org lists them; units as the vital-signs profiles fix them
(https://hl7.org/fhir/R4/observation-vitalsigns.html).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from edge.domain.measurement import Kind, Name, Quality
from edge.domain.news2 import Consciousness
from edge.domain.quantity import Unit
from edge.domain.typed import ALGOPLUS_ITEMS

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

BLOOD_PRESSURE_PANEL = "85354-9"

DISPLAY: Mapping[str, str] = MappingProxyType(
    {
        BLOOD_PRESSURE_PANEL: "Blood pressure panel with all children optional",
        "8480-6": "Systolic blood pressure",
        "8462-4": "Diastolic blood pressure",
        "8478-0": "Mean blood pressure",
        "8867-4": "Heart rate",
        "2708-6": "Oxygen saturation in Arterial blood",
        "59408-5": "Oxygen saturation in Arterial blood by Pulse oximetry",
        "61006-3": "Perfusion index Tissue by Pulse oximetry",
        "8310-5": "Body temperature",
        "9279-1": "Respiratory rate",
        "29463-7": "Body weight",
        "8302-2": "Body height",
        "39156-5": "Body mass index (BMI) [Ratio]",
        "41982-0": "Percentage of body fat Measured",
        "73965-6": "Body muscle mass/Body weight Measured",
        "73964-9": "Body muscle mass Calculated",
        "2339-0": "Glucose [Mass/volume] in Blood",
        "2345-7": "Glucose [Mass/volume] in Serum or Plasma",
        "67775-7": "Level of responsiveness",
        "3151-8": "Inhaled oxygen flow rate",
        "72514-3": "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """How one value is sent: its codes, the ``unit`` its profile fixes and how people write that unit.

    A converted value is rounded to ``step``: no device resolves more. ``code`` is that of the unit where a profile has another
    than ours.
    """

    codes: tuple[str, ...]
    unit: Unit
    written: str
    step: Decimal
    code: str = ""


def _term(unit: Unit, written: str, step: str, *codes: str) -> Term:
    return Term(codes, unit, written, Decimal(step))


_RATE = _term(Unit.PER_MINUTE, "/min", "0.1", "8867-4")

TERMS: Mapping[Name, Term] = MappingProxyType(
    {
        Name.SYSTOLIC: _term(Unit.MMHG, "mmHg", "0.1", "8480-6"),
        Name.DIASTOLIC: _term(Unit.MMHG, "mmHg", "0.1", "8462-4"),
        Name.MEAN_ARTERIAL_PRESSURE: _term(Unit.MMHG, "mmHg", "0.1", "8478-0"),
        Name.PULSE_RATE: _RATE,
        Name.HEART_RATE: _RATE,
        Name.SPO2: _term(Unit.PERCENT, "%", "0.1", "2708-6", "59408-5"),
        Name.PERFUSION_INDEX: _term(Unit.PERCENT, "%", "0.01", "61006-3"),
        Name.TEMPERATURE: _term(Unit.CELSIUS, "°C", "0.01", "8310-5"),
        Name.RESPIRATORY_RATE: _term(Unit.PER_MINUTE, "/min", "0.1", "9279-1"),
        Name.WEIGHT: _term(Unit.KILOGRAM, "kg", "0.001", "29463-7"),
        # bodyheight takes centimetres or inches, and no metres
        Name.HEIGHT: _term(Unit.CENTIMETRE, "cm", "0.1", "8302-2"),
        Name.BMI: _term(Unit.KILOGRAM_PER_SQUARE_METRE, "kg/m2", "0.1", "39156-5"),
        Name.BODY_FAT: _term(Unit.PERCENT, "%", "0.1", "41982-0"),
        Name.MUSCLE_PERCENTAGE: _term(Unit.PERCENT, "%", "0.1", "73965-6"),
        Name.MUSCLE_MASS: _term(Unit.KILOGRAM, "kg", "0.001", "73964-9"),
        # the second is what the guide of the ANS has for the glucose of blood (JDV_J154), in mg/dL (JDV_J163)
        Name.GLUCOSE: _term(Unit.MILLIGRAM_PER_DECILITRE, "mg/dL", "1", "2339-0", "2345-7"),
        Name.CONSCIOUSNESS: _term(Unit.ACVPU, "ACVPU", "1", "67775-7"),
        Name.OXYGEN_FLOW: _term(Unit.LITRE_PER_MINUTE, "L/min", "0.01", "3151-8"),
        # unit and code as mesures-observation-pain-severity fixes them
        Name.PAIN: dataclasses.replace(_term(Unit.SCORE, "Level", "1", "72514-3"), code="1"),
        Name.ALGOPLUS: _term(Unit.SCORE, "/5", "1"),
        **{name: _term(Unit.SCORE, "0 ou 1", "1") for name in ALGOPLUS_ITEMS},
    }
)
"""What is sent. Every other name stays on the cart: a device's other averages of one value, single R-R intervals, and what
LOINC has no term for, or none that says what the device means.
"""

TEXT: Mapping[Name, str] = MappingProxyType(
    {
        Name.CONSCIOUSNESS: "Conscience (ACVPU)",
        Name.OXYGEN_FLOW: "Oxygène inhalé",
        Name.PAIN: "Douleur, échelle numérique (EN), dite par le résident",
        Name.ALGOPLUS: "Douleur, échelle Algoplus, observée par le soignant (douleur à partir de 2 sur 5)",
        Name.ALGOPLUS_FACE: "Algoplus 1, visage",
        Name.ALGOPLUS_LOOK: "Algoplus 2, regard",
        Name.ALGOPLUS_COMPLAINTS: "Algoplus 3, plaintes orales",
        Name.ALGOPLUS_BODY: "Algoplus 4, corps",
        Name.ALGOPLUS_BEHAVIOUR: "Algoplus 5, comportements",
    }
)
"""Beside the code, or where there is none: LOINC has no term for Algoplus."""

SNOMED = "http://snomed.info/sct"
ANSWER: Mapping[Consciousness, tuple[str, str, str]] = MappingProxyType(
    {
        Consciousness.ALERT: ("248234008", "Mentally alert", "A : alerte"),
        # UNCONFIRMED: no published value set was read that has it
        Consciousness.CONFUSED: ("130987000", "Acute confusion", "C : confusion nouvelle"),
        Consciousness.VOICE: ("300202002", "Responds to voice", "V : réagit à la voix"),
        Consciousness.PAIN: ("450847001", "Responds to pain", "P : réagit à la douleur"),
        Consciousness.UNRESPONSIVE: ("422768004", "Unresponsive", "U : sans réaction"),
    }
)
"""SNOMED CT code and display, and French: the value set PH-RoadSafety-AVPU of build.fhir.org has all but confusion."""

BY_HAND = "Saisie manuelle"
"""The method of what a person typed: R4 names no code for it that is not SNOMED CT's."""

_NCIT = "https://smt.esante.gouv.fr/terminologie-ncit"
_CONNECTED = (_NCIT, "C153216", "Objet connecté")

METHOD: Mapping[Name, tuple[str, str, str]] = MappingProxyType(
    {
        # value sets JDV_J150 and JDV_J147. UNCONFIRMED: read where they still had the code under the ANS's own name of NCIt
        Name.SYSTOLIC: _CONNECTED,
        Name.PULSE_RATE: _CONNECTED,
        Name.HEART_RATE: _CONNECTED,
        Name.SPO2: _CONNECTED,
    }
)
"""System, code and French of how a device of the cart measures it, where the guide of the ANS has a code for that."""

SCALE: Mapping[Name, tuple[str, str, str]] = MappingProxyType({Name.PAIN: (_NCIT, "C21082", "Échelle numérique")})
"""The same of what only a person can say (JDV_J159)."""

BLUETOOTH = "http://hl7.org/fhir/sid/eui-48/bluetooth"
DEVICE_IDENTIFIERS = "http://hl7.org/fhir/uv/phd/CodeSystem/ContinuaDeviceIdentifiers"
URIS = "urn:ietf:rfc:3986"
"""The system of identifiers that are URIs."""

RPPS = "https://rpps.esante.gouv.fr"
"""The naming system of RPPS numbers (FR Core)."""

FINESS = "https://finess.esante.gouv.fr"
"""That of FINESS numbers (FR Core)."""

_PROFILES = "http://hl7.org/fhir/StructureDefinition/"

PROFILE: Mapping[Name, str] = MappingProxyType(
    {
        Name.PULSE_RATE: f"{_PROFILES}heartrate",
        Name.HEART_RATE: f"{_PROFILES}heartrate",
        Name.SPO2: f"{_PROFILES}oxygensat",
        Name.TEMPERATURE: f"{_PROFILES}bodytemp",
        Name.RESPIRATORY_RATE: f"{_PROFILES}resprate",
        Name.WEIGHT: f"{_PROFILES}bodyweight",
        Name.HEIGHT: f"{_PROFILES}bodyheight",
        Name.BMI: f"{_PROFILES}bmi",
        Name.BODY_FAT: f"{_PROFILES}vitalsigns",
        Name.GLUCOSE: f"{_PROFILES}vitalsigns",
        Name.CONSCIOUSNESS: f"{_PROFILES}vitalsigns",
        Name.OXYGEN_FLOW: f"{_PROFILES}vitalsigns",
        Name.PAIN: f"{_PROFILES}vitalsigns",
        Name.ALGOPLUS: f"{_PROFILES}vitalsigns",
    }
)
"""The names that make an Observation of their own, in the order in which they are sent."""

PRESSURE_PROFILE = f"{_PROFILES}bp"

PRINCIPAL: Mapping[Kind, tuple[Name, ...]] = MappingProxyType(
    {
        Kind.SPO2: (Name.SPO2,),
        Kind.TEMPERATURE: (Name.TEMPERATURE,),
        Kind.HEART_RATE: (Name.HEART_RATE, Name.PULSE_RATE),
        Kind.RESPIRATION: (Name.RESPIRATORY_RATE,),
        Kind.WEIGHT: (Name.WEIGHT,),
        Kind.BODY_COMPOSITION: (Name.BODY_FAT,),
        Kind.GLUCOSE: (Name.GLUCOSE,),
        Kind.CONSCIOUSNESS: (Name.CONSCIOUSNESS,),
        Kind.OXYGEN: (Name.OXYGEN_FLOW,),
        Kind.PAIN: (Name.PAIN, Name.ALGOPLUS),
    }
)
"""Which value carries the item's own identifier: the first that was measured. Blood pressure is a panel."""

BESIDE: Mapping[Name, tuple[Name, ...]] = MappingProxyType(
    {
        Name.SPO2: (Name.PERFUSION_INDEX,),
        Name.BODY_FAT: (Name.MUSCLE_PERCENTAGE, Name.MUSCLE_MASS),
        Name.ALGOPLUS: ALGOPLUS_ITEMS,
    }
)
"""Components of another value's Observation."""

_ERROR = ("error", "Error")
UNKNOWN = ("unknown", "Unknown")

ABSENCE: Mapping[Quality, tuple[str, str]] = MappingProxyType(
    {
        Quality.NAN: ("not-a-number", "Not a Number (NaN)"),
        Quality.POSITIVE_INFINITY: ("positive-infinity", "Positive Infinity (PINF)"),
        Quality.NEGATIVE_INFINITY: ("negative-infinity", "Negative Infinity (NINF)"),
        Quality.NRES: _ERROR,
        Quality.RESERVED: _ERROR,
        Quality.IMPLAUSIBLE: _ERROR,
        Quality.SENSOR_OFF: _ERROR,
        Quality.LOW_SIGNAL: _ERROR,
        Quality.SEARCHING: _ERROR,
        Quality.ARTIFACT: _ERROR,
        Quality.SAMPLE_INSUFFICIENT: _ERROR,
        Quality.STRIP_ERROR: _ERROR,
        Quality.AMBIENT_TEMPERATURE: _ERROR,
        Quality.INTERRUPTED: _ERROR,
        Quality.DEVICE_FAULT: _ERROR,
    }
)

OFF_SCALE: Mapping[Quality, tuple[str, str]] = MappingProxyType(
    {Quality.ABOVE_RANGE: (">", "Off scale high"), Quality.BELOW_RANGE: ("<", "Off scale low")}
)
"""An interpretation: a glucometer's "HI" is no error, and no number either."""

REMARKS: Mapping[Quality, str] = MappingProxyType(
    {
        Quality.NAN: "l'appareil n'a pas pu donner de valeur",
        Quality.NRES: "valeur hors de la résolution de l'appareil",
        Quality.POSITIVE_INFINITY: "valeur au-dessus de l'étendue de l'appareil",
        Quality.NEGATIVE_INFINITY: "valeur au-dessous de l'étendue de l'appareil",
        Quality.RESERVED: "l'appareil a donné une valeur réservée",
        Quality.MISSING: "valeur non transmise par l'appareil",
        Quality.IMPLAUSIBLE: "valeur invraisemblable, écartée",
        Quality.BODY_MOVEMENT: "mouvement pendant la mesure",
        Quality.CUFF_LOOSE: "brassard trop lâche",
        Quality.IRREGULAR_PULSE: "pouls irrégulier",
        Quality.PULSE_OUT_OF_RANGE: "pouls hors de l'étendue de l'appareil",
        Quality.IMPROPER_POSITION: "mauvaise position pendant la mesure",
        Quality.SENSOR_OFF: "capteur débranché",
        Quality.LOW_PERFUSION: "perfusion faible",
        Quality.LOW_SIGNAL: "signal trop faible",
        Quality.SEARCHING: "l'appareil cherchait encore le pouls",
        Quality.ARTIFACT: "artéfacts",
        Quality.ABOVE_RANGE: "résultat au-dessus de ce que l'appareil sait mesurer",
        Quality.BELOW_RANGE: "résultat au-dessous de ce que l'appareil sait mesurer",
        Quality.SAMPLE_INSUFFICIENT: "goutte de sang insuffisante",
        Quality.STRIP_ERROR: "défaut de la bandelette",
        Quality.AMBIENT_TEMPERATURE: "appareil trop chaud ou trop froid pour mesurer",
        Quality.INTERRUPTED: "mesure interrompue",
        Quality.DEVICE_FAULT: "défaut signalé par l'appareil",
        Quality.BATTERY_LOW: "pile de l'appareil faible",
        Quality.DEVICE_CLOCK_UNSET: "horloge de l'appareil non réglée",
        Quality.FROM_STORAGE: "mesure relue de la mémoire de l'appareil",
        Quality.TYPED: "valeur saisie à la main, non transmise par un appareil",
        Quality.CONFIRMED: "valeur inhabituelle, confirmée par la personne qui l'a saisie",
        Quality.UNAUTHENTICATED: "appareil inconnu du chariot : origine de la mesure à vérifier",
    }
)
"""In French, for the doctor: what qualifies a number. Demonstration and test data are never sent."""
