"""Controls of the store, each switched off: the test that proves it must then fail."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from edge.store import ledger
from edge.store.file.database import Database
from edge.store.leaving import purge
from edge.store.sending import outbox, release


def whatever_was_sent_is_purged(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: an item goes although one of its destinations has not proven that it has it."""

    monkeypatch.setattr(purge.Purge, "rule", lambda *_: purge.Rule.AGE)


def what_was_due_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: an item goes that somebody else undid, promised or purged since it was looked for."""
    monkeypatch.setattr(purge.Purge, "still", lambda _self, due, _now: due)


def a_corrected_object_keeps_its_uid(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: two different objects under one UID: the far end keeps the first, or both are taken for one."""
    monkeypatch.setattr(release, "another_uid", lambda uid: uid)


def leases_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: what a killed drain had claimed is claimed by nobody else."""
    monkeypatch.setattr(outbox.time, "time", lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())


def writing_begins_as_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a deferred transaction that turns to writing fails at once where another one has written."""
    begin = Database.BEGIN
    assert begin != "BEGIN DEFERRED"
    monkeypatch.setattr(Database, "BEGIN", "BEGIN DEFERRED")


def the_bookmark_runs_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: the drain begins its search for what is new one item too late."""
    bookmark = outbox._bookmark
    monkeypatch.setattr(outbox, "_bookmark", lambda *of: bookmark(*of) + 1)


def counters_are_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: an item that is refused or received is counted where it was before."""
    open_whole = ledger.open_whole

    def without_the_trigger(path: Path, key: bytes) -> Database:
        database = open_whole(path, key)
        database.connection.execute("DROP TRIGGER IF EXISTS outbox_moved")
        return database

    monkeypatch.setattr(ledger, "open_whole", without_the_trigger)
