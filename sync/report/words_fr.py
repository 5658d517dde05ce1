"""The French words of a report."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from edge.domain.answer import AnswerKind
from edge.domain.body_site import Side
from edge.domain.consent import Basis, Scope
from edge.domain.measurement import Kind, Name, Quality
from edge.domain.news2 import Consciousness
from edge.domain.opinion import Missing, Question, Specialty, Urgency
from edge.domain.patient import IdentityStatus, Protection, Sex
from edge.domain.photo import View
from edge.domain.quantity import Unit
from edge.domain.report import Mishap
from sync.report.words import Ecg, Opinions, Page, People, Pictures, Slip, Vitals, Who, Words
from sync.report.words_dossier import ROLES, SITUATIONS

_PAGE: Final = Page(
    title="Compte rendu de télésanté",
    of_pages="page {} / {}",
    number="Compte rendu n° {}",
    made="établi le {}",
    with_software="par la borne « {} », telecart {}",
    demonstration="DÉMONSTRATION : données fictives, sans valeur médicale",
    void="ANNULÉ : CE COMPTE RENDU NE COMPTE PLUS, NE PAS L'UTILISER",
    replaces="Remplace et annule le compte rendu n° {}",
    not_a_device="Valeurs et tracés tels qu'ils ont été enregistrés, sans interprétation. telecart n'est pas un dispositif médical marqué CE.",
)

_WHO: Final = Who(
    born=MappingProxyType({Sex.FEMALE: "née {}", Sex.MALE: "né {}"}),
    years="{} ans",
    sex=MappingProxyType({Sex.FEMALE: "Femme", Sex.MALE: "Homme"}),
    room="Chambre {}",
    status=MappingProxyType(
        {
            IdentityStatus.PROVISIONAL: "Identité provisoire",
            IdentityStatus.RETRIEVED: "Identité récupérée",
            IdentityStatus.VALIDATED: "Identité validée",
            IdentityStatus.QUALIFIED: "Identité qualifiée",
        }
    ),
    ins="INS {}",
    no_ins="INS non transmise : identité non qualifiée",
    local="Identifiant local {} ({})",
    allergies="Allergies",
    allergies_unknown="Non renseignées : demander",
    allergies_none="Aucune allergie connue",
    treating="Médecin traitant",
    treating_unknown="non renseigné",
    protection="Protection juridique",
    protections=MappingProxyType({one: one.value for one in Protection}),
    representative="représentant : {}",
    illness=MappingProxyType(
        {True: "ALD : oui", False: "ALD : non", None: "ALD : non renseigné"},
    ),
)

_OPINIONS: Final = Opinions(
    asked="Avis demandé",
    question="Question posée",
    to="à {}",
    anybody="à qui répond pour cette spécialité",
    by="par {}, le {}",
    gaps="Manque au dossier : {}",
    attached="{} éléments joints",
    without_consent="Urgence : l'accord de la personne n'a pas pu être recueilli",
    answer="Réponse",
    no_answer="Aucune réponse n'était arrivée quand ce compte rendu a été établi.",
    answer_from="{}, le {}",
    enclosed="Un document est joint à cette réponse ; il est sur la borne.",
    acknowledged="Pris connaissance par {}, le {}",
    not_acknowledged="Personne dans l'établissement n'en avait encore pris connaissance.",
    specialties=MappingProxyType(
        {
            Specialty.DERMATOLOGY: "Dermatologie",
            Specialty.CARDIOLOGY: "Cardiologie",
            Specialty.WOUNDS: "Plaies et cicatrisation",
            Specialty.GERIATRICS: "Gériatrie",
        }
    ),
    questions=MappingProxyType(
        {
            Question.CONDUCT: "Quelle conduite à tenir ?",
            Question.URGENT: "Est-ce urgent ?",
            Question.TREATMENT: "Quel traitement ?",
            Question.HOSPITAL: "Faut-il voir la personne ou l'hospitaliser ?",
        }
    ),
    urgencies=MappingProxyType(
        {
            Urgency.ROUTINE: "réponse attendue sous 7 jours",
            Urgency.SOON: "réponse attendue sous 48 h",
            Urgency.EMERGENCY: "URGENT : réponse attendue sous 2 h",
        }
    ),
    missing=MappingProxyType(
        {
            Missing.PHOTO: "aucune photo",
            Missing.ECG: "aucun ECG",
            Missing.VITALS: "aucune constante",
            Missing.BLURRED: "photo floue",
            Missing.DARK: "photo trop sombre",
            Missing.OVEREXPOSED: "photo surexposée",
            Missing.FAINT: "son inexploitable",
        }
    ),
    situation="Situation : {}",
    situations=SITUATIONS,
    papers="Documents joints à la demande : {}",
    papers_absent="Documents que personne n'avait apportés : {}",
    roles=ROLES,
    answers=MappingProxyType(
        {
            AnswerKind.REPORT: "Compte rendu du médecin",
            AnswerKind.PRESCRIPTION: "Prescription",
            AnswerKind.COME: "À voir en personne",
            AnswerKind.DECLINED: "La demande n'est pas acceptée",
            AnswerKind.RETRACTED: "Réponse retirée par son auteur : elle ne compte plus",
            AnswerKind.READ: "Demande lue",
        }
    ),
)

_VITALS: Final = Vitals(
    heading="Constantes",
    none="Aucune constante n'a été relevée.",
    columns=("Mesure", "Valeur", "Heure", "Origine et qualité"),
    kinds=MappingProxyType(
        {
            Kind.BLOOD_PRESSURE: "Pression artérielle",
            Kind.SPO2: "SpO₂",
            Kind.TEMPERATURE: "Température",
            Kind.HEART_RATE: "Pouls",
            Kind.RESPIRATION: "Fréquence respiratoire",
            Kind.WEIGHT: "Poids",
            Kind.BODY_COMPOSITION: "Composition corporelle",
            Kind.GLUCOSE: "Glycémie",
            Kind.CONSCIOUSNESS: "Conscience (ACVPU)",
            Kind.OXYGEN: "Oxygène",
            Kind.PAIN: "Douleur",
        }
    ),
    names=MappingProxyType(
        {
            Name.MEAN_ARTERIAL_PRESSURE: "PA moyenne",
            Name.PULSE_RATE: "pouls",
            Name.HEART_RATE: "fréquence cardiaque",
            Name.PERFUSION_INDEX: "indice de perfusion",
            Name.HEIGHT: "taille",
            Name.WEIGHT: "poids",
            Name.BMI: "IMC",
            Name.BODY_FAT: "masse grasse",
            Name.MUSCLE_PERCENTAGE: "part de muscle",
            Name.MUSCLE_MASS: "masse musculaire",
            Name.BODY_WATER_MASS: "eau",
            Name.FAT_FREE_MASS: "masse sans graisse",
            Name.PAIN: "échelle numérique, dite par la personne",
            Name.ALGOPLUS: "Algoplus, observée",
            Name.GLUCOSE: "glycémie",
            Name.RESPIRATORY_RATE: "fréquence respiratoire",
            Name.CARBOXYHEMOGLOBIN: "SpCO",
            Name.METHEMOGLOBIN: "SpMet",
            Name.HEMOGLOBIN: "hémoglobine (SpHb)",
            Name.PLETH_VARIABILITY_INDEX: "PVI",
            Name.BASAL_METABOLISM: "métabolisme de base",
            Name.SOFT_LEAN_MASS: "masse maigre",
        }
    ),
    units=MappingProxyType(
        {
            Unit.MMHG: "mmHg",
            Unit.CELSIUS: "°C",
            Unit.PER_MINUTE: "/min",
            Unit.KILOGRAM_PER_SQUARE_METRE: "kg/m²",
            Unit.OHM: "Ω",
            Unit.SCORE: "",
            Unit.ACVPU: "",
            Unit.FAHRENHEIT: "°F",
            Unit.POUND: "lb",
            Unit.INCH: "in",
        }
    ),
    doubtful="DOUTEUX",
    typed="SAISI",
    no_value="pas de valeur",
    quality=MappingProxyType(
        {
            Quality.NAN: "mesure impossible",
            Quality.NRES: "hors de la résolution de l'appareil",
            Quality.POSITIVE_INFINITY: "au-dessus de l'échelle",
            Quality.NEGATIVE_INFINITY: "au-dessous de l'échelle",
            Quality.RESERVED: "valeur réservée par l'appareil",
            Quality.MISSING: "non mesuré",
            Quality.IMPLAUSIBLE: "valeur invraisemblable",
            Quality.BODY_MOVEMENT: "mouvement pendant la mesure",
            Quality.CUFF_LOOSE: "brassard trop lâche",
            Quality.IRREGULAR_PULSE: "pouls irrégulier selon l'appareil",
            Quality.PULSE_OUT_OF_RANGE: "pouls hors limites de l'appareil",
            Quality.IMPROPER_POSITION: "mauvaise position",
            Quality.SENSOR_OFF: "capteur débranché",
            Quality.LOW_PERFUSION: "perfusion faible",
            Quality.LOW_SIGNAL: "signal trop faible",
            Quality.SEARCHING: "recherche du pouls",
            Quality.ARTIFACT: "signal perturbé",
            Quality.ABOVE_RANGE: "au-dessus de l'étendue de l'appareil",
            Quality.BELOW_RANGE: "au-dessous de l'étendue de l'appareil",
            Quality.SAMPLE_INSUFFICIENT: "goutte insuffisante",
            Quality.STRIP_ERROR: "bandelette à changer",
            Quality.AMBIENT_TEMPERATURE: "appareil trop chaud ou trop froid",
            Quality.INTERRUPTED: "mesure interrompue",
            Quality.DEVICE_FAULT: "défaut de l'appareil",
            Quality.BATTERY_LOW: "pile de l'appareil faible",
            Quality.DEVICE_CLOCK_UNSET: "horloge de l'appareil non réglée",
            Quality.FROM_STORAGE: "relevé de la mémoire de l'appareil",
            Quality.UNAUTHENTICATED: "appareil inconnu de la borne",
            Quality.DEMONSTRATION: "démonstration de l'appareil",
            Quality.TEST_DATA: "donnée d'essai de l'appareil",
            Quality.TYPED: "saisi à la main",
            Quality.CONFIRMED: "inhabituel, confirmé par qui l'a saisi",
        }
    ),
    age="{} avant ce compte rendu",
    clock="heure à vérifier",
    by="par {}",
    room_air="air ambiant",
    acvpu=MappingProxyType(
        {
            Consciousness.ALERT: "A, alerte",
            Consciousness.CONFUSED: "C, confusion nouvelle",
            Consciousness.VOICE: "V, réagit à la voix",
            Consciousness.PAIN: "P, réagit à la douleur",
            Consciousness.UNRESPONSIVE: "U, sans réponse",
        }
    ),
    decimal_point=",",
)

_PICTURES: Final = Pictures(
    heading="Photos",
    reduced="Images réduites pour ce document ; les originaux sont dans le dossier d'images.",
    intimate="Photo intime : elle n'est pas reproduite ici, voir le dossier d'images.",
    unreadable="Photo illisible sur la borne.",
    site_unknown="Partie du corps non précisée",
    sides=MappingProxyType({Side.RIGHT: "droite de la personne", Side.LEFT: "gauche de la personne"}),
    views=MappingProxyType(
        {
            View.OVERVIEW: "vue d'ensemble",
            View.CLOSE_UP: "gros plan",
            View.DERMOSCOPY: "dermoscopie",
            View.OTOSCOPY: "otoscopie",
        }
    ),
    blurred="floue",
    dark="trop sombre",
    bright="surexposée",
    sounds="Sons enregistrés : {} ; ils sont dans le dossier d'images.",
    sites_in_english=False,
)

_ECG: Final = Ecg(
    heading="ECG",
    recorded="Enregistré le {}, {}",
    scale="{} mm/s   {} mm/mV   de {} à {} s   {} Hz",
    print_it="Imprimer à 100 % : un grand carreau mesure 5 mm.",
    no_reading="Tracé tel qu'il a été enregistré, non filtré par la borne, sans interprétation.",
    absent="non enregistrée",
    unscaled="sans échelle, non tracée",
    beware="Attention : {}",
    leaves_paper="le tracé sort du papier : {}",
    cut="seules les {} premières secondes de {} sont reproduites",
)

_PEOPLE: Final = People(
    heading="Participants",
    bedside="Au chevet",
    asked="Avis demandé à",
    answered="A répondu",
    treating="Médecin traitant",
    nobody="Personne n'était identifié sur la borne.",
    rpps="RPPS {}",
    call="Téléconsultation du {} à {}, {}",
    call_alone="Appel du {}, {} : personne n'a rejoint l'appel",
    call_doctor="Le médecin a été admis au chevet ; la borne ne connaît pas son identité.",
    note_heading="Note du spécialiste",
    note_by="{}, le {}",
    note_unnamed="Le médecin admis au chevet, dont la borne ne connaît pas l'identité",
    consent="Consentement",
    no_consent="Aucun consentement n'est enregistré pour cet acte.",
    said_at_bedside="Accord recueilli au chevet avant l'acte",
    basis=MappingProxyType(
        {
            Basis.PERSON: "la personne elle-même",
            Basis.ASSISTED: "la personne, assistée de {}",
            Basis.REPRESENTATIVE: "autorisation du représentant légal, {}",
            Basis.CONSULTED: "personne hors d'état de le dire ; consulté : {}",
            Basis.EMERGENCY: "urgence, volonté impossible à recueillir",
            Basis.REFUSAL: "REFUS de la personne",
        }
    ),
    scope=MappingProxyType({Scope.ACT: "pour cet acte", Scope.STANDING: "jusqu'à retrait"}),
    collected="recueilli le {} par {}",
    withdrawn="RETIRÉ le {}",
    incidents="Incidents techniques",
    no_incident="Aucun incident technique relevé par la borne.",
    mishaps=MappingProxyType(
        {
            Mishap.CALL_FAILED: "Appel interrompu par une panne : {}",
            Mishap.CALL_ALONE: "Appel que personne n'a rejoint : {}",
            Mishap.UNDONE: "Éléments annulés au chevet, absents de ce compte rendu : {}",
            Mishap.NOT_UNDERSTOOD: "Trames d'appareils reçues et non comprises, gardées : {}",
            Mishap.CLOCK: "Éléments relevés alors que l'horloge de la borne n'était pas sûre : {}",
            Mishap.GONE: "Éléments qui ne sont plus sur la borne : {}",
            Mishap.STORE: "Avaries du stockage de la borne pendant la prise en charge : {}",
            Mishap.UNREADABLE: "Fichiers illisibles, absents de ce compte rendu : {}",
        }
    ),
)

_SLIP: Final = Slip(
    title="Éléments pour la facturation",
    bills_nothing="La borne ne facture rien : cette page rassemble ce que le médecin reporte lui-même dans son logiciel.",
    act="Acte",
    opinion_act="Télé-expertise, {}",
    call_act="Téléconsultation",
    no_act="Ni avis ni téléconsultation dans cette prise en charge : rien à facturer.",
    asked_on="Demandé le",
    answered_on="Répondu le",
    not_answered="pas de réponse reçue",
    began="Début",
    ended="Fin",
    lasted="Durée",
    patient="Patient",
    requester="Demandeur",
    performer="Médecin consulté",
    treating="Médecin traitant",
    place="Établissement",
    finess="FINESS",
    illness="Affection de longue durée",
    unknown="non renseigné",
    not_recorded="non enregistré par la borne : à compléter",
)

FRENCH: Final = Words(
    language="fr",
    pdf_language="fr-FR",
    page=_PAGE,
    who=_WHO,
    opinions=_OPINIONS,
    vitals=_VITALS,
    pictures=_PICTURES,
    ecg=_ECG,
    people=_PEOPLE,
    slip=_SLIP,
    day="%d/%m/%Y",
    days="{} j",
    colon=" :",
)
