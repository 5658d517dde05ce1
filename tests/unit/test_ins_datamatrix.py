"""The Data Matrix of the INS: payloads typed by hand after the ANS's page, and one of another implementation's tests."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import sys

import pytest
from hypothesis import example, given, strategies as st

from drivers.codec.ins_datamatrix import NotAnIdentity, parse
from edge.domain import ins
from edge.domain.patient import Ins, Sex
from edge.domain.recognition import ScannedIdentity

TODAY = dt.date(2026, 11, 22)
HEAD = "IS010000000000000000000000"
NIR = "S21.2.250.1.213.1.4.8\x1d"

# the number in the documentation of the French numbering (INSEE), whose key is 38
BERTHIER = f"{HEAD}S1255081416802538{NIR}S3ALAIN FRANCOIS\x1dS4D'ARTAGNAN--L HERMITE\x1dS5FS622-08-1955S714168"

# OpenXtrem/mediboard, its own test of a Data Matrix of the INS: order and GS are right, matricule and OID are invented
MEDIBOARD = (
    "IS010000000000000000000000S1123549685274612S225978456325481569525S3TEST1 TEST2 TEST\x1dS4DATAMATRIXTEST\x1d"
    "S5MS631-08-2021S717000"
)

# zxing/zxing, HighLevelEncodeTestCase.testPadding, with GS for its blanks: the name stands last, and the key is invented
ZXING = (
    "IS010000000000000000000000S1118058599124123S21.2.250.1.213.1.4.8\x1dS3FIRST NAMETEST\x1dS5MS618-06-1985S713201"
    "S4LASTNAMETEST"
)


def wrong(text: str, *, allow_test: bool = False) -> dict[str, str]:
    with pytest.raises(NotAnIdentity) as raised:
        parse(text, TODAY, allow_test=allow_test)
    return {one.field: one.reason for one in raised.value.wrong}


def test_all_fields_of_a_code() -> None:
    assert parse(BERTHIER, TODAY) == ScannedIdentity(
        ins=Ins("255081416802538", "1.2.250.1.213.1.4.8"),
        birth_given_names=("ALAIN", "FRANCOIS"),
        birth_name="D'ARTAGNAN--L HERMITE",
        sex=Sex.FEMALE,
        birth_date=dt.date(1955, 8, 22),
        birth_place="14168",
    )


@pytest.mark.parametrize("end", ["", "\r\n", "\n", "\r"])
def test_what_readers_make_of_a_code(end: str) -> None:
    assert parse(BERTHIER.replace("\x1d", "<GS>") + end, TODAY) == parse(BERTHIER, TODAY)


def test_the_birthplace_may_be_absent_and_fields_stand_in_any_order() -> None:
    last = f"{HEAD}S1255081416802538{NIR}S3ALAIN\x1dS5FS622-08-1955S4MARTIN"
    found = parse(last, TODAY)
    assert (found.birth_name, found.birth_place, found.warnings) == ("MARTIN", None, ())


def test_frames_of_others() -> None:
    assert wrong(MEDIBOARD) == {
        "matricule": "its check digits do not fit",
        "oid": "not an authority of the INS",
        "birth_given_names": "not in capitals without accents, or a field before it is not closed",
    }
    assert wrong(ZXING) == {"matricule": "its check digits do not fit"}


def test_names_of_full_length_are_closed_by_their_length() -> None:
    name = "A" * 100
    full = f"{HEAD}S1255081416802538{NIR}S3{name}S4{name}S5FS622-08-1955"
    assert parse(full, TODAY).birth_given_names == (name,)
    closed = full.replace(f"{name}S4", f"{name}\x1dS4")
    assert wrong(closed) == {"birth_given_names": "closed by GS, although it has its full length"}


def test_an_oid_of_twenty_characters_has_no_gs() -> None:
    of_test = BERTHIER.replace(NIR, "S21.2.250.1.213.1.4.10")
    assert parse(of_test, TODAY, allow_test=True).warnings == ("a matricule of test or demonstration",)
    assert wrong(of_test.replace("4.10", "4.10\x1d"), allow_test=True)["oid"] == (
        "closed by GS, although it has its full length"
    )


@pytest.mark.hazard("H7", without="tests.controls_ins:a_matricule_of_test_is_somebodys")
@pytest.mark.parametrize("authority", sorted(ins.OF_NOBODY))
def test_a_matricule_that_is_nobodys_is_refused(authority: str) -> None:
    text = BERTHIER.replace(NIR, f"S2{authority}")
    assert wrong(text) == {"oid": "of test or demonstration: nobody's identity"}


@pytest.mark.parametrize(
    ("before", "after", "field", "reason"),
    [
        ("S1255081416802538", "S1255081416802537", "matricule", "check digits"),
        ("S1255081416802538", "S125508141680253", "matricule", "not 13 characters"),
        ("S1255081416802538", "S1255081416802538\x1d", "matricule", "closed by GS"),
        ("4.8", "4.7", "oid", "not an authority"),
        ("\x1dS3", "S3", "oid", "not an authority"),
        ("S3ALAIN FRANCOIS\x1d", "S3\x1d", "birth_given_names", "empty"),
        ("S3ALAIN FRANCOIS\x1d", "", "birth_given_names", "missing"),
        ("ALAIN FRANCOIS", "ALAIN  FRANCOIS", "birth_given_names", "two blanks"),
        ("ALAIN FRANCOIS", "Alain", "birth_given_names", "not in capitals"),
        ("ALAIN FRANCOIS", "-ALAIN", "birth_given_names", "not in capitals"),
        ("S5F", "S5X", "sex", "neither M nor F"),
        ("22-08-1955", "30-02-1955", "birth_date", "not a day"),
        ("22-08-1955", "1955-08-22", "birth_date", "not a day"),
        ("22-08-1955", "22-08-2027", "birth_date", "in the future"),
        ("22-08-1955", "22-08-1755", "birth_date", "too long ago"),
        ("S714168", "S71416", "birth_place", "cut short"),
        ("S714168", "S72C168", "birth_place", "not an INSEE code"),
        ("S714168", "S714168S5F", "sex", "twice"),
        ("S714168", "S714168S9X", "payload", "unknown field"),
        ("S714168", "S714168\x1d", "birth_place", "closed by GS"),
        ("IS01", "IS02", "payload", "version 01"),
        ("IS01", "DC04", "payload", "version 01"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(before: str, after: str, field: str, reason: str) -> None:
    assert before in BERTHIER
    assert reason in wrong(BERTHIER.replace(before, after, 1))[field]


def test_the_last_field_is_not_closed() -> None:
    text = f"{HEAD}S1255081416802538{NIR}S3ALAIN\x1dS5FS622-08-1955S4MARTIN\x1d"
    assert wrong(text) == {"birth_name": "closed by GS, although nothing follows"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = wrong(f"{HEAD}S1255081416802537S21.2.3\x1dS3x\x1dS4\x1dS5ZS600-00-0000")
    assert set(found) == {"matricule", "oid", "birth_given_names", "birth_name", "sex", "birth_date"}


def test_what_is_wrong_repeats_nothing_of_the_person() -> None:
    found = wrong(f"{HEAD}S1255081416802537{NIR}S3Alain\x1dS4Martin\x1dS5FS622-08-1955")
    assert not any(secret in json.dumps(found) for secret in ("25508", "Alain", "Martin", "1955"))


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        ("S5F", "S5M", "other sex"),
        ("22-08-1955", "22-08-1956", "another year"),
        ("22-08-1955", "22-09-1955", "another month"),
    ],
)
def test_traits_that_contradict_the_matricule_are_a_warning(before: str, after: str, warning: str) -> None:
    (told,) = parse(BERTHIER.replace(before, after), TODAY).warnings
    assert warning in told


@pytest.mark.parametrize(
    ("matricule", "fits"),
    [
        ("255081416802538", True),  # the example that INSEE and the Sécurité sociale print
        ("269054958815780", True),  # the example of the French Wikipedia's page on the number
        # the key of Corsica, worked out by hand: 1 80 01 19 004 123 for 2A, ... 18 ... for 2B
        ("180012A00412343", True),
        ("280012B00412343", False),
        ("255081416802500", False),
        ("25508141680253", False),
        ("25508141680253A", False),
        ("٢55081416802538", False),
    ],
)
def test_check_digits(matricule: str, *, fits: bool) -> None:
    assert (ins.why_not(matricule) is None) == fits


@given(st.integers(0, 14), st.integers(0, 9))
def test_no_single_wrong_digit_goes_unseen(place: int, digit: int) -> None:
    right = "255081416802538"
    changed = right[:place] + str(digit) + right[place + 1 :]
    assert (ins.why_not(changed) is None) == (changed == right)


@example("\x1d" * 500)
@example(HEAD + "S3" * 200)
@given(st.text(st.characters(max_codepoint=0x2FF), max_size=600))
def test_any_text_is_an_identity_or_is_refused_with_a_reason(text: str) -> None:
    for tried in (text, HEAD + text, BERTHIER[: len(text)] + text):
        with contextlib.suppress(NotAnIdentity):
            assert ins.why_not(parse(tried, TODAY).ins.matricule) is None


def identity_parse(payload: bytes, *more: str) -> tuple[int, dict[str, object]]:
    ran = subprocess.run(
        [sys.executable, "-m", "edge.cli", "identity", "parse", "--json", *more],
        input=payload,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout)


def test_the_command_prints_the_traits() -> None:
    assert identity_parse(BERTHIER.encode()) == (
        0,
        {
            "matricule": "255081416802538",
            "oid": "1.2.250.1.213.1.4.8",
            "birth_given_names": ["ALAIN", "FRANCOIS"],
            "birth_name": "D'ARTAGNAN--L HERMITE",
            "sex": "F",
            "birth_date": "1955-08-22",
            "birth_place": "14168",
            "warnings": [],
        },
    )


def test_the_command_says_what_is_wrong() -> None:
    status, said = identity_parse(BERTHIER.replace("S5F", "S5X").encode())
    assert (status, said) == (1, {"errors": [{"field": "sex", "reason": "neither M nor F"}]})
    assert identity_parse("é".encode() * 2000)[0] == 1
    assert identity_parse(b"")[0] == 1


def test_the_command_takes_a_test_matricule_where_it_is_told_to() -> None:
    of_test = BERTHIER.replace(NIR, "S21.2.250.1.213.1.4.10").encode()
    assert identity_parse(of_test)[0] == 1
    assert identity_parse(of_test, "--allow-test")[0] == 0
