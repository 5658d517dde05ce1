"""Switches (see tests/controls.py) of what lets go of content, and of what must not."""

from __future__ import annotations

import pytest

from edge.store.leaving import purge, sweep


def any_clock_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H8: what was proven in 1970 is past its retention as soon as the clock is right."""
    monkeypatch.setattr(purge, "_TRUSTED", "1")


def whatever_lies_there_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a file goes although a row names it."""
    monkeypatch.setattr(sweep, "unnamed", lambda _connection, names: names)
