"""The English words of a report."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from edge.domain.answer import AnswerKind
from edge.domain.body_site import Side
from edge.domain.consent import Basis, Scope
from edge.domain.dossier import DocumentRole, Situation
from edge.domain.measurement import Kind, Name, Quality
from edge.domain.news2 import Consciousness
from edge.domain.opinion import Missing, Question, Specialty, Urgency
from edge.domain.patient import IdentityStatus, Protection, Sex
from edge.domain.photo import View
from edge.domain.quantity import Unit
from edge.domain.report import Mishap
from sync.report.words import Ecg, Opinions, Page, People, Pictures, Slip, Vitals, Who, Words

_PAGE: Final = Page(
    title="Telehealth report",
    of_pages="page {} / {}",
    number="Report no. {}",
    made="made on {}",
    with_software="by the cart “{}”, telecart {}",
    demonstration="DEMONSTRATION: invented data, of no medical value",
    void="VOID: THIS REPORT COUNTS NO MORE, DO NOT USE IT",
    replaces="Replaces and voids report no. {}",
    not_a_device="Values and traces as they were recorded, without interpretation. telecart is not a CE-marked medical device.",
)

_WHO: Final = Who(
    born=MappingProxyType({Sex.FEMALE: "born {}", Sex.MALE: "born {}"}),
    years="{} years",
    sex=MappingProxyType({Sex.FEMALE: "Female", Sex.MALE: "Male"}),
    room="Room {}",
    status=MappingProxyType(
        {
            IdentityStatus.PROVISIONAL: "Provisional identity",
            IdentityStatus.RETRIEVED: "Retrieved identity",
            IdentityStatus.VALIDATED: "Validated identity",
            IdentityStatus.QUALIFIED: "Qualified identity",
        }
    ),
    ins="INS {}",
    no_ins="INS not sent: identity not qualified",
    local="Local identifier {} ({})",
    allergies="Allergies",
    allergies_unknown="Not known: ask",
    allergies_none="No known allergy",
    treating="Treating doctor",
    treating_unknown="not known",
    protection="Legal protection",
    protections=MappingProxyType(
        {
            Protection.SAFEGUARD: "sauvegarde de justice (short-term protection)",
            Protection.CURATORSHIP: "curatelle (assistance)",
            Protection.GUARDIANSHIP: "tutelle (guardianship)",
            Protection.FAMILY: "habilitation familiale (family mandate)",
            Protection.MANDATE: "mandat de protection future (lasting mandate)",
        }
    ),
    representative="representative: {}",
    illness=MappingProxyType(
        {
            True: "Long-term illness (ALD): yes",
            False: "Long-term illness (ALD): no",
            None: "Long-term illness (ALD): not known",
        },
    ),
)

_OPINIONS: Final = Opinions(
    asked="Opinion asked for",
    question="Question",
    to="of {}",
    anybody="whoever answers for this specialty",
    by="by {}, on {}",
    gaps="Lacking: {}",
    attached="{} items enclosed",
    without_consent="Emergency: the person's consent could not be obtained",
    answer="Answer",
    no_answer="No answer had come when this report was made.",
    answer_from="{}, on {}",
    enclosed="A document came with this answer; it is on the cart.",
    acknowledged="Acknowledged by {}, on {}",
    not_acknowledged="Nobody in the house had acknowledged it yet.",
    specialties=MappingProxyType(
        {
            Specialty.DERMATOLOGY: "Dermatology",
            Specialty.CARDIOLOGY: "Cardiology",
            Specialty.WOUNDS: "Wounds",
            Specialty.GERIATRICS: "Geriatrics",
        }
    ),
    questions=MappingProxyType(
        {
            Question.CONDUCT: "What is to be done?",
            Question.URGENT: "Is it urgent?",
            Question.TREATMENT: "Which treatment?",
            Question.HOSPITAL: "Is the person to be seen, or to go to hospital?",
        }
    ),
    urgencies=MappingProxyType(
        {
            Urgency.ROUTINE: "answer expected within 7 days",
            Urgency.SOON: "answer expected within 48 h",
            Urgency.EMERGENCY: "URGENT: answer expected within 2 h",
        }
    ),
    missing=MappingProxyType(
        {
            Missing.PHOTO: "no photo",
            Missing.ECG: "no ECG",
            Missing.VITALS: "no vital sign",
            Missing.BLURRED: "blurred photo",
            Missing.DARK: "photo too dark",
            Missing.OVEREXPOSED: "overexposed photo",
            Missing.FAINT: "sound of no use",
        }
    ),
    situation="Situation: {}",
    situations=MappingProxyType(
        {
            Situation.RASH: "rash",
            Situation.LESION: "lesion to be judged",
            Situation.ITCH: "itch",
            Situation.SKIN_INFECTION: "suspected skin infection",
            Situation.CHEST_PAIN: "chest pain",
            Situation.BREATHLESS: "breathlessness",
            Situation.FAINT: "faint",
            Situation.PALPITATIONS: "palpitations",
            Situation.NEW_WOUND: "new wound",
            Situation.WORSE_WOUND: "wound that gets worse",
            Situation.NOT_HEALING: "wound that does not heal",
            Situation.INFECTED_WOUND: "suspected infected wound",
            Situation.FALL: "fall",
            Situation.CONFUSION: "confusion",
            Situation.DECLINE: "decline",
            Situation.WEIGHT_LOSS: "weight loss",
        }
    ),
    papers="Documents that went with the request: {}",
    papers_absent="Documents that nobody had brought in: {}",
    roles=MappingProxyType(
        {
            DocumentRole.DLU: "emergency file (dossier de liaison d'urgence)",
            DocumentRole.TREATMENT: "current treatment",
            DocumentRole.HISTORY: "history",
            DocumentRole.DIRECTIVES: "advance directives",
        }
    ),
    answers=MappingProxyType(
        {
            AnswerKind.REPORT: "Doctor's report",
            AnswerKind.PRESCRIPTION: "Prescription",
            AnswerKind.COME: "To be seen in person",
            AnswerKind.DECLINED: "The request is not accepted",
            AnswerKind.RETRACTED: "Answer taken back by its author: it counts no more",
            AnswerKind.READ: "Request read",
        }
    ),
)

_VITALS: Final = Vitals(
    heading="Vital signs",
    none="No vital sign was taken.",
    columns=("Measurement", "Value", "Time", "Source and quality"),
    kinds=MappingProxyType(
        {
            Kind.BLOOD_PRESSURE: "Blood pressure",
            Kind.SPO2: "SpO₂",
            Kind.TEMPERATURE: "Temperature",
            Kind.HEART_RATE: "Pulse",
            Kind.RESPIRATION: "Respiratory rate",
            Kind.WEIGHT: "Weight",
            Kind.BODY_COMPOSITION: "Body composition",
            Kind.GLUCOSE: "Glucose",
            Kind.CONSCIOUSNESS: "Consciousness (ACVPU)",
            Kind.OXYGEN: "Oxygen",
            Kind.PAIN: "Pain",
        }
    ),
    names=MappingProxyType(
        {
            Name.MEAN_ARTERIAL_PRESSURE: "mean pressure",
            Name.PULSE_RATE: "pulse",
            Name.HEART_RATE: "heart rate",
            Name.PERFUSION_INDEX: "perfusion index",
            Name.HEIGHT: "height",
            Name.WEIGHT: "weight",
            Name.BMI: "BMI",
            Name.BODY_FAT: "body fat",
            Name.MUSCLE_PERCENTAGE: "share of muscle",
            Name.MUSCLE_MASS: "muscle mass",
            Name.BODY_WATER_MASS: "water",
            Name.FAT_FREE_MASS: "fat-free mass",
            Name.PAIN: "numeric scale, said by the person",
            Name.ALGOPLUS: "Algoplus, observed",
            Name.GLUCOSE: "glucose",
            Name.RESPIRATORY_RATE: "respiratory rate",
            Name.CARBOXYHEMOGLOBIN: "SpCO",
            Name.METHEMOGLOBIN: "SpMet",
            Name.HEMOGLOBIN: "haemoglobin (SpHb)",
            Name.PLETH_VARIABILITY_INDEX: "PVI",
            Name.BASAL_METABOLISM: "basal metabolism",
            Name.SOFT_LEAN_MASS: "soft lean mass",
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
    doubtful="DOUBTFUL",
    typed="TYPED",
    no_value="no value",
    quality=MappingProxyType(
        {
            Quality.NAN: "measurement not possible",
            Quality.NRES: "beyond the device's resolution",
            Quality.POSITIVE_INFINITY: "above the scale",
            Quality.NEGATIVE_INFINITY: "below the scale",
            Quality.RESERVED: "value reserved by the device",
            Quality.MISSING: "not measured",
            Quality.IMPLAUSIBLE: "implausible value",
            Quality.BODY_MOVEMENT: "movement during the measurement",
            Quality.CUFF_LOOSE: "cuff too loose",
            Quality.IRREGULAR_PULSE: "irregular pulse, says the device",
            Quality.PULSE_OUT_OF_RANGE: "pulse beyond the device's limits",
            Quality.IMPROPER_POSITION: "wrong position",
            Quality.SENSOR_OFF: "sensor off",
            Quality.LOW_PERFUSION: "low perfusion",
            Quality.LOW_SIGNAL: "signal too weak",
            Quality.SEARCHING: "searching for the pulse",
            Quality.ARTIFACT: "disturbed signal",
            Quality.ABOVE_RANGE: "above the device's range",
            Quality.BELOW_RANGE: "below the device's range",
            Quality.SAMPLE_INSUFFICIENT: "drop too small",
            Quality.STRIP_ERROR: "change the strip",
            Quality.AMBIENT_TEMPERATURE: "device too warm or too cold",
            Quality.INTERRUPTED: "measurement interrupted",
            Quality.DEVICE_FAULT: "fault of the device",
            Quality.BATTERY_LOW: "device's battery low",
            Quality.DEVICE_CLOCK_UNSET: "device's clock not set",
            Quality.FROM_STORAGE: "read from the device's memory",
            Quality.UNAUTHENTICATED: "device unknown to the cart",
            Quality.DEMONSTRATION: "the device's demonstration",
            Quality.TEST_DATA: "the device's test data",
            Quality.TYPED: "typed by hand",
            Quality.CONFIRMED: "unusual, confirmed by whoever typed it",
        }
    ),
    age="{} before this report",
    clock="time to be checked",
    by="by {}",
    room_air="room air",
    acvpu=MappingProxyType(
        {
            Consciousness.ALERT: "A, alert",
            Consciousness.CONFUSED: "C, new confusion",
            Consciousness.VOICE: "V, responds to voice",
            Consciousness.PAIN: "P, responds to pain",
            Consciousness.UNRESPONSIVE: "U, unresponsive",
        }
    ),
    decimal_point=".",
)

_PICTURES: Final = Pictures(
    heading="Photos",
    reduced="Pictures made smaller for this document; the originals are with the images.",
    intimate="Intimate photo: it is not shown here, see the images.",
    unreadable="Photo that cannot be read on the cart.",
    site_unknown="Part of the body not told",
    sides=MappingProxyType({Side.RIGHT: "the person's right", Side.LEFT: "the person's left"}),
    views=MappingProxyType(
        {
            View.OVERVIEW: "overview",
            View.CLOSE_UP: "close-up",
            View.DERMOSCOPY: "dermoscopy",
            View.OTOSCOPY: "otoscopy",
        }
    ),
    blurred="blurred",
    dark="too dark",
    bright="overexposed",
    sounds="Sounds recorded: {}; they are with the images.",
    sites_in_english=True,
)

_ECG: Final = Ecg(
    heading="ECG",
    recorded="Recorded on {}, {}",
    scale="{} mm/s   {} mm/mV   from {} to {} s   {} Hz",
    print_it="Print at 100 %: a large square is 5 mm.",
    no_reading="Trace as it was recorded, not filtered by the cart, without interpretation.",
    absent="not recorded",
    unscaled="without scale, not drawn",
    beware="Beware: {}",
    leaves_paper="the trace leaves the paper: {}",
    cut="only the first {} seconds of {} are shown",
)

_PEOPLE: Final = People(
    heading="Who took part",
    bedside="At the bedside",
    asked="Opinion asked of",
    answered="Answered",
    treating="Treating doctor",
    nobody="Nobody was signed in at the cart.",
    rpps="RPPS {}",
    call="Teleconsultation on {} until {}, {}",
    call_alone="Call on {}, {}: nobody joined",
    call_doctor="The doctor was let in at the bedside; the cart does not know who it was.",
    note_heading="The specialist's note",
    note_by="{}, on {}",
    note_unnamed="The doctor let in at the bedside, whom the cart does not know",
    consent="Consent",
    no_consent="No consent is recorded for this act.",
    said_at_bedside="Consent taken at the bedside before the act",
    basis=MappingProxyType(
        {
            Basis.PERSON: "the person herself or himself",
            Basis.ASSISTED: "the person, assisted by {}",
            Basis.REPRESENTATIVE: "authorisation of the legal representative, {}",
            Basis.CONSULTED: "the person cannot say; consulted: {}",
            Basis.EMERGENCY: "emergency, will unobtainable",
            Basis.REFUSAL: "REFUSED by the person",
        }
    ),
    scope=MappingProxyType({Scope.ACT: "for this act", Scope.STANDING: "until withdrawn"}),
    collected="taken on {} by {}",
    withdrawn="WITHDRAWN on {}",
    incidents="Technical incidents",
    no_incident="No technical incident noticed by the cart.",
    mishaps=MappingProxyType(
        {
            Mishap.CALL_FAILED: "Call broken off by a failure: {}",
            Mishap.CALL_ALONE: "Call that nobody joined: {}",
            Mishap.UNDONE: "Items undone at the bedside, not in this report: {}",
            Mishap.NOT_UNDERSTOOD: "Frames of devices that came and were not understood, kept: {}",
            Mishap.CLOCK: "Items taken while the cart's clock was not known to be right: {}",
            Mishap.GONE: "Items that are not on the cart any more: {}",
            Mishap.STORE: "Damage to the cart's storage meanwhile: {}",
            Mishap.UNREADABLE: "Files that cannot be read, not in this report: {}",
        }
    ),
)

_SLIP: Final = Slip(
    title="For the billing",
    bills_nothing="The cart bills nothing: this page gathers what the doctor enters in software of her own.",
    act="Act",
    opinion_act="Opinion at a distance (télé-expertise), {}",
    call_act="Teleconsultation",
    no_act="Neither opinion nor teleconsultation in this encounter: nothing to bill.",
    asked_on="Asked on",
    answered_on="Answered on",
    not_answered="no answer came",
    began="Begun",
    ended="Ended",
    lasted="Lasted",
    patient="Patient",
    requester="Asked by",
    performer="Doctor consulted",
    treating="Treating doctor",
    place="House",
    finess="FINESS",
    illness="Long-term illness (ALD)",
    unknown="not known",
    not_recorded="not recorded by the cart: to be filled in",
)

ENGLISH: Final = Words(
    language="en",
    pdf_language="en-GB",
    page=_PAGE,
    who=_WHO,
    opinions=_OPINIONS,
    vitals=_VITALS,
    pictures=_PICTURES,
    ecg=_ECG,
    people=_PEOPLE,
    slip=_SLIP,
    day="%d %b %Y",
    days="{} d",
    colon=":",
)
