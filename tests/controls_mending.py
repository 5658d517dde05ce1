"""Switches (see tests/controls.py) of what makes edge notice damage that somebody else met."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain.fault import Fault
from edge.store.damage import opening, reopen
from edge.store.file import database
from edge.store.file.database import Database


def nobody_looks_for_the_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: edge goes on with the store that it has open, whatever others found."""
    let_go = reopen.Keeper._let_go_of_what_is_damaged

    def only_those_who_join(self: reopen.Keeper[reopen.Holds]) -> None:
        if self._database is not None and not self._database.owner:
            let_go(self)

    monkeypatch.setattr(reopen.Keeper, "_let_go_of_what_is_damaged", only_those_who_join)


def no_copy_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: a disk that is too small for the copy keeps the cart from starting."""
    monkeypatch.setattr(database, "_LAST_REBUILD", 9999)


def a_damaged_store_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """H24: without room for a new store the cart has none."""

    def refused(_path: Path, _key: bytes, fault: Fault) -> Database:
        raise fault

    monkeypatch.setattr(opening, "_as_it_is", refused)
