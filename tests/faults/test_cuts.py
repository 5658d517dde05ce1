"""The power fails at a random moment: all that was acknowledged is there, nothing is half there, and the store goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import controls_faults, needs
from tests.faults.cutting import Writer, cut, share_of
from tests.faults.writers import (
    Creation,
    Draining,
    Files,
    Migration,
    Photos,
    Readings,
    Restarts,
    Round,
    outdated_stores,
)

# a writer, and how many of every 200 cuts are its; what is switched off on purpose is cut besides
WRITERS: list[tuple[Writer, int]] = [
    (Readings(), 30),
    (Restarts(), 30),
    (Photos(), 25),
    (Round(), 30),
    (Draining(), 35),
    (Creation(), 20),
    *((Migration(folder.name), 15) for folder in outdated_stores()),
]


@pytest.fixture(autouse=True)
def _privileged() -> None:
    needs.root()
    needs.program("mkfs.ext4", "e2fsprogs")


@pytest.mark.parametrize(("writer", "part"), WRITERS, ids=[writer.name for writer, _ in WRITERS])
def test_no_cut_loses_what_was_acknowledged(writer: Writer, part: int, tmp_path: Path) -> None:
    report = cut(writer, share_of(part), tmp_path)
    print(report)
    report.nothing_was_lost()


@pytest.mark.hazard("H10", without="tests.controls_faults:a_commit_waits_for_no_flush")
def test_a_reading_that_was_saved_survives_a_cut(tmp_path: Path) -> None:
    report = cut(Readings(100, with_checkpoint=False), share_of(20), tmp_path)
    print(report)
    report.nothing_was_lost()


@pytest.mark.hazard("H10", without="tests.controls_faults:a_new_name_waits_for_no_flush")
def test_a_file_that_was_saved_survives_a_cut(tmp_path: Path) -> None:
    report = cut(Files(), share_of(20), tmp_path)
    print(report)
    report.nothing_was_lost()


def test_with_commits_that_wait_for_no_flush_rows_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controls_faults.a_commit_waits_for_no_flush(monkeypatch)
    report = cut(Readings(), share_of(30), tmp_path)
    print(f"synchronous=NORMAL: {report}")
    assert len(report.lossy) >= report.cuts / 10


def test_with_names_that_wait_for_no_flush_photos_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controls_faults.a_new_name_waits_for_no_flush(monkeypatch)
    report = cut(Files(), share_of(20), tmp_path)
    print(f"without fsync of the directory: {report}")
    assert len(report.lossy) >= report.cuts / 10
