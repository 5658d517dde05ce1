"""Migrations add: what a table was before one that has its place now stands beside it, each row as it was."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.measurement import Instant
from edge.domain.retention import Retention
from edge.store.damage.mending import DERIVED, mend
from edge.store.damage.salvage import salvage
from edge.store.damage.schema import differences
from edge.store.damage.verify import verify
from edge.store.disk.keys import read_key
from edge.store.file.database import SET_ASIDE, Database
from edge.store.leaving.backup import make, named_blobs
from edge.store.leaving.sweep import Sweep
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.sending import outbox
from tests.unit.test_migrations import FOLDERS, OLD, PROMISED

FIRST_TWO = FOLDERS[:2]
SINCE = [name for name in FOLDERS if int(name[:4]) >= 3]
KEPT = {name.removesuffix("_0002"): name for name in SET_ASIDE}
"""What a table of the first two schemas is called since."""
MOVES = {"fact", "migration", "counter", "bookmark", "sqlite_sequence", *DERIVED}
"""What is counted, derived or noted of the store itself."""

Rows = dict[str, list[tuple[object, ...]]]


def copied(name: str, to: Path) -> Places:
    shutil.copytree(OLD / name, to)
    (to / "store.key").chmod(0o600)
    return Places(to / "store.db", to / "blobs", to / "store.key")


@contextlib.contextmanager
def looking(places: Places) -> Iterator[sqlite.Connection]:
    """Without any of the store's own checks."""
    with contextlib.closing(sqlite.connect(str(places.database), isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key = \"x'{read_key(places.key).hex()}'\"")
        yield connection


def rows_of(connection: sqlite.Connection, names: dict[str, str], columns: dict[str, list[str]]) -> Rows:
    """Of each table, by the name that it had: every value with its type, in its order, with the number of its row."""
    found: Rows = {}
    for name, wanted in columns.items():
        table = names.get(name, name)
        (keyed,) = connection.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
        number = "NULL" if keyed else "rowid"
        values = ", ".join(f"typeof({column}), quote({column})" for column in wanted)
        found[name] = connection.execute(f"SELECT {number}, {values} FROM {table} ORDER BY 1, 3").fetchall()
    return found


def columns_of(connection: sqlite.Connection) -> dict[str, list[str]]:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    return {
        name: [column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
        for (name,) in tables
        if name not in MOVES
    }


def opened(places: Places, retention: Retention | None = None) -> EdgeStore:
    if retention is None:
        return open_for_edge(places, PROMISED, "demonstration")
    return open_for_edge(places, PROMISED, "demonstration", retention)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_row_that_there_was_is_there_byte_for_byte(name: str, tmp_path: Path) -> None:
    places = copied(name, tmp_path / "data")
    with looking(places) as before:
        columns = columns_of(before)
        rows = rows_of(before, {}, columns)
    assert sum(len(found) for found in rows.values()) > 20
    Database(places.database, read_key(places.key), owner=True).close()
    names = KEPT if name in FIRST_TWO else {}
    with looking(places) as after:
        assert rows_of(after, names, columns) == rows
        assert {row[0] for row in after.execute("PRAGMA integrity_check")} == {"ok"}
        assert after.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", FIRST_TWO)
def test_what_was_set_aside_stays_so_while_the_cart_works(name: str, tmp_path: Path) -> None:
    places = copied(name, tmp_path / "data")
    with looking(places) as before:
        columns = {table: found for table, found in columns_of(before).items() if table in KEPT}
        rows = rows_of(before, {}, columns)
        numbers = before.execute("SELECT name, seq FROM sqlite_sequence WHERE name IN ('item', 'outbox')").fetchall()
    assert all(rows.values())
    store = opened(places)
    for table in SET_ASIDE:
        column = columns[table.removesuffix("_0002")][0]
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        ):
            with pytest.raises(sqlite.IntegrityError, match="what was before"):
                store.run(statement)
    with pytest.raises(sqlite.IntegrityError, match="what was before"):
        store.run("UPDATE item_0002 SET payload = '{}', samples = NULL, raw = NULL, blob_sha256 = NULL")
    store.database.close()
    with looking(places) as after:
        assert rows_of(after, KEPT, columns) == rows
        kept = dict(after.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        assert {KEPT[table]: number for table, number in numbers}.items() <= kept.items()
        assert differences(after) == []
    assert verify(places.database, places.blobs, places.key).wrong == ()


@pytest.mark.parametrize("name", FIRST_TWO)
def test_what_is_purged_goes_from_what_was_before_too(name: str, tmp_path: Path) -> None:
    """Its row stays, as everywhere."""
    places = copied(name, tmp_path / "data")
    store = opened(places, Retention(vitals_days=1, photo_days=1, departure_days=1))
    with store.database.write():
        store.run("UPDATE outbox SET state = 'received'")
    at = dt.datetime.now(dt.UTC) + dt.timedelta(days=4000)
    made = []
    for days in (0, 10):  # counted from the first time that a clock which is right saw it
        while certificate := store.purge.run(Instant(at + dt.timedelta(days=days), "boot", 0, clock_trusted=True)):
            made.append(certificate)
    gone = {one.item_id for certificate in made for one in certificate.items}
    assert len(gone) == 8
    content = "payload <> '{}' OR samples IS NOT NULL OR raw IS NOT NULL OR blob_sha256 IS NOT NULL"
    for table in ("item", "item_0002"):
        left = {item for (item,) in store.run(f"SELECT id FROM {table} WHERE {content}")}
        assert len(left) == 1, table  # nobody's
        assert not gone & left
        assert store.run(f"SELECT count(*) FROM {table}").fetchone() == (9,)
    assert named_blobs(store.database.connection) == set()
    for _ in range(32):
        Sweep(store.database, store.blobs).run()
    store.database.close()
    assert verify(places.database, places.blobs, places.key).wrong == ()


def test_a_salvage_lets_go_again_of_what_was_purged(tmp_path: Path) -> None:
    places = copied(FIRST_TWO[1], tmp_path / "data")
    store = opened(places)
    run = store.run
    triggers = run("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (trigger,) in triggers:
        run(f"DROP TRIGGER {trigger}")
    run(
        "UPDATE item SET payload = '{}', samples = NULL, raw = NULL, blob_sha256 = NULL, purged = 'then' WHERE sequence < 4"
    )
    mend(store.database.connection)
    assert run("SELECT sequence FROM item_0002 WHERE payload = '{}'").fetchall() == [(1,), (2,), (3,)]
    assert run("SELECT count(*) FROM item_0002").fetchone() == (9,)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_store_is_salvaged_with_what_it_has_of_it(name: str, tmp_path: Path) -> None:
    places = copied(name, tmp_path / "data")
    opened(places).database.close()
    with looking(places) as before:
        has = {table for (table,) in before.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        columns = {table: found for table, found in columns_of(before).items() if table in SET_ASIDE or table == "item"}
        rows = rows_of(before, {}, columns)
    assert has.issuperset(SET_ASIDE) == (name in FIRST_TWO)
    assert verify(places.database, places.blobs, places.key).wrong == ()
    report = salvage(places.database, read_key(places.key))
    # a table that was not there is not lost
    assert {table: kept for table, kept in report.tables.items() if kept.lost_pages or kept.spoiled} == {}
    store = opened(places)
    assert len([item for item in outbox.items(store) if not item.nobodys]) == 8
    store.database.close()
    with looking(places) as after:
        assert rows_of(after, {}, columns) == rows
        assert differences(after) == []
    assert verify(places.database, places.blobs, places.key).wrong == ()


@pytest.mark.parametrize("name", SINCE)
def test_one_that_took_the_third_migration_before_is_whole_without_it_and_backed_up(name: str, tmp_path: Path) -> None:
    places = copied(name, tmp_path / "data")
    store = opened(places)
    assert differences(store.database.connection) == []
    key = read_key(places.key)
    content = make(store.database.connection, store.blobs, key, tmp_path / "copy", dt.datetime.now(dt.UTC), print)
    assert content.missing == ()
    # with one of them it has to have them all
    store.run("CREATE TABLE tally_0002 (destination TEXT NOT NULL) STRICT")
    assert "table item_0002 is missing" in differences(store.database.connection)
    assert "trigger item_0002_stays is missing" in differences(store.database.connection)
    store.database.close()


def test_what_is_empty_costs_a_new_store_eight_pages(tmp_path: Path) -> None:
    store = opened(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key"))
    with looking(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")) as found:
        trees = found.execute("SELECT count(*) FROM sqlite_schema WHERE rootpage > 0 AND tbl_name GLOB '*_0002'")
        assert trees.fetchone() == (8,)
    store.database.close()
