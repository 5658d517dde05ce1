"""Every resource that leaves the cart, against a kept FHIR library, the strict endpoint's rules and the French profiles."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from edge.domain.item import Item, Report
from edge.domain.measurement import NEVER_A_PATIENT, VITAL_SIGNS, Component, Kind, Name, Quality, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import Addressee, Evidence, Gap, Missing, Opinion, Question, Specialty, Urgency
from edge.domain.patient import IdentityStatus, Ins, Patient
from edge.domain.quantity import Quantity, Unit
from edge.domain.typed import BY_HAND
from firmware_stubs import fhir_rules
from sync.fhir import canonical, terms
from sync.fhir.bundle import bundle, opened
from tests import fhir_profiles, items, reports

BORN = dataclasses.replace(items.PATIENT, birth_place="29019")
RESIDENTS = {
    "qualified": BORN,
    "without birthplace": items.PATIENT,
    "nia": dataclasses.replace(BORN, ins=Ins("255081416802538", "1.2.250.1.213.1.4.9")),
    "provisional": dataclasses.replace(BORN, status=IdentityStatus.PROVISIONAL),
    "validated": dataclasses.replace(BORN, status=IdentityStatus.VALIDATED),
    "nothing more": dataclasses.replace(
        BORN, ins=None, used_name=None, birth_place="", status=IdentityStatus.PROVISIONAL
    ),
}
_UNITS = {Name.TEMPERATURE: Unit.CELSIUS, Name.HEIGHT: Unit.METRE, Name.GLUCOSE: Unit.MILLIMOLE_PER_LITRE}


def measured(kind: Kind, *quality: Quality, empty: bool = False) -> Item:
    """With every value that is ever sent."""
    parts = [
        Component(
            name, None if empty else Quantity(Decimal(3), _UNITS.get(name, term.unit)), (Quality.NAN,) if empty else ()
        )
        for name, term in terms.TERMS.items()
    ]
    made = items.item(kind, Reading(kind, tuple(parts), b"", quality=quality))
    return dataclasses.replace(made, operator=Operator("Camille LEROY", "10003456789"), serial_number="A-12")


def typed(kind: Kind) -> Item:
    return dataclasses.replace(measured(kind, Quality.TYPED), device=BY_HAND, operator=Operator("Awa DIALLO"))


def request() -> Item:
    asked = Opinion(
        Specialty.DERMATOLOGY,
        Question.CONDUCT,
        Urgency.EMERGENCY,
        consent=False,
        addressee=Addressee("Dr Anne MOREL", "10001234567"),
        gaps=(Gap(Missing.PHOTO),),
        evidence=(
            Evidence("a", Kind.SPO2, items.OPENED, "1.2.3", "1.2.3.4"),
            Evidence("b", Kind.PHOTO, items.OPENED, "1.2.3", "1.2.3.5"),
        ),
    )
    return dataclasses.replace(items.item(Kind.OPINION, asked), operator=Operator("Camille LEROY", "10003456789"))


def written_report(*, replaces: str = "") -> Item:
    content = reports.report(items.PATIENT)
    return items.item(Kind.REPORT, Report("fr", replaces=replaces, content=content))


def superseded_report() -> Item:
    content = dataclasses.replace(reports.report(items.PATIENT), superseded=True)
    return items.item(Kind.REPORT, Report("fr", content=content))


KINDS: dict[str, Callable[[], Item]] = {
    **{kind.value: lambda kind=kind: measured(kind) for kind in sorted(VITAL_SIGNS)},
    **{f"{kind.value} typed": lambda kind=kind: typed(kind) for kind in sorted(VITAL_SIGNS)},
    **{f"{kind.value} without values": lambda kind=kind: measured(kind, empty=True) for kind in sorted(VITAL_SIGNS)},
    "blood pressure in error": lambda: dataclasses.replace(items.blood_pressure(), entered_in_error=True),
    "request": request,
    "report": written_report,
    "report that replaces one": lambda: written_report(replaces="0198f0c2-5b1e-7cc0-8000-00000000002a"),
    "report that is superseded": superseded_report,
    "report in error": lambda: dataclasses.replace(written_report(), entered_in_error=True),
}


def resources(item: Item) -> list[dict[str, Any]]:
    return [json.loads(canonical.encode(one)) for one in opened(bundle(item, house=reports.HOUSE))]


def check(item: Item) -> None:
    Bundle.model_validate_json(bundle(item, house=reports.HOUSE))
    for one in resources(item):
        assert list(fhir_rules.issues(one)) == []
        assert fhir_profiles.broken(one) == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_everything_that_is_sent_is_r4_and_of_its_profile(kind: str) -> None:
    check(KINDS[kind]())


@pytest.mark.parametrize("who", list(RESIDENTS))
def test_every_resident_is_r4_and_of_the_profile_that_is_claimed(who: str) -> None:
    check(items.of(items.spo2(), RESIDENTS[who]))


@pytest.mark.parametrize("quality", [quality for quality in Quality if quality not in NEVER_A_PATIENT])
def test_every_quality_makes_valid_resources(quality: Quality) -> None:
    check(measured(Kind.GLUCOSE, quality))


@pytest.mark.parametrize("kind", list(fhir_rules.RESOURCES))
def test_the_rules_of_the_strict_endpoint_name_the_elements_that_the_library_names(kind: str) -> None:
    """R4B, which is R4 for these. Timing is none of what a cart sends."""
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    named = {field.alias or name for name, field in model.model_fields.items()}
    named = {name for name in named if not name.startswith("_")} - {"fhir_comments", "resourceType", "resource_type"}
    ours, _ = fhir_rules.elements(kind)
    assert named - ours <= {"effectiveTiming", "occurrenceTiming"}
    assert ours <= named


def _without(path: str) -> Callable[[list[dict[str, Any]]], object]:
    def change(found: list[dict[str, Any]]) -> None:
        *way, last = path.split(".")
        at: Any = found
        for name in way:
            at = at[int(name)] if name.isdigit() else at[name]
        del at[int(last) if last.isdigit() else last]

    return change


@pytest.mark.parametrize(
    "path",
    [
        "0.identifier.0.system",
        "0.name.0.given",
        "0.extension.1",
        "0.identifier.1",
        "0.meta.profile.1",
        "1.component.0",
        "1.component.0.valueQuantity.code",
        "1.device.reference",
    ],
)
def test_the_french_checks_see_what_is_missing(path: str) -> None:
    found = resources(items.of(items.blood_pressure(), BORN))
    assert [fhir_profiles.broken(one) for one in found] == [[]] * len(found)
    _without(path)(found)
    with pytest.raises((AssertionError, KeyError)):
        assert [fhir_profiles.broken(one) for one in found] == [[]] * len(found)


def test_who_asks_and_measures_is_the_same_person_everywhere() -> None:
    observation, asked = resources(measured(Kind.SPO2))[1], resources(request())[1]
    assert observation["performer"] == [asked["requester"]]


def test_the_patient_of_every_kind_is_the_same_resource() -> None:
    def patient(item: Item) -> dict[str, Any]:
        return resources(item)[0]

    who: Patient = items.PATIENT
    assert patient(items.of(items.spo2(), who)) == patient(written_report()) == patient(request())
