"""Does the store have the schema that its migrations make? Seen through sqlite-utils, table by table.

A page that was lost or a hand that "only wanted to look" can leave a store that opens, answers, and has no trigger any more that
keeps its rows from being deleted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlcipher3.dbapi2 as sqlite

from edge.store.file.database import SET_ASIDE, migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database as Introspection
    from sqlite_utils.db import Table

_BEFORE = (
    "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "INSERT INTO fact VALUES ('min_reader', '1')",
)


def differences(connection: sqlite.Connection) -> list[str]:
    """One plain line for each table, column, index or trigger that is missing or other than its migration made it.

    What a later release added is no difference; nor is it where nothing at all was set aside. Raises sqlite.Error.
    """
    import sqlite_utils  # for whoever asks: it loads numpy where that is installed

    (reached,) = connection.execute("SELECT max(number) FROM migration").fetchone()
    with contextlib.closing(sqlite.connect(":memory:", isolation_level=None)) as made:
        for statement in _BEFORE:
            made.execute(statement)
        for number, _, script in migrations():
            if number <= reached:
                for statement in statements(script):
                    made.execute(statement)
        return list(_compared(sqlite_utils.Database(made), sqlite_utils.Database(connection)))


def _compared(made: Introspection, found: Introspection) -> Iterator[str]:
    there = set(found.table_names())
    spared = () if there.intersection(SET_ASIDE) else SET_ASIDE
    for table in made.tables:
        if table.name in spared:
            continue
        if table.name not in there:
            yield f"table {table.name} is missing"
        else:
            yield from _table(table, found.table(table.name))
    triggers = found.triggers_dict
    for trigger in made.triggers:
        if trigger.name.startswith(spared):
            continue
        if trigger.name not in triggers:
            yield f"trigger {trigger.name} is missing"
        elif _words(triggers[trigger.name]) != _words(trigger.sql):
            yield f"trigger {trigger.name} is another one"


def _table(made: Table, found: Table) -> Iterator[str]:
    if made.strict and not found.strict:
        yield f"table {made.name} is no longer strict"
    columns = {column.name: column for column in found.columns}
    for column in made.columns:
        other = columns.get(column.name)
        if other is None:
            yield f"column {made.name}.{column.name} is missing"
        elif (column.type, column.notnull, column.is_pk) != (other.type, other.notnull, other.is_pk):
            yield f"column {made.name}.{column.name} is another one"
    indexes = {index.name: tuple(index.columns) for index in found.indexes}
    for index in made.indexes:
        if index.origin == "c" and indexes.get(index.name) != tuple(index.columns):
            yield f"index {index.name} of {made.name} is missing or another one"


def _words(sql: str) -> list[str]:
    """Without how it is laid out."""
    return sql.split()


def schema_of(connection: sqlite.Connection, name: str = "") -> list[str]:
    """Each statement that makes the store, or the table or view ``name`` with its indexes and triggers; none where it is not there.

    Raises sqlite.Error.
    """
    import sqlite_utils  # as above

    found = sqlite_utils.Database(connection)
    tables = [one for one in found.tables if name in ("", one.name) and not one.name.startswith("sqlite_")]
    said = []
    for table in sorted(tables, key=lambda one: one.name):
        said.append(f"{table.schema};")
        made = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name"
        said += [f"{row['sql']};" for row in found.query(made, [table.name])]
        said += [f"{trigger.sql};" for trigger in sorted(table.triggers, key=lambda one: one.name)]
    return said + [f"{view.schema};" for view in found.views if name in ("", view.name)]


def counts(connection: sqlite.Connection) -> dict[str, int]:
    """Rows by table, every one counted. Raises sqlite.Error."""
    import sqlite_utils  # as above

    return {table.name: table.count for table in sqlite_utils.Database(connection).tables}
