"""The staff list: its signature, its entries, what each profession may do, and how often a PIN is looked at."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge import staff_file
from edge.domain.fault import Fault, Reason
from edge.domain.staff import (
    MAY,
    PIN_DIGITS,
    WITHOUT_BADGE,
    Deed,
    Member,
    Role,
    StaffList,
    Tries,
    standing,
    still_to_wait,
    wait_after,
    why_not_pin,
)

SITE = "EHPAD Les Tilleuls"
LIST = """
site = "EHPAD Les Tilleuls"
number = 12
expires = 2026-12-31

[[user]]
id = "c.leroy"
name = "Camille LEROY"
role = "infirmier"
rpps = "10001234567"
badge = "04A2241A5C6180"

[[user]]
id = "a.diallo"
name = "Aïssatou DIALLO"
role = "aide-soignant"
code = "214"
until = 2026-11-30
"""
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def written(folder: Path, text: str = LIST, key: Ed25519PrivateKey = KEY) -> Path:
    path = folder / "staff.toml"
    path.write_text(text, encoding="utf-8")
    staff_file.signature_of(path).write_bytes(staff_file.sign(path.read_bytes(), key))
    return path


def refused(path: Path, public_key: str = PUBLIC, site: str = SITE) -> str:
    with pytest.raises(Fault) as raised:
        staff_file.read(path, public_key, site)
    assert raised.value.reason is Reason.SETTINGS
    return str(raised.value)


def test_a_signed_list_is_read(tmp_path: Path) -> None:
    assert staff_file.read(written(tmp_path), PUBLIC, SITE) == StaffList(
        SITE,
        12,
        dt.date(2026, 12, 31),
        (
            Member("c.leroy", "Camille LEROY", Role.NURSE, "10001234567", "04A2241A5C6180"),
            Member("a.diallo", "Aïssatou DIALLO", Role.CARE_ASSISTANT, code="214", until=dt.date(2026, 11, 30)),
        ),
    )


@pytest.mark.hazard("T16", without="tests.controls_staff:any_signature_will_do")
def test_a_list_that_the_site_did_not_sign_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(LIST.replace("aide-soignant", "admin"), encoding="utf-8")
    assert "signature" in refused(path)
    assert "signature" in refused(written(tmp_path, key=Ed25519PrivateKey.generate()))
    for nonsense in (b"", b"no base64!", b"AAAA"):
        staff_file.signature_of(path).write_bytes(nonsense)
        assert "signature" in refused(path)


def test_a_key_that_is_none_is_said(tmp_path: Path) -> None:
    for key in ("", "00", "x" * 64):
        assert "public_key" in refused(written(tmp_path), key)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("number = 12", "number = 0", "not positive"),
        (SITE, "EHPAD Les Ormes", "another site"),
        ('"infirmier"', '"roi"', "user"),
        ('"c.leroy"', '"C. Leroy"', "entry 1: id"),
        ('"Camille LEROY"', '" "', "entry 1: name"),
        ('"10001234567"', '"1000123456"', "entry 1: rpps"),
        ('rpps = "10001234567"', "", ""),
        ('"infirmier"\nrpps = "10001234567"', '"medecin"', "entry 1: this role needs"),
        ('"04A2241A5C6180"', '"badge 4"', "entry 1: badge"),
        ('"214"', '"2"', "entry 2: code"),
        ('code = "214"', "", "entry 2: neither"),
        ('"a.diallo"', '"c.leroy"', "same id"),
        ("expires = 2026-12-31", "", "expires"),
        ("[[user]]", "[[user", "toml"),
    ],
)
def test_what_is_wrong_in_a_list_is_said_and_names_nobody(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in LIST
    path = written(tmp_path, LIST.replace(before, after, 1))
    if not said:
        assert staff_file.read(path, PUBLIC, SITE).members[0].rpps == ""
        return
    told = refused(path)
    assert said in told.lower() or said in told
    assert "LEROY" not in told
    assert "DIALLO" not in told


def test_no_file_and_a_file_that_is_too_large_are_said(tmp_path: Path) -> None:
    assert "nothing.toml" in refused(tmp_path / "nothing.toml")
    assert "too large" in refused(written(tmp_path, "#" * (staff_file.LARGEST + 1)))


def test_every_role_has_its_row_and_nobody_is_kept_from_an_emergency() -> None:
    assert set(MAY) == set(Role)
    assert all(Deed.EMERGENCY_CALL in deeds for deeds in MAY.values())
    assert Deed.EMERGENCY_CALL in WITHOUT_BADGE
    assert {role for role, deeds in MAY.items() if Deed.SCALE_TWO in deeds} == {Role.DOCTOR}
    assert {role for role, deeds in MAY.items() if Deed.ADMINISTER in deeds} == {Role.ADMIN}
    assert not WITHOUT_BADGE & {Deed.MEASURE, Deed.UNDO, Deed.ADMINISTER, Deed.RECONCILE}
    assert set().union(*MAY.values()) == set(Deed)


def test_wrong_pins_cost_time_and_never_everything() -> None:
    waits = [wait_after(failures) for failures in range(40)]
    assert waits[:3] == [dt.timedelta()] * 3
    assert waits[3] == dt.timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == dt.timedelta(minutes=15)
    # all 10,000 of four digits, one after another
    assert sum(waits, dt.timedelta()) + 9_960 * waits[-1] > dt.timedelta(days=90)


@pytest.mark.parametrize("pin", ["", "123", "1234", "4321", "0000", "8901", "12a4", "123456789", "٤٢٧٩"])
def test_a_pin_that_anybody_would_try_is_not_taken(pin: str) -> None:
    assert why_not_pin(pin)


@pytest.mark.parametrize("pin", ["2580", "1357", "90210", "27182818"])
def test_a_pin_of_her_own_is_taken(pin: str) -> None:
    assert len(pin) in PIN_DIGITS
    assert why_not_pin(pin) is None


def test_nobody_is_believed_beyond_her_last_day_or_that_of_the_list() -> None:
    member = Member("a", "A", Role.NURSE, until=dt.date(2026, 11, 30))
    staff = StaffList(SITE, 1, dt.date(2026, 12, 31), (member,))
    for day, let_in in ((dt.date(2026, 11, 30), True), (dt.date(2026, 12, 1), False)):
        assert standing(member, staff, day) == let_in
    permanent = Member("b", "B", Role.NURSE)
    for day, let_in in ((dt.date(2026, 12, 31), True), (dt.date(2027, 1, 1), False)):
        assert standing(permanent, staff, day) == let_in


def test_no_clock_and_no_reboot_shortens_the_wait() -> None:
    second = 1_000_000_000
    tries = Tries(4, "boot a", 500 * second)
    assert still_to_wait(tries, "boot a", 500 * second) == dt.timedelta(seconds=60)
    assert still_to_wait(tries, "boot a", 559 * second) == dt.timedelta(seconds=1)
    assert still_to_wait(tries, "boot a", 560 * second) == dt.timedelta()
    assert still_to_wait(tries, "boot b", 20 * second) == dt.timedelta(seconds=40)
    assert still_to_wait(tries, "boot b", 61 * second) == dt.timedelta()
    assert still_to_wait(Tries(), "boot a", 0) == dt.timedelta()
