"""`telecart consent`: an authorisation on paper with its document, and its withdrawal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from tests.screens.test_bedside_taps import RESIDENTS

PDF = b"%PDF-1.7\nauthorisation\n%%EOF\n"


@pytest.fixture
def cart(tmp_path: Path) -> list[str]:
    (tmp_path / "residents.toml").write_text(RESIDENTS, encoding="utf-8")
    file = tmp_path / "telecart.toml"
    file.write_text(f'bluetooth = false\nresidents = "{tmp_path}/residents.toml"\n', encoding="utf-8")
    return ["--config", str(file), "--data", str(tmp_path / "data")]


def telecart(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout, result.stderr


ADD = ("consent", "add", "--patient", "P1", "--by", "C. LEROY", "--basis")


def test_an_authorisation_comes_with_its_document_and_goes_by_being_withdrawn(cart: list[str], tmp_path: Path) -> None:
    paper, back = tmp_path / "autorisation.pdf", tmp_path / "back.pdf"
    paper.write_bytes(PDF)
    status, out, err = telecart(*cart, *ADD, "representative", "--other", "Paul MARTIN", "--document", str(paper))
    assert (status, err) == (0, "")
    consent_id = out.split()[-1]
    (one,) = json.loads(telecart(*cart, "consent", "list", "--patient", "P1", "--json")[1])
    assert (one["id"], one["basis"], one["scope"], one["other"]) == (
        consent_id,
        "representative",
        "standing",
        "Paul MARTIN",
    )
    assert one["collected_by"]["name"] == "C. LEROY"
    assert telecart(*cart, "consent", "complete", consent_id, "--other", "Paul MARTIN, tuteur")[0] == 0
    assert telecart(*cart, "consent", "document", consent_id, "--out", str(back))[0] == 0
    assert back.read_bytes() == PDF
    assert back.stat().st_mode & 0o777 == 0o600
    assert telecart(*cart, "consent", "withdraw", consent_id)[:2] == (0, "withdrawn\n")
    listed = telecart(*cart, "consent", "list")[1]
    assert "Paul MARTIN, tuteur" in listed
    assert "withdrawn 2" in listed
    status, _, err = telecart(*cart, "consent", "withdraw", consent_id)
    assert (status, err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        ("representative",),
        ("person", "--patient", "nobody"),
        ("person", "--document", "{residents}"),
        ("person", "--rpps", "12"),
    ],
    ids=str,
)
def test_what_says_too_little_is_one_plain_line_and_nothing_is_kept(
    cart: list[str], tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    arguments = [one.format(residents=tmp_path / "residents.toml") for one in wrong]
    status, out, err = telecart(*cart, *ADD, *arguments)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert json.loads(telecart(*cart, "consent", "list", "--json")[1]) == []


def test_an_emergency_is_said_at_the_bedside_and_nowhere_else(cart: list[str]) -> None:
    assert telecart(*cart, *ADD, "emergency")[0] == 2
