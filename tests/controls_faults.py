"""Switches (see tests/controls.py) of what holds a store together when the power fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.store.disk import blobs, durable
from edge.store.file import database


def a_commit_waits_for_no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: synchronous=NORMAL, as most applications run SQLite: a commit returns before it is on the disk."""
    assert database._PRAGMAS["synchronous"] == 2
    monkeypatch.setitem(database._PRAGMAS, "synchronous", 1)


def a_new_name_waits_for_no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a photo's content is flushed, and its folder, which holds its name, is not."""

    def unflushed(_folder: Path) -> None:
        return

    for module in (blobs, durable):
        monkeypatch.setattr(module, "fsync_directory", unflushed)
