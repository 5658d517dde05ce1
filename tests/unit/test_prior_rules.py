"""Whose an object is, and what may stand in a link: rules without a machine (H1, H2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from edge import settings
from edge.acquire.call import Call, CallState
from edge.domain.consent import Basis, Consent, Scope
from edge.domain.fault import Fault
from edge.domain.patient import IdentityStatus
from edge.domain.prior import Claimed, Doubt, Prior, PriorKind, doubt, link, newest_first
from edge.door import messages as m, sight
from tests.items import PATIENT

MINE = Claimed(PATIENT.id, PATIENT.issuer, "19310203")
LINK = "https://imagerie.example.org/?ipp={ipp}&chez={issuer}"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"patient_id": ""}, Doubt.IDENTIFIER),
        ({"patient_id": "IPP-0043"}, Doubt.IDENTIFIER),
        ({"patient_id": "ipp-0042"}, Doubt.IDENTIFIER),
        ({"issuer": ""}, Doubt.ISSUER),
        ({"issuer": "CHU"}, Doubt.ISSUER),
        ({"birth_date": ""}, Doubt.BIRTH_DATE),
        ({"birth_date": "19310302"}, Doubt.BIRTH_DATE),
        ({"birth_date": "1931"}, Doubt.BIRTH_DATE),
    ],
)
def test_what_does_not_agree_or_is_not_said_is_somebody_else_s(changes: dict[str, str], why: Doubt | None) -> None:
    assert doubt(dataclasses.replace(MINE, **changes), PATIENT) is why


def test_an_issuer_that_is_said_is_never_overruled() -> None:
    assert doubt(dataclasses.replace(MINE, issuer=""), PATIENT, PATIENT.issuer) is None
    assert doubt(dataclasses.replace(MINE, issuer="CHU"), PATIENT, PATIENT.issuer) is Doubt.ISSUER


def test_every_value_of_a_link_is_encoded() -> None:
    strange = dataclasses.replace(PATIENT, id="A&b=c/../?#é %", issuer="EHPAD {ipp}")
    said = link(LINK, strange)
    assert said == "https://imagerie.example.org/?ipp=A%26b%3Dc%2F..%2F%3F%23%C3%A9%20%25&chez=EHPAD%20%7Bipp%7D"


@pytest.mark.hazard("H2", without="tests.controls_priors:any_ins_stands_in_a_link")
def test_the_ins_stands_in_a_link_only_where_it_is_qualified() -> None:
    template = "https://imagerie.example.org/{ins_oid}/{ins}"
    assert link(template, PATIENT) == "https://imagerie.example.org/1.2.250.1.213.1.4.8/255081416802538"
    for status in set(IdentityStatus) - {IdentityStatus.QUALIFIED}:
        assert link(template, dataclasses.replace(PATIENT, status=status)) is None
    assert link(template, dataclasses.replace(PATIENT, ins=None)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "http://imagerie.example.org/?ipp={ipp}",
        "javascript:alert({ipp})",
        "https://{ipp}.example.org/",
        "https:///?ipp={ipp}",
        "https://user@example.org/{ipp}",
        "https://example.org/{ipp!r}",
        "https://example.org/{ipp:>9}",
        "https://example.org/{ipp.__class__}",
        "https://example.org/{birth_name}",
        "https://example.org/{}",
        "https://example.org/{ipp",
        "https://example.org/\n{ipp}",
    ],
)
def test_a_link_that_is_wrong_is_told_when_the_settings_are_read(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    escaped = wrong.replace("\n", "\\n")
    file.write_text(f'[[portal]]\nname = "x"\nurl = "{escaped}"\n')
    with pytest.raises(Fault) as caught:
        settings.read(file)
    assert "portal" in caught.value.what


def test_priors_name_a_far_end_that_there_is(tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text('[priors]\nsource = "region"\n')
    with pytest.raises(Fault, match="region"):
        settings.read(file)
    file.write_text('[[dicomweb]]\nname = "region"\nurl = "https://pacs.example.org"\n[priors]\nsource = "region"\n')
    assert settings.read(file).priors.source == "region"


@pytest.mark.parametrize("line", ["most_mb = 0", "seconds = 0.5", "days = 0", 'modalities = ["x"]', "modalities = []"])
def test_budgets_that_are_none_are_told(line: str, tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text(f"[priors]\n{line}\n")
    with pytest.raises(Fault):
        settings.read(file)


AGREED = (Consent("k-1", "P1", Basis.PERSON, Scope.STANDING, dt.datetime(2026, 11, 22, tzinfo=dt.UTC), None),)


@pytest.mark.parametrize("state", CallState)
def test_a_link_is_for_the_doctor_of_an_admitted_call_and_for_nobody_else(state: CallState) -> None:
    bedside = m.Snapshot(cart="B", demo=False, clock="", encounter_id="e-1")
    portals = (m.PortalCard(name="Imagerie", url="https://imagerie.example.org/"),)
    said = sight.for_media(bedside, Call("c-1", "e-1", state), AGREED, portals)
    assert bedside.portals == ()
    assert said.portals == (portals if state in {CallState.ADMITTED, CallState.CONNECTED} else ())
    assert sight.for_media(bedside, Call("c-1", "e-2", state), AGREED, portals).portals == ()


def test_what_tells_no_date_comes_last() -> None:
    days = ["", "2026-09-01", "2026-09-02T10:00:00+02:00", "2026-09-02T07:00:00+00:00", "soon"]
    listed = [Prior(day, PriorKind.PHOTO, day, "") for day in days]
    assert [one.id for one in newest_first(listed)] == [days[2], days[3], days[1], "", "soon"]
