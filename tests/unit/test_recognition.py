"""Whose is a code: proposed where exactly one resident fits, and never guessed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.patient import IdentityStatus, Ins, Patient, Sex
from edge.domain.recognition import Match, Recognised, ScannedIdentity, by_identifier, by_identity, is_another, plain
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests.unit.test_attendance import SetClock

INS = Ins("255081416802538", "1.2.250.1.213.1.4.8")
SCANNED = ScannedIdentity(INS, ("ANNE", "MARIE"), "D HERMITE", Sex.FEMALE, dt.date(1955, 8, 22), "14168")
WITH_INS = Patient(
    "0214",
    "EHPAD",
    "d'Hermite",
    "Anne Marie",
    SCANNED.birth_date,
    Sex.FEMALE,
    "214",
    IdentityStatus.QUALIFIED,
    ins=INS,
)
WITHOUT = dataclasses.replace(WITH_INS, id="0215", ins=None, status=IdentityStatus.VALIDATED)
OTHER = dataclasses.replace(WITHOUT, id="0216", birth_name="PETIT")


def test_a_local_identifier_is_somebodys_or_nobodys() -> None:
    assert by_identifier(" 0214\r\n", [WITH_INS, OTHER]) == Recognised(Match.IDENTIFIER, "0214")
    assert by_identifier("021", [WITH_INS, OTHER]) == Recognised(Match.NOBODY)
    assert by_identifier("", [WITH_INS]) == Recognised(Match.NOBODY)


def test_the_matricule_finds_its_resident() -> None:
    assert by_identity(SCANNED, [OTHER, WITH_INS]) == Recognised(Match.INS, "0214")


@pytest.mark.hazard("H2", without="tests.controls_ins:the_matricule_alone_is_believed")
def test_a_matricule_whose_traits_are_anothers_finds_nobody() -> None:
    for other in (
        dataclasses.replace(WITH_INS, birth_date=dt.date(1955, 8, 23)),
        dataclasses.replace(WITH_INS, sex=Sex.MALE),
    ):
        assert by_identity(SCANNED, [other]) == Recognised(Match.CONTRADICTION)


def test_without_a_matricule_the_strict_traits_find_one() -> None:
    assert by_identity(SCANNED, [OTHER, WITHOUT]) == Recognised(Match.TRAITS, "0215")
    assert by_identity(SCANNED, [OTHER]) == Recognised(Match.NOBODY)


def test_homonyms_are_several_and_somebody_with_another_matricule_is_somebody_else() -> None:
    twin = dataclasses.replace(WITHOUT, id="0217")
    assert by_identity(SCANNED, [WITHOUT, twin]) == Recognised(Match.SEVERAL)
    known = dataclasses.replace(twin, ins=Ins("269054958815780", INS.oid))
    assert by_identity(SCANNED, [WITHOUT, known]) == Recognised(Match.TRAITS, "0215")
    assert by_identity(SCANNED, [known]) == Recognised(Match.NOBODY)


@pytest.mark.hazard("H2", without="tests.controls_ins:near_is_near_enough")
def test_of_ten_thousand_near_twins_none_is_taken_for_another() -> None:
    """Each differs from the scanned person in exactly one strict trait."""
    choose = random.Random(4)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for number in range(10_000):
        name, given = "D HERMITE", "ANNE MARIE"
        born, sex = SCANNED.birth_date, Sex.FEMALE
        match number % 4:
            case 0:
                place = choose.choice([0, *range(2, len(name))])
                name = name[:place] + choose.choice(letters.replace(name[place], "")) + name[place + 1 :]
            case 1:
                given = choose.choice(letters.replace("A", "")) + given[1:]
            case 2:
                born += dt.timedelta(days=choose.choice([-365, -31, -1, 1, 31, 365]))
            case _:
                sex = Sex.MALE
        near = dataclasses.replace(WITHOUT, birth_name=name, given_names=given, birth_date=born, sex=sex)
        assert by_identity(SCANNED, [near]) == Recognised(Match.NOBODY)


@pytest.mark.parametrize(
    ("name", "as_written"),
    [
        ("d'Hermite", "D HERMITE"),
        ("L'Œuvre-Æsop", "L OEUVRE AESOP"),
        ("  NOËL--Élodie ", "NOEL ELODIE"),
        ("Müller", "MULLER"),
        ("Çelik", "CELIK"),
    ],
)
def test_names_are_compared_as_the_national_identity_writes_them(name: str, as_written: str) -> None:
    assert plain(name) == as_written


@pytest.mark.parametrize(
    ("changed", "another"),
    [
        ({"birth_name": "PETIT"}, False),
        ({"birth_name": "PETIT", "given_names": "Odette"}, False),
        ({"birth_date": dt.date(1935, 11, 19), "given_names": "Odette"}, False),
        ({"birth_date": dt.date(1935, 11, 19), "birth_name": "PETIT"}, False),
        ({"birth_date": dt.date(1935, 11, 19), "birth_name": "PETIT", "given_names": "Odette"}, True),
        ({"birth_date": dt.date(1935, 11, 19), "birth_name": "D'HERMITE", "given_names": "ANNE"}, False),
    ],
)
def test_a_correction_is_told_from_another_person(changed: dict[str, str], another: bool) -> None:
    assert is_another(WITH_INS, dataclasses.replace(WITH_INS, **changed)) == another  # type: ignore[arg-type]


@pytest.mark.hazard("H1", without="tests.controls_ins:an_identifier_is_whoever_has_it_now")
async def test_an_identifier_of_whom_something_was_captured_becomes_nobody_elses(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    clock = SetClock()
    other = dataclasses.replace(WITHOUT, birth_date=dt.date(1935, 11, 19), birth_name="PETIT", given_names="Odette")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        await ledger.put_residents([WITHOUT], clock.now())
        await ledger.put_residents([other], clock.now())  # nothing was captured yet: the list was wrong
        await ledger.put_residents([WITHOUT], clock.now())
        await ledger.open_encounter(WITHOUT.id, clock.now())
        with pytest.raises(Fault) as raised:
            await ledger.put_residents([dataclasses.replace(WITH_INS, room="9"), other], clock.now())
        assert raised.value.reason is Reason.NOT_ALLOWED
        assert "PETIT" not in str(raised.value)
        assert await ledger.patients() == [WITHOUT]
