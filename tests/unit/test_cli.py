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
