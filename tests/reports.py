"""A report of an invented encounter with one of everything, for tests and for looking at."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from edge.domain.answer import Answer, AnswerKind
from edge.domain.body import InMemory
from edge.domain.body_site import BodySite, Side
from edge.domain.consent import Basis, Consent, Scope
from edge.domain.dossier import Document, DocumentRole, Situation
from edge.domain.item import Item
from edge.domain.measurement import Component, Instant, Kind, Name, Quality, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import Addressee, Gap, Missing, Opinion, Question, Specialty, Urgency
from edge.domain.patient import Doctor, Patient, Protection
from edge.domain.photo import Photo, View
from edge.domain.quantity import Quantity, Unit
from edge.domain.report import (
    Asked,
    EncounterReport,
    House,
    Incident,
    Mishap,
    Part,
    Participant,
    Picture,
    Taken,
    Talk,
    Trace,
    Value,
)
from edge.domain.typed import BY_HAND
from edge.domain.waveform import Waveform
from tests import items

PARIS = dt.timezone(dt.timedelta(hours=1))
HOUSE = House(
    "EHPAD Les Tilleuls",
    finess="380012345",
    station="Borne 1",
    software="0.1.0",
    issuer="EHPAD Les Tilleuls",
    issuer_oid="1.2.250.1.999.1",
    zone=PARIS,
)
NURSE = Operator("Camille LEROY", "10003456789")
SPECIALIST = Operator("Dr Anne MOREL", "10001234567")
PATIENT = dataclasses.replace(
    items.PATIENT,
    allergies=("pénicilline", "latex"),
    treating_doctor=Doctor("Dr Jean ROUX", "10009876543"),
    long_term_illness=True,
)


def taken(item: Item, minutes: float = 0, operator: Operator | None = NURSE, *, trusted: bool = True) -> Taken:
    at = Instant(items.OPENED + dt.timedelta(minutes=minutes), "boot", 1, clock_trusted=trusted)
    return Taken(item.id, at, item.device, operator)


def value(kind: Kind, minutes: float, *components: Component, quality: tuple[Quality, ...] = ()) -> Value:
    reading = Reading(kind, components, b"", quality=quality)
    device = BY_HAND if Quality.TYPED in quality else items.CUFF
    return Value(taken(items.item(kind, reading, device), minutes), reading)


def part(name: Name, number: str | None, unit: Unit, *quality: Quality) -> Component:
    return Component(name, None if number is None else Quantity(Decimal(number), unit), quality)


def of_item(made: Item, minutes: float = 0) -> Value:
    assert isinstance(made.payload, Reading)
    return Value(taken(made, minutes), made.payload)


def values() -> tuple[Value, ...]:
    return (
        of_item(items.blood_pressure(), 3),
        of_item(items.spo2(), 4),
        value(
            Kind.SPO2,
            5,
            part(Name.SPO2, "88", Unit.PERCENT, Quality.LOW_PERFUSION),
            part(Name.PULSE_RATE, None, Unit.PER_MINUTE, Quality.SEARCHING),
            quality=(Quality.BODY_MOVEMENT,),
        ),
        value(Kind.TEMPERATURE, -150, part(Name.TEMPERATURE, "37.85", Unit.CELSIUS), quality=(Quality.FROM_STORAGE,)),
        value(Kind.RESPIRATION, 6, part(Name.RESPIRATORY_RATE, "22", Unit.PER_MINUTE), quality=(Quality.TYPED,)),
        value(Kind.CONSCIOUSNESS, 6, part(Name.CONSCIOUSNESS, "1", Unit.ACVPU), quality=(Quality.TYPED,)),
        value(Kind.OXYGEN, 6, part(Name.OXYGEN_FLOW, "0", Unit.LITRE_PER_MINUTE), quality=(Quality.TYPED,)),
        value(Kind.PAIN, 7, part(Name.ALGOPLUS, "3", Unit.SCORE), quality=(Quality.TYPED,)),
        value(
            Kind.GLUCOSE,
            8,
            part(Name.GLUCOSE, "3.9", Unit.GRAM_PER_LITRE),
            quality=(Quality.TYPED, Quality.CONFIRMED),
        ),
        value(
            Kind.WEIGHT,
            9,
            part(Name.WEIGHT, "58.4", Unit.KILOGRAM),
            part(Name.BMI, "22.8", Unit.KILOGRAM_PER_SQUARE_METRE),
        ),
    )


def picture(
    jpeg: bytes,
    view: View = View.CLOSE_UP,
    site: BodySite | None = None,
    side: Side | None = None,
    sharpness: float = 140.0,
) -> Picture:
    made = items.photo(jpeg, view)
    assert isinstance(made.payload, Photo)
    photo = dataclasses.replace(made.payload, jpeg=b"", site=site, side=side, sharpness=sharpness)
    return Picture(taken(made, 10), photo, InMemory(jpeg))


def report(
    patient: Patient = PATIENT, *, photos: tuple[Picture, ...] = (), waveform: Waveform | None = None
) -> EncounterReport:
    asked = Opinion(
        Specialty.DERMATOLOGY,
        Question.CONDUCT,
        Urgency.SOON,
        consent=True,
        addressee=Addressee("CHU, dermatologie", SPECIALIST.rpps),
        attached=("a", "b", "c"),
        gaps=(Gap(Missing.BLURRED, "a"),),
        situation=Situation.LESION,
        documents=(Document(DocumentRole.DLU, "00", items.OPENED),),
        absent=(DocumentRole.DIRECTIVES,),
    )
    request = items.item(Kind.OPINION, asked)
    call = items.OPENED + dt.timedelta(minutes=20)
    made = Instant(items.OPENED + dt.timedelta(minutes=45), "boot", 1, clock_trusted=True)
    ecg = items.ecg(waveform)
    return EncounterReport(
        number="0198f0c2-5b1e-7cc0-8000-00000000002a",
        made=made,
        patient=patient,
        encounter=request.encounter,
        closed=made.utc,
        values=values(),
        traces=(Trace(taken(ecg, 12), ecg.payload),) if isinstance(ecg.payload, Waveform) else (),
        pictures=photos,
        sounds=1,
        asked=(Asked(taken(request, 14), asked),),
        answers=(
            Answer(
                "mailbox 17",
                request.id,
                AnswerKind.REPORT,
                SPECIALIST,
                items.OPENED + dt.timedelta(minutes=40),
                "Escarre talonnière de stade 2, surface ≈ 4 cm². Pansement hydrocellulaire, décharge du talon.\n"
                "Température ≥ 38,5 °C ou extension de la rougeur : rappeler le jour même.",
                acknowledged=items.OPENED + dt.timedelta(minutes=43),
                acknowledged_by=NURSE,
            ),
        ),
        talks=(Talk("call-1", call, call, call, call + dt.timedelta(minutes=11)),),
        consents=(
            Consent(
                "c1",
                patient.id,
                Basis.REPRESENTATIVE,
                Scope.ACT,
                items.OPENED,
                NURSE,
                other="Mme Hélène DŒUVRE, fille et tutrice",
                document_id="d1",
                act_id=request.id,
            ),
        ),
        participants=(
            Participant(NURSE, Part.BEDSIDE),
            Participant(Operator("CHU, dermatologie", SPECIALIST.rpps), Part.ASKED),
            Participant(SPECIALIST, Part.ANSWERED),
        ),
        incidents=(Incident(Mishap.UNDONE, 2), Incident(Mishap.NOT_UNDERSTOOD, 1)),
    )


LONG = dataclasses.replace(
    PATIENT,
    birth_name="DE LA ROCHEFOUCAULD-MONTMORENCY D'ESTRÉES",
    used_name="VAN DER STRAETEN-PONTHOZ DE SAINT-CHRISTOPHE",
    given_names="MARIE-ANTOINETTE JOSÉPHINE WILHELMINE ÉLÉONORE",
    ins=None,
    status=items.OTHER_PATIENT.status.PROVISIONAL,
    allergies=None,
    protection=Protection.GUARDIANSHIP,
    representative="Association tutélaire des Alpes du Nord, M. Dupont-Grandjean, 04 76 00 00 02",
    long_term_illness=None,
    treating_doctor=None,
)
