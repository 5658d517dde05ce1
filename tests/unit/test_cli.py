"""The command line: what people and scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main


def telecart(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_the_catalog_says_where_its_facts_come_from_and_that_nothing_was_tried_on_hardware() -> None:
    status, out, _ = telecart("models", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert status == 0
    assert {"blood-pressure", "pulse-oximeter", "nonin-2"} <= rows.keys()
    assert all(row["facts"] and row["sure"] in {"confirmed", "unconfirmed"} for row in rows.values())
    assert not any(row["tried_on_hardware"] for row in rows.values())


def test_what_waits_in_a_store_that_is_not_there_is_one_plain_line(tmp_path: Path) -> None:
    status, out, err = telecart("--data", str(tmp_path), "outbox")
    assert (status, out) == (1, "")
    assert err.startswith("telecart: the store's key cannot be read")
    assert err.count("\n") == 1


def test_wrong_settings_name_the_file_and_the_entry(tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text("cart = 7\n")
    status, _, err = telecart("--config", str(file), "edge")
    assert status == 1
    assert str(file) in err
    assert "$.cart" in err


@pytest.mark.parametrize("arguments", [["nothing"], ["models", "--yaml"], ["demo", "extra"]])
def test_wrong_usage_is_status_two(arguments: list[str]) -> None:
    assert telecart(*arguments)[0] == 2


@pytest.mark.parametrize("place", ["missing/file", ".", "there"])
def test_a_recording_that_cannot_be_written_is_one_plain_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "there").write_text("somebody's")
    out = tmp_path / place
    status, said, err = telecart(
        "--data", str(tmp_path), "record", "nonin-2", "--port", "/dev/null", "--out", str(out), "--seconds", "1"
    )
    assert (status, said, err.count("\n")) == (1, "", 1)
    assert err.startswith("telecart: ")
    assert (tmp_path / "there").read_text() == "somebody's"


def test_a_recording_of_no_line_leaves_no_file_behind(tmp_path: Path) -> None:
    out = tmp_path / "new"
    status, _, err = telecart("--data", str(tmp_path), "record", "nonin-2", "--out", str(out))
    assert (status, err.count("\n")) == (1, 1)
    assert not out.exists()


def test_a_recording_is_for_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "new"
    telecart(
        "--data",
        str(tmp_path),
        "record",
        "nonin-2",
        "--port",
        str(tmp_path / "no-line"),
        "--out",
        str(out),
        "--seconds",
        "0.2",
    )
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("model", ["blood-pressure", "glucose", "barcode-reader"])
def test_decode_says_nothing_that_a_terminal_obeys(tmp_path: Path, model: str) -> None:
    """T17: C1 characters, and marks that turn the direction of writing, are escaped."""
    file = tmp_path / "bytes"
    file.write_bytes(bytes(range(1, 256)) + "\n\u009b2J\u202etxt\r\n".encode())
    status, out, _ = telecart("decode", model, str(file))
    assert status == 0
    assert out.isascii()
    assert all(json.loads(line) for line in out.splitlines())
