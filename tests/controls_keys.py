"""Switches (see tests/controls.py) of what keeps the store's content secret and its copies honest."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.item import Body
from edge.store.disk import blobs
from edge.store.disk.keys import BlobKey
from edge.store.file import database
from edge.store.leaving import backup


def the_database_is_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """T1: SQLite as it is without a key."""
    real = sqlite.connect

    class Plain(sqlite.Connection):  # type: ignore[misc]
        def execute(self, statement: str, *values: object) -> object:
            return super().execute("SELECT 1" if statement.startswith("PRAGMA key") else statement, *values)

    monkeypatch.setattr(database.sqlite, "connect", lambda *a, **k: real(*a, **k, factory=Plain))


def the_key_is_sealed_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """T1: a credential that any systemd opens."""
    from tests.integration import test_credentials

    monkeypatch.setattr(test_credentials, "SEALED_BY", "--with-key=tpm2-absent")


def files_are_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """T1: what stands beside the database is written as it came."""

    def written(file: BinaryIO, key: BlobKey, content: bytes | Body) -> str:
        whole = content if isinstance(content, bytes) else b"".join(content.pieces())
        file.write(whole)
        return hashlib.sha256(whole).hexdigest()

    monkeypatch.setattr(blobs, "_seal", written)
    monkeypatch.setattr(blobs.Blobs, "_opened", lambda _self, file, _name: iter([file.read()]))


def any_backup_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """T21: the seal of a manifest is not looked at."""
    monkeypatch.setattr(backup.hmac, "compare_digest", lambda _one, _other: True)


def a_restored_database_is_not_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """T21: whoever holds the key may write anything into a backup."""
    monkeypatch.setattr(backup, "_first_damage", lambda _connection: None)
