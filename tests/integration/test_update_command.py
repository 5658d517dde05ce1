"""`telecart release` and `telecart update` as people type them, and a release that tries itself on a real store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.store.file.database import migrations
from edge.store.ledger import Places, open_for_edge
from tests import updates
from tests.updates import MACHINE, PYTHON


def telecart(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def region(tmp_path: Path) -> Path:
    """A repository made by commands alone, with a lock of one package."""
    for name in ("r1", "r2", "r3", "t1", "t2", "t3", "online"):
        telecart("release", "key", tmp_path / name)
    public = {name: tmp_path / f"{name}.pub" for name in ("r1", "r2", "r3", "t1", "t2", "t3", "online")}
    roots = [part for name in ("r1", "r2", "r3") for part in ("--root", public[name])]
    targets = [part for name in ("t1", "t2", "t3") for part in ("--targets", public[name])]
    telecart("release", "init", tmp_path / "repo", *roots, *targets, "--online", public["online"])
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    part = updates.part_wheel(wheels, "1", "one")
    sha256 = updates.locked(part).sha256
    (tmp_path / "uv.lock").write_text(
        f"""
version = 1

[[package]]
name = "telecart"
version = "1.0"
source = {{ editable = "." }}
dependencies = [
    {{ name = "part" }},
    {{ name = "windows-only", marker = "sys_platform == 'win32'" }},
]

[[package]]
name = "part"
version = "1"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://example.org/{part.name}", hash = "sha256:{sha256}", size = {part.stat().st_size} }}]
"""
    )
    return tmp_path


def test_a_release_goes_from_the_lock_to_a_ring_and_is_offered_to_a_cart(region: Path) -> None:
    own = updates.our_wheel(region, "1.0", "release 1.0")
    repository, lock = region / "repo", region / "uv.lock"
    told = telecart(
        "release", "build", repository, "2026.11.1", "--lock", lock, "--own", own, "--wheels", region / "wheels",
        "--machine", MACHINE, "--python", PYTHON,
    )  # fmt: skip
    assert f"2026.11.1 for {MACHINE}, Python {PYTHON}: 2 wheels" in told
    telecart("release", "ring", repository, "--all", "2026.11.1", "--debian", "20261120T000000Z")
    for name in ("r1", "r3", "t2", "t3"):
        assert telecart("release", "sign", repository, "--key", region / name).startswith("signed: ")
    telecart("release", "publish", repository, "--key", region / "online")
    settings = region / "telecart.toml"
    settings.write_text(
        f"""
data = "{region}/data"
[update]
repository = "{repository}"
trust = "{repository}/metadata/1.root.json"
folder = "{region}/opt"
id = "cart-1"
"""
    )
    assert telecart("--config", settings, "update", "check") == "2026.11.1 is offered; no release runs\n"
    found = json.loads(telecart("--config", settings, "update", "check", "--json"))
    assert found == {"running": "", "offered": "2026.11.1", "debian": "20261120T000000Z"}
    assert (region / "opt/debian-snapshot").read_text() == "20261120T000000Z\n"
    told = json.loads(telecart("--config", settings, "update", "status", "--json"))
    assert (told["running"], told["installed"], told["bad"]) == ("", [], {})
    telecart("release", "stamp", repository, "--key", region / "online")
    assert telecart("--config", settings, "update", "check") == "2026.11.1 is offered; no release runs\n"


def test_a_release_tries_itself_on_a_copy_of_the_store_and_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    places = Places(data / "store.db", data / "blobs", data / "store.key")
    open_for_edge(places, {}, "care").database.close()
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file() and path.suffix != ".lock"}
    (tmp_path / "opt").mkdir()
    settings = tmp_path / "telecart.toml"
    settings.write_text(f'data = "{data}"\nbluetooth = false\n[update]\nfolder = "{tmp_path}/opt"\n')
    command = [sys.executable, "-m", "edge.cli", "--config", settings, "update", "selftest"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == max(number for number, _, _ in migrations())
    assert told["min_reader"] <= told["reader"]
    assert told["models"] > 10
    after = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file() and path.suffix != ".lock"}
    assert {name: after[name] for name in before} == before
    assert not list((tmp_path / "opt").iterdir())


def test_a_release_that_cannot_read_the_store_fails_its_own_test_with_the_reason(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    places = Places(data / "store.db", data / "blobs", data / "store.key")
    opened = open_for_edge(places, {}, "care")
    opened.database.connection.execute("UPDATE fact SET value = '99' WHERE name = 'min_reader'")
    opened.database.close()
    (tmp_path / "opt").mkdir()
    settings = tmp_path / "telecart.toml"
    settings.write_text(f'data = "{data}"\nbluetooth = false\n[update]\nfolder = "{tmp_path}/opt"\n')
    command = [sys.executable, "-m", "edge.cli", "--config", settings, "update", "selftest"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1
    assert "the store needs release 99 or newer" in done.stderr
