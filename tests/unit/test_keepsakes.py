"""What was kept of the store as it was is said, and goes on a person's word only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.domain.audit import Act
from edge.domain.fault import Fault, Reason
from edge.mains import store as work, store_verify
from edge.settings import Settings
from edge.store.damage.aside import note_file
from edge.store.damage.keepsakes import keepsakes
from edge.store.damage.opening import mark_damaged
from edge.store.keeping import audit
from edge.store.ledger import Places, open_for_edge

ASIDE = "quarantine-20250102T030405Z-1"
BEFORE = "store.db.before-0004"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    open_for_edge(made, {}, "demonstration").database.close()
    (tmp_path / ASIDE).mkdir()
    (tmp_path / ASIDE / "store.db").write_bytes(bytes(3 << 20))
    (tmp_path / ASIDE / "report.json").write_bytes(b"{}")
    (tmp_path / BEFORE).write_bytes(bytes(100))
    for path, days in (
        (tmp_path / ASIDE / "store.db", 40),
        (tmp_path / ASIDE / "report.json", 40),
        (tmp_path / BEFORE, 3),
    ):
        os.utime(path, (time.time() - days * 86_400 - 60,) * 2)
    # what only looks like one
    (tmp_path / "quarantine-notes").mkdir()
    (tmp_path / "store.db.before-0004.123.4.tmp").write_bytes(b"a copy that is being made")
    (tmp_path / "quarantine-20250102T030405Z-2").symlink_to(tmp_path / "blobs")
    return made


def settings(places: Places) -> Settings:
    return Settings(data=places.database.parent, demo=True)


def test_stats_and_verify_list_them_the_oldest_first_with_size_and_age(places: Places) -> None:
    found = work.stats(settings(places))
    assert [(one.name, one.bytes) for one in found.kept] == [(ASIDE, (3 << 20) + 2), (BEFORE, 100)]
    lines = [f"kept: {ASIDE}: 4 MiB, 40 days old", f"kept: {BEFORE}: 1 MiB, 3 days old"]
    assert list(work.as_lines(found))[-2:] == lines
    verified = store_verify.verify(settings(places))
    assert verified.wrong == ()
    assert store_verify.lines_of(verified)[-2:] == [
        line.replace("kept:", "kept, and read by nobody:") for line in lines
    ]


def test_one_goes_by_its_name_and_the_trail_has_it(places: Places) -> None:
    said = work.remove(settings(places), [ASIDE])
    assert said == [f"{ASIDE}: 4 MiB, 40 days old, removed"]
    assert [one.name for one in keepsakes(places.database)] == [BEFORE]
    store = open_for_edge(places, {}, "demonstration")
    [entry] = [one for one in audit.entries(store.database) if one.act == Act.REMOVED]
    assert entry.detail.startswith(f"{ASIDE}, {(3 << 20) + 2} bytes, of ")
    store.database.close()


@pytest.mark.parametrize(
    "name", ["store.db", "store.db.before-0005", "..", "blobs", "quarantine-notes", "quarantine-20250102T030405Z-2",
             f"../{ASIDE}", f"{ASIDE}/store.db", "store.db.before-0004.123.4.tmp", ""],
)  # fmt: skip
def test_nothing_else_goes_nor_what_is_named_beside_it(places: Places, name: str) -> None:
    before = sorted(places.database.parent.rglob("*"))
    with pytest.raises(Fault, match="is no copy that was kept") as refused:
        work.remove(settings(places), [ASIDE, name])
    assert refused.value.reason is Reason.NOT_ALLOWED
    assert sorted(places.database.parent.rglob("*")) == before


def test_what_the_store_is_still_made_of_is_none(places: Places) -> None:
    note_file(places.database).write_text(ASIDE, encoding="utf-8")
    assert [one.name for one in keepsakes(places.database)] == [BEFORE]
    with pytest.raises(Fault, match="is no copy that was kept"):
        work.remove(settings(places), [ASIDE])
    assert (places.database.parent / ASIDE / "store.db").exists()


def test_beside_edge_that_works_on_a_damaged_store(places: Places) -> None:
    """What goes is just the room to make it anew."""
    mark_damaged(places.database, proven=True)
    with pytest.raises(Fault, match="is made anew"):
        work.remove(settings(places), [ASIDE])  # nobody has it open: edge makes it anew when it starts
    assert (places.database.parent / ASIDE).exists()
    (places.database.parent / "store.damaged").unlink()
    store = open_for_edge(places, {}, "demonstration")
    mark_damaged(places.database, proven=True)
    work.remove(settings(places), [ASIDE])
    assert not (places.database.parent / ASIDE).exists()
    assert any(one.act == Act.REMOVED for one in audit.entries(store.database))
    store.database.close()


def telecart(places: Places, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.cli", "--data", str(places.database.parent), "store", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def test_the_command_wants_a_word(places: Places) -> None:
    unsaid = telecart(places, "remove", BEFORE)
    assert (unsaid.returncode, unsaid.stdout) == (2, "")
    assert (places.database.parent / BEFORE).exists()
    done = telecart(places, "remove", "--yes", BEFORE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{BEFORE}: 1 MiB, 3 days old, removed\n"
    assert [one["name"] for one in json.loads(telecart(places, "stats", "--json").stdout)["kept"]] == [ASIDE]
    wrong = telecart(places, "remove", "--yes", "store.db")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (1, 1)
