"""Switches (see tests/controls.py) of the controls against full and failing disks, damage and wrong clocks."""

from __future__ import annotations

import zoneinfo

import pytest

from edge.domain.capture import Capture, Line, Saved
from edge.domain.fault import Fault
from edge.domain.measurement import Instant
from edge.domain.patient import Encounter
from edge.store import ledger
from edge.store.damage import opening, reopen, verify
from edge.store.disk import space
from edge.store.file import pages
from edge.store.keeping import journal
from edge.store.sending import outbox
from tests.unit import test_store_clock


def no_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: nothing is given back when the disk is full."""
    monkeypatch.setattr(space.Space, "give_back", lambda _self: False)


def photos_to_the_last_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: photos are taken as long as there is any room."""
    monkeypatch.setattr(space.Space, "admit", lambda _self, _size: None)


def a_write_that_failed_was_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10, H24: an error of the disk is swallowed on the way to whoever asked."""
    save = ledger.StoredLedger.save

    async def swallowing(self: ledger.StoredLedger, capture: Capture, encounter: Encounter | None) -> Saved:
        try:
            return await save(self, capture, encounter)
        except Fault:
            return Saved("", new=True)

    monkeypatch.setattr(ledger.StoredLedger, "save", swallowing)


def the_connection_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: after an error of the disk the same connection goes on."""
    monkeypatch.setattr(reopen, "spoils_the_connection", lambda _exc: False)


def seals_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a page is what it is."""
    monkeypatch.setattr(pages, "seals", lambda _connection, _tries=3: [])


def nobody_notes_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a log that is gone was never there."""
    monkeypatch.setattr(opening, "vanished", lambda _mark, _now: {})


def far_attempts_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H8: whatever was written under another clock is waited for."""
    monkeypatch.setattr(outbox, "LONGEST_WAIT", float("inf"))


def nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: verification asks SQLite alone, which believes what it can read."""
    monkeypatch.setattr(pages, "seals", lambda _connection, _tries=3: [])
    monkeypatch.setattr(verify, "is_severed", lambda _database: False)
    monkeypatch.setattr(verify.Blobs, "check", lambda _self, _sha256: None)


def the_log_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: SQLite cuts the log where it will, and nobody asks what lay behind."""
    monkeypatch.setattr(opening, "is_severed", lambda _database: False)


def lines_are_sorted_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """H8: the newest is what the wall clock says, and so is how old it is."""
    lines = journal.Journal.lines

    def sorted_lines(self: journal.Journal, encounter_id: str, limit: int = 50) -> list[Line]:
        return sorted(lines(self, encounter_id, limit), key=lambda line: line.taken.utc, reverse=True)

    monkeypatch.setattr(journal.Journal, "lines", sorted_lines)
    monkeypatch.setattr(test_store_clock, "_age", lambda taken, now: (now.utc - taken.utc).total_seconds())


def ages_by_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """H9: an age is the difference of two times of day, as Python subtracts them within one zone."""
    paris = zoneinfo.ZoneInfo("Europe/Paris")

    def age(taken: Instant, now: Instant) -> float:
        return (now.utc.astimezone(paris) - taken.utc.astimezone(paris)).total_seconds()

    monkeypatch.setattr(test_store_clock, "_age", age)
