"""`telecart rounds text`: what was done in a round, to be pasted into the record."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge import settings as settings_file
from edge.cli import main
from edge.domain.audit import Act
from edge.domain.capture import Capture
from edge.mains.places import destinations, places_of
from edge.store.keeping import audit
from edge.store.ledger import EdgeStore, open_for_edge
from tests import items
from tests.unit.test_standing_store import now


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[tuple[Path, EdgeStore, list[str]]]:
    config = tmp_path / "telecart.toml"
    config.write_text(f'cart = "Borne 3"\ndata = "{tmp_path}/data"\n[[fhir]]\nurl = "http://127.0.0.1:1/fhir"\n')
    settings = settings_file.read(config)
    store = open_for_edge(places_of(settings), destinations(settings), "care")
    store.journal.put_patient(items.PATIENT)
    rounds = []
    for made in ([items.blood_pressure("128")], [items.spo2("91"), items.photo()]):
        _, encounter = store.journal.open_encounter(items.PATIENT.id, now(), "TC")
        for item in made:
            assert item.payload is not None
            capture = Capture(item.kind, item.payload, item.device, now(), f"{time.monotonic_ns()}")
            store.journal.save(capture, encounter)
        store.journal.leave_encounter(encounter.id, now())
        rounds.append(encounter.id)
    # one in which nothing was done
    _, empty = store.journal.open_encounter(items.PATIENT.id, now(), "TC")
    store.journal.leave_encounter(empty.id, now())
    yield config, store, rounds
    store.database.close()


def run(config: Path, *more: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["--config", str(config), "rounds", "text", *more])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_a_resident_s_newest_round_is_written_and_traced(cart: tuple[Path, EdgeStore, list[str]]) -> None:
    config, store, (_, newest) = cart
    text = run(config, "--resident", items.PATIENT.id)
    assert text.startswith("L'HÉRITIER (DŒUVRE) MARIE-ÈVE ANNE, née le 03/02/1931")
    assert "SpO2 91 %" in text
    assert "128" not in text
    (link,) = audit.newest(store.database, 1)
    assert (link.act, link.encounter_id) == (Act.HANDED_OUT.value, newest)


def test_a_program_gets_every_round_of_a_time(cart: tuple[Path, EdgeStore, list[str]], tmp_path: Path) -> None:
    config, _, rounds = cart
    found = json.loads(run(config, "--resident", items.PATIENT.id, "--hours", "2", "--json"))
    assert [one["encounter"] for one in found] == rounds
    out = tmp_path / "transmissions.txt"
    assert run(config, "--encounter", rounds[0], "--out", str(out)) == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "Pression artérielle 128 / 74 mmHg" in out.read_text()
    assert "cannot be written" in run(config, "--encounter", rounds[0], "--out", str(out), code=1)


def test_who_is_unknown_or_was_not_said_is_told_plainly(cart: tuple[Path, EdgeStore, list[str]]) -> None:
    config, _, rounds = cart
    assert "nothing was recorded" in run(config, "--resident", "nobody", code=1)
    assert "no such encounter" in run(config, "--encounter", "nothing", code=1)
    for wrong in ([], ["--encounter", rounds[0], "--resident", "x"], ["--encounter", rounds[0], "--hours", "2"]):
        run(config, *wrong, code=2)
