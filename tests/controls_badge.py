"""Switches (see tests/controls.py) of the controls over badges, replacements and ids that are used again."""

from __future__ import annotations

import pytest

from edge.acquire import attendance
from edge.domain import staff
from edge.store.keeping.staff import Staff
from edge.store.staff_book import StoredStaff


def a_badge_that_goes_locks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whoever takes the badge along leaves the screen open."""

    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(attendance.Attendance, "badge_out", nothing)


def another_badge_signs_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: the one who was in stays in until the other one has typed her code."""

    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(attendance.Attendance, "leave", nothing)


def a_shift_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: a replacement stays for ever."""
    monkeypatch.setattr(staff.Replacement, "there", lambda *_: True)
    monkeypatch.setattr(staff.Replacement, "over", lambda *_: False)


def a_shift_that_is_over_is_not_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: each time only the clock of the moment is asked."""

    async def nothing(*_: object) -> int:
        return 0

    monkeypatch.setattr(StoredStaff, "close_shifts", nothing)


def anybody_lets_anybody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever is signed in lets in whom she likes, as what she likes."""
    monkeypatch.setattr(attendance, "why_not_let_in", lambda *_: None)
    monkeypatch.setattr(staff.Member, "may", property(lambda _: frozenset(staff.Deed)))


def a_pin_stays_with_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever has an id that somebody else had has her code too."""
    monkeypatch.setattr(Staff, "_another", lambda *_: False)


def no_day_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: a list that ended counts again as soon as the clock is set back."""

    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(attendance.Attendance, "_see_day", nothing)
