"""`telecart handover`: what changed, for a program, a spreadsheet and a printer."""

from __future__ import annotations

import csv
import io
import json
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge import settings as settings_file
from edge.cli import main
from edge.domain.audit import Act
from edge.domain.capture import Capture
from edge.mains.places import destinations, places_of
from edge.store.keeping import audit, handovers
from edge.store.ledger import EdgeStore, open_for_edge
from tests import items
from tests.unit.test_standing_store import NURSE, now


@pytest.fixture
def cart(tmp_path: Path) -> tuple[Path, EdgeStore]:
    config = tmp_path / "telecart.toml"
    config.write_text(f'cart = "Borne 3"\ndata = "{tmp_path}/data"\n[[fhir]]\nurl = "http://127.0.0.1:1/fhir"\n')
    settings = settings_file.read(config)
    store = open_for_edge(places_of(settings), destinations(settings), "care")
    store.journal.put_patient(items.PATIENT)
    _, encounter = store.journal.open_encounter(items.PATIENT.id, now(), "TC")
    for item in (items.blood_pressure(), items.photo()):
        assert item.payload is not None
        store.journal.save(Capture(item.kind, item.payload, item.device, now(), f"{time.monotonic_ns()}"), encounter)
    return config, store


def said(config: Path, *more: str) -> str:
    result = CliRunner().invoke(main, ["--config", str(config), "handover", *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_program_gets_what_changed_and_the_trail_says_that_it_did(cart: tuple[Path, EdgeStore]) -> None:
    config, store = cart
    found = json.loads(said(config, "--json"))
    [one] = found["changes"]
    assert one["name"].startswith(items.PATIENT.birth_name.upper())
    assert [value["kind"] for value in one["values"]] == ["blood_pressure"]
    assert (one["photos"], one["waits"], found["read_seconds"]) == (1, 1, None)
    assert [link.act for link in audit.newest(store.database, 1)] == [Act.HANDED_OUT.value]
    # nothing was marked as read
    assert handovers.last_read(store.database) is None
    # what somebody read on the screen is not handed over again, but for who asks by the hour
    handovers.put_read(store.database, found["through"], found["audited"], now(), NURSE)
    assert json.loads(said(config, "--json"))["changes"] == []
    assert len(json.loads(said(config, "--json", "--hours", "2"))["changes"]) == 1
    store.database.close()


def test_paper_and_spreadsheet_are_french(cart: tuple[Path, EdgeStore], tmp_path: Path) -> None:
    config, store = cart
    text = said(config)
    assert text.startswith("RELÈVE · Borne 3\nDepuis 24 h")
    assert "Ne remplace pas les transmissions" in text
    assert "  A  PA " in text
    out = tmp_path / "releve.csv"
    assert said(config, "--csv", "--out", str(out)) == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    [head, row] = csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")), delimiter=";")
    assert head == ["chambre", "resident", "situation", "contexte", "mesures", "reste"]
    assert row[1].startswith(items.PATIENT.birth_name.upper())
    assert "1 photo" in row[2]
    assert row[4].startswith("PA ")
    # a file that is there is never written over
    again = CliRunner().invoke(main, ["--config", str(config), "handover", "--out", str(out)])
    assert again.exit_code == 1
    assert "cannot be written" in again.stderr
    store.database.close()
