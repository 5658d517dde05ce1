"""A store whose schema is not what its migrations made is told apart from one that is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.damage.schema import counts, differences
from edge.store.damage.verify import verify
from edge.store.ledger import EdgeStore, Places, open_for_edge


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EdgeStore]:
    opened = open_for_edge(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key"), {}, "demonstration")
    yield opened
    opened.database.close()


def test_a_new_store_is_as_its_migrations_made_it(store: EdgeStore) -> None:
    assert differences(store.database.connection) == []


def test_what_a_later_release_added_is_no_difference(store: EdgeStore) -> None:
    run = store.database.connection.execute
    run("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")
    run("ALTER TABLE item ADD COLUMN later TEXT")
    run("CREATE INDEX item_later ON item (later)")
    assert differences(store.database.connection) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (["DROP TRIGGER outbox_never_forgets"], ["trigger outbox_never_forgets is missing"]),
        (
            [
                "DROP TRIGGER outbox_never_forgets",
                "CREATE TRIGGER outbox_never_forgets BEFORE DELETE ON outbox BEGIN SELECT 1; END",
            ],
            ["trigger outbox_never_forgets is another one"],
        ),
        (["DROP INDEX outbox_due"], ["index outbox_due of outbox is missing or another one"]),
        (
            ["DROP INDEX item_of_nobody", "CREATE INDEX item_of_nobody ON item (kind)"],
            ["index item_of_nobody of item is missing or another one"],
        ),
        (["DROP TABLE device_memory"], ["table device_memory is missing"]),
        (
            [
                "DROP TABLE device_memory",
                "CREATE TABLE device_memory (device_id TEXT NOT NULL PRIMARY KEY, clock_least TEXT)",
            ],
            [
                "table device_memory is no longer strict",
                "column device_memory.clock_least is another one",
                "column device_memory.last_sequence is missing",
            ],
        ),
    ],
)
def test_what_is_gone_or_was_changed_is_named(store: EdgeStore, damage: list[str], said: list[str]) -> None:
    for statement in damage:
        store.database.connection.execute(statement)
    assert differences(store.database.connection) == said


def test_rows_are_counted(store: EdgeStore) -> None:
    found = counts(store.database.connection)
    assert found["audit"] == 2
    assert found["item"] == 0


def test_verify_says_it(store: EdgeStore, tmp_path: Path) -> None:
    store.database.connection.execute("DROP TRIGGER outbox_never_forgets")
    found = verify(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    said = {one.check: one.wrong for one in found.verdicts if one.wrong}
    assert said == {"schema": ("trigger outbox_never_forgets is missing",)}
