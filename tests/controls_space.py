"""Switches (see tests/controls.py) of the controls against full and failing disks, damage and wrong clocks."""

from __future__ import annotations

from typing import Any

import pytest

from edge.store import opening, outbox, pages, reopen, space, verify


def no_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: nothing is given back when the disk is full."""
    monkeypatch.setattr(space.Space, "give_back", lambda _self: False)


def photos_to_the_last_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: photos are taken as long as there is any room."""
    monkeypatch.setattr(space.Space, "admit", lambda _self, _size: None)


def a_write_that_failed_was_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10, H24: an error of the disk is swallowed on the way to whoever asked."""
    run = reopen.Keeper.run

    def swallowing(self: Any, work: Any) -> Any:
        try:
            return run(self, work)
        except reopen.Fault:
            return reopen.Posture()

    monkeypatch.setattr(reopen.Keeper, "run", swallowing)


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
