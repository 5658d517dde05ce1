"""`telecart decode`: what scripts read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main


def decoded(model: str, data: bytes, *options: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(main, ["decode", model, "-", *options], input=data)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_quantity_is_one_line_with_what_was_sent() -> None:
    systolic, _, _, pulse = decoded("blood-pressure", b"2A35 167c0056006100e807060f11111b33000000\n")
    assert systolic == {
        "quantity": "systolic",
        "value": 124,
        "unit": "mm[Hg]",
        "device_time": "2024-06-15T17:17:27",
        "quality": [],
        "as_sent": {"value": 124, "unit": "mm[Hg]"},
    }
    assert (pulse["quantity"], pulse["value"], pulse["unit"]) == ("pulse_rate", 51, "/min")


def test_another_unit_is_converted_and_the_sent_one_told() -> None:
    (temperature,) = decoded("thermometer", b"2A1C 01DA0300FF\n")
    assert (temperature["value"], temperature["unit"]) == (37, "Cel")
    assert temperature["as_sent"] == {"value": 98.6, "unit": "[degF]"}


def test_no_value_says_why() -> None:
    (temperature,) = decoded("thermometer", b"2A1C 00FFFF7F00\n")
    assert (temperature["value"], temperature["unit"], temperature["quality"]) == (None, None, ["nan"])


def test_an_implausible_value_is_kept() -> None:
    (temperature,) = decoded("thermometer", b"2A1C 00F40100FF\n")
    assert (temperature["value"], temperature["quality"]) == (50, ["implausible"])


def test_what_cannot_be_decoded_is_a_line_with_its_bytes() -> None:
    (cut, word, good) = decoded("thermometer", b"2A1C 0072\nno hex at all\n# a remark\n\n2A1C 006D0100FF # 36.5\n")
    assert (cut["raw"], word["raw"], good["value"]) == ("0072", "no hex at all", 36.5)
    assert cut["error"]
    assert word["error"]


def test_a_serial_device_gives_raw_bytes_or_lines_of_hex() -> None:
    frames = "01804300C4 01814300C5 0180434A0E 0180436024 0180439458"
    for found in (
        decoded("nonin-2", bytes.fromhex(frames)),
        decoded("nonin-2", f"# logged\n{frames}\n".encode(), "--hex"),
    ):
        assert {(line["quantity"], line["value"]) for line in found} == {("spo2", 96), ("pulse_rate", 74)}


def test_a_battery_is_told_of_any_bluetooth_device() -> None:
    level, nonsense = decoded("glucose", b"2A19 55\n2A19 FF\n")
    assert (level["quantity"], level["value"], level["unit"]) == ("battery_level", 85, "%")
    assert nonsense["raw"] == "ff"


@pytest.mark.parametrize("model", ["toaster", "uvc-camera"])
def test_what_is_no_such_model_is_one_line_and_exit_1(model: str, tmp_path: Path) -> None:
    file = tmp_path / "bytes"
    file.write_bytes(b"\x00")
    done = CliRunner().invoke(main, ["decode", model, str(file)])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert model in done.stderr


def test_the_catalog_says_what_each_row_stands_on() -> None:
    rows = json.loads(CliRunner().invoke(main, ["models", "--json"]).stdout)
    names = {row["name"] for row in rows}
    asked = (
        "blood-pressure thermometer pulse-oximeter heart-rate weight-scale body-composition glucose beurer-bm85 nonin-2"
    )
    asked += " nonin-7 nonin-8 nonin-13 cms50d cms50d-4.6 masimo-ascii-1 and-bp healthypi barcode-reader scp-ecg edf dicom-ecg"
    assert set(asked.split()) <= names
    assert all(row["facts"] and row["sure"] in {"confirmed", "unconfirmed"} for row in rows)
    assert not any(row["tried_on_hardware"] for row in rows)
