"""The residents' table: what an office program writes is taken whole, or every line that is wrong is named."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from edge.domain.fault import Fault
from edge.domain.patient import Attribute, IdentityStatus, Ins, Patient, Sex
from edge.residents_table import WrongTable, read

HEAD = "IPP;Nom naissance;Prénoms;Date naissance;Sexe;Chambre;Nom utilisé;Statut;Matricule INS;OID INS;Allergies;Sortie"
JEANNE = "0214;DUPONT;Jeanne Marie;12/03/1938;F;214;MARTIN;validée;;;PÉNICILLINE|ARACHIDE;"
LOUIS = "0211;BERNARD;Louis;04/07/1941;H;211;;;;;aucune;"
BERTHE = '0215;"L\'HERMITE ; veuve";Berthe;22/08/1955;F;215;;qualifiée;255081416802538;1.2.250.1.213.1.4.8;;'


def written(folder: Path, *lines: str, encoding: str = "utf-8", head: str = HEAD) -> Path:
    path = folder / "residents.csv"
    path.write_bytes("\r\n".join([head, *lines, ""]).encode(encoding))
    return path


def wrong(path: Path) -> dict[int, str]:
    with pytest.raises(WrongTable) as raised:
        read(path, "EHPAD")
    return {one.line: one.reason for one in raised.value.lines}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_of_an_office_program(tmp_path: Path, encoding: str) -> None:
    assert read(written(tmp_path, JEANNE, "", LOUIS, BERTHE, encoding=encoding), "EHPAD") == (
        Patient(
            "0214",
            "EHPAD",
            "DUPONT",
            "Jeanne Marie",
            dt.date(1938, 3, 12),
            Sex.FEMALE,
            "214",
            IdentityStatus.VALIDATED,
            "MARTIN",
            allergies=("PÉNICILLINE", "ARACHIDE"),
        ),
        Patient("0211", "EHPAD", "BERNARD", "Louis", dt.date(1941, 7, 4), Sex.MALE, "211", allergies=()),
        Patient(
            "0215",
            "EHPAD",
            "L'HERMITE ; veuve",
            "Berthe",
            dt.date(1955, 8, 22),
            Sex.FEMALE,
            "215",
            IdentityStatus.QUALIFIED,
            ins=Ins("255081416802538", "1.2.250.1.213.1.4.8"),
        ),
    )


def test_english_names_commas_and_iso_dates_are_as_good(tmp_path: Path) -> None:
    head = "id,birth_name,given_names,birth_date,sex,room,attributes,departed"
    path = written(tmp_path, "0214,DUPONT,Jeanne,1938-03-12,F,214,douteux|homonyme,2026-11-01", head=head)
    (found,) = read(path, "EHPAD")
    assert found.attributes == {Attribute.DOUBTFUL, Attribute.HOMONYM}
    assert (found.departed, found.allergies) == (dt.date(2026, 11, 1), None)


def test_every_wrong_line_is_named_with_its_number_and_nobody_is_taken(tmp_path: Path) -> None:
    lines = [
        JEANNE,
        JEANNE.replace("12/03/1938", "31/02/1938"),
        LOUIS.replace(";H;", ";X;"),
        LOUIS.replace("BERNARD", ""),
        LOUIS + ";;",
        BERTHE.replace("538;", "537;"),
        BERTHE.replace("4.8", "4.10"),
        BERTHE.replace("255081416802538;1.2.250.1.213.1.4.8", ";"),
        LOUIS.replace(";;;;;aucune", ";;sûr;;;aucune"),
        JEANNE,
    ]
    found = wrong(written(tmp_path, *lines))
    assert list(found) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "birth_date is no day" in found[3]
    assert "sex is none of" in found[4]
    assert "birth_name is empty" in found[5]
    assert "14 fields, the head line 12" in found[6]
    assert "check digits" in found[7]
    assert "tests or demonstrations" in found[8]
    assert "qualified identity has an INS" in found[9]
    assert "status is none of" in found[10]
    assert "same id" in found[11]
    said = json.dumps(found)
    assert not any(secret in said for secret in ("DUPONT", "BERNARD", "1938", "255081", "sûr"))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD.replace("Chambre", "Étage"), ["column 6 has a name that is not known", "the column room is missing"]),
        (HEAD.replace("IPP;", "IPP;IPP;"), ["a column stands there twice"]),
        ("", ["the column id is missing"]),
    ],
)
def test_a_head_line_that_is_none_is_said(tmp_path: Path, head: str, said: list[str]) -> None:
    with pytest.raises(WrongTable) as raised:
        read(written(tmp_path, JEANNE, head=head), "EHPAD")
    reasons = [one.reason for one in raised.value.lines]
    assert all(reason in reasons for reason in said)


def test_a_quotation_that_never_ends_and_a_file_that_is_none(tmp_path: Path) -> None:
    assert "quotation" in str(wrong(written(tmp_path, JEANNE.replace("DUPONT", '"DUPONT'))))
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Fault):
            read(path, "EHPAD")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_reasons(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(HEAD.encode() + b"\n" + content)
    try:
        found = read(path, "EHPAD")
    except WrongTable as exc:
        assert all(one.reason for one in exc.lines) == bool(exc.lines)  # noqa: PT017
    else:
        assert all(one.id for one in found)


def telecart(folder: Path, *arguments: str, command: str = "import") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge.cli", "--data", str(folder / "data"), "residents", command, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_takes_all_or_nobody(tmp_path: Path) -> None:
    first = telecart(tmp_path, str(written(tmp_path, JEANNE, LOUIS)), "--json")
    nothing = {"photos": 0, "photos_gone": 0, "photos_wrong": []}
    assert (first.returncode, json.loads(first.stdout)) == (0, {"residents": 2, "changed": 2, "wrong": [], **nothing})
    again = telecart(tmp_path, str(written(tmp_path, JEANNE, LOUIS.replace("211;;", "212;;"))), "--json")
    assert json.loads(again.stdout)["changed"] == 1
    refused = telecart(tmp_path, str(written(tmp_path, JEANNE, LOUIS.replace(";H;", ";X;"))))
    assert refused.returncode == 1
    assert "residents.csv, line 3: sex is none of" in refused.stderr
    assert "nobody was taken in" in refused.stderr
