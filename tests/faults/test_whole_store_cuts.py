"""The power fails while the store gets another key, is backed up, or is restored."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.domain.fault import Fault
from edge.mains import store as work
from edge.settings import Settings
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import read_key, write_key
from edge.store.leaving import backup
from edge.store.ledger import Places, open_for_edge
from tests import needs
from tests.faults.cutting import Expected, Notes, Step, Verdict, Writer, cut, share_of

CONTENTS = (b"small", bytes(range(256)) * 500, b"x" * 2_500_000)
PURPOSE = "demonstration"
FINISHED = "finished"


@pytest.fixture(autouse=True)
def _privileged() -> None:
    needs.root()
    needs.program("mkfs.ext4", "e2fsprogs")


def fill(places: Places) -> None:
    """A row for each file, and many more."""
    opened = open_for_edge(places, {}, PURPOSE)
    opened.run("CREATE TABLE named (blob_sha256 TEXT NOT NULL) STRICT")
    for content in CONTENTS:
        sha256 = opened.blobs.put(content)
        with opened.database.write():
            opened.run("INSERT INTO named VALUES (?)", (sha256,))
    with opened.database.write():
        for number in range(500):
            opened.run("INSERT INTO fact VALUES (?, ?)", (f"row {number}", "x" * 200))
    opened.database.close()


def faults_of(places: Places) -> tuple[str, ...]:
    """What is wrong with a store that was filled."""
    try:
        opened = open_for_edge(places, {}, PURPOSE)
    except Fault as fault:
        return (fault.what,)
    try:
        named = opened.run("SELECT blob_sha256 FROM named ORDER BY rowid").fetchall()
        files = [opened.blobs.get(sha256) for (sha256,) in named]
        (rows,) = opened.run("SELECT count(*) FROM fact WHERE name LIKE 'row %'").fetchone()
        found = [row[0] for row in opened.run("PRAGMA quick_check")]
    except Fault as fault:
        return (fault.what,)
    finally:
        opened.database.close()
    return () if (files, rows, found) == ([*CONTENTS], 500, ["ok"]) else (f"{rows} rows, {len(files)} files", *found)


def settings(places: Places) -> Settings:
    return Settings(data=places.database.parent, demo=True)


class Rekeys:
    """Another key, again and again: the key that the cart has opens the store, and it is the newest that was told."""

    name = "rekeys"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        places.database.parent.mkdir()
        fill(places)
        notes.did(0, read_key(places.key).hex(), Expected(None))
        notes.begin()
        for _ in range(3):
            began = time.monotonic_ns()
            work.rekey(settings(places), None, lambda _said: None)
            notes.did(began, read_key(places.key).hex(), Expected(None))

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        try:
            key = read_key(places.key).hex()
        except Fault as fault:
            return Verdict(lost=(fault.what,))
        if key not in {acknowledged[-1].item_id, *(step.item_id for step in under_way)}:
            return Verdict(lost=("the newest key",))
        wrong = faults_of(places)
        if not wrong:
            work.finish_rekey(settings(places), lambda _said: None)
            wrong = faults_of(places)
        if not wrong and any(
            not Blobs(places.blobs, bytes.fromhex(key)).is_current(sha256)
            for sha256, _size in Blobs(places.blobs, bytes.fromhex(key)).held()
        ):
            wrong = ("a file under a former key",)
        return Verdict(wrong=wrong)


class Backups:
    """What was told to be a backup is one; what has a manifest is one."""

    name = "backups"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        places.database.parent.mkdir()
        fill(places)
        notes.begin()
        for number in range(3):
            began = time.monotonic_ns()
            work.backup(settings(places), _copy(places, number), lambda _said: None)
            notes.did(began, str(number), Expected(None))

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        key = read_key(places.key)
        lost, wrong = [], []
        for step in (*acknowledged, *under_way):
            copy = _copy(places, int(step.item_id))
            if step in under_way and not (copy / backup.MANIFEST).exists():
                continue
            again = copy.with_name("again")
            again.mkdir()
            restored = Places(again / "store.db", again / "blobs", places.key)
            try:
                backup.restore(copy, restored.database, restored.blobs, key, lambda _said: None)
                wrong += faults_of(restored)
            except Fault as fault:
                (lost if step in acknowledged else wrong).append(fault.what)
            shutil.rmtree(again)
        return Verdict(tuple(lost), tuple(wrong))


def _copy(places: Places, number: int) -> Path:
    return places.database.parent.with_name(f"copy{number}")


class Restores:
    """A store that is there is whole; where none is, the restore can be made again."""

    name = "restores"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        data = places.database.parent
        data.mkdir()
        fill(places)
        work.backup(settings(places), _copy(places, 0), lambda _said: None)
        key = read_key(places.key)
        shutil.rmtree(data)
        data.mkdir()
        write_key(places.key, key)
        notes.begin()
        began = time.monotonic_ns()
        work.restore(settings(places), _copy(places, 0), None, lambda _said: None)
        notes.did(began, FINISHED, Expected(None))

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        if not places.database.exists():
            if acknowledged:
                return Verdict(lost=("the store",))
            try:
                work.restore(settings(places), _copy(places, 0), None, lambda _said: None)
            except Fault as fault:
                return Verdict(wrong=(f"again: {fault.what}",))
        return Verdict(wrong=faults_of(places))


WRITERS: list[tuple[Writer, int]] = [(Rekeys(), 40), (Backups(), 20), (Restores(), 20)]


@pytest.mark.parametrize(("writer", "part"), WRITERS, ids=[writer.name for writer, _ in WRITERS])
def test_no_cut_leaves_half_a_store(writer: Writer, part: int, tmp_path: Path) -> None:
    report = cut(writer, share_of(part), tmp_path)
    print(report)
    report.nothing_was_lost()


def test_without_waiting_for_the_disk_a_cut_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    report = cut(Backups(), share_of(20), tmp_path)
    print(f"unflushed: {report}")
    assert report.lossy
