"""The audit trail in the store: append inside the transaction of the act, read, check. Nothing here changes an entry.

Whoever writes what a person did calls ``append`` in the same ``with database.write()``:

    with database.write():
        ...
        audit.append(database, Entry(Act.RELEASED, by, now, item_id=item_id, detail=destination))
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from edge.domain import audit as rules
from edge.domain.audit import Act, Actor, Break, Entry, Link
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.store.file.database import Database, migrations

_GUARD = re.compile(r"CREATE TRIGGER (audit_\w+) .*?\bEND(?=;)", re.DOTALL)
"""The triggers that refuse what is not an append, in the script that makes them."""

_COLUMNS = ", ".join(rules.FIELDS)
_PLACES = ", ".join("?" * len(rules.FIELDS))
_TRACED = "audit_traced"


def append(database: Database, entry: Entry) -> None:
    """Part of the transaction that is open: the act and its trace are durable together or not at all.

    Raises RuntimeError where none is open: a trace alone would be a lie when the act then fails.
    """
    if not database.connection.in_transaction:
        raise RuntimeError("an audit entry is written in the transaction of its act")
    sequence, before = head(database)
    one = rules.link(entry, sequence + 1, before)
    values = tuple(getattr(one, name) for name in rules.FIELDS)
    database.connection.execute(f"INSERT INTO audit ({_COLUMNS}) VALUES ({_PLACES})", values)


def note(database: Database, entry: Entry) -> None:
    """An act that changes nothing else in the store, in a transaction of its own. Durable when it returns. Raises Fault."""
    with database.write():
        append(database, entry)


def head(database: Database) -> tuple[int, bytes]:
    """(sequence, hash) of the newest entry; (0, genesis) of an empty trail."""
    row = database.connection.execute("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
    return (0, rules.genesis(store_id(database))) if row is None else (int(row[0]), bytes(row[1]))


def store_id(database: Database) -> str:
    """The name that the store got when its trail began. Raises Fault(STORE_DAMAGED) where it is gone."""
    row = database.connection.execute("SELECT value FROM fact WHERE name = 'store_id'").fetchone()
    if row is None:
        raise Fault(Reason.STORE_DAMAGED, "the store has no name any more", "keep the files, call the fleet admin")
    return str(row[0])


def entries(database: Database, *, after: int = 0) -> Iterator[Link]:
    """In order, from the one after ``after``; in no more memory than one takes."""
    found = database.connection.execute(f"SELECT {_COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence", (after,))
    for row in found:
        yield Link(*row)


def newest(database: Database, limit: int) -> list[Link]:
    """The last ones, oldest first."""
    found = database.connection.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY sequence DESC LIMIT ?", (limit,))
    return [Link(*row) for row in found][::-1]


def hash_at(database: Database, sequence: int) -> bytes | None:
    row = database.connection.execute("SELECT hash FROM audit WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else bytes(row[0])


def check(database: Database) -> list[Break]:
    """Everything that is wrong with the trail, [] where nothing is.

    Somebody with the store's key can write a whole new chain in which nothing is wrong: only an export tells
    (``edge/mains/audit.py``).
    """
    with at_one_moment(database):
        if database.connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'audit'").fetchone() is None:
            return [Break(0, "there is no audit trail")]
        found = list(rules.breaks(entries(database), store_id(database)))
        last, _ = head(database)
        given = database.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
        if given is not None and given[0] > last:
            found.append(Break(last + 1, f"the end is missing: entry {given[0]} was written, entry {last} is the last"))
        found += [Break(0, f"the guard {name} is gone or was changed") for name in _missing_guards(database)]
    return found


def _missing_guards(database: Database) -> list[str]:
    stands = dict(
        database.connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'")
    )
    made = {
        found[1]: found[0] for _, name, script in migrations() if name == "audit" for found in _GUARD.finditer(script)
    }
    return sorted(name for name, sql in made.items() if stands.get(name) != sql)


def trace_store(database: Database, purpose: str, by: Actor, at: Instant) -> None:
    """What became of the store itself, once: that it was made or migrated, and what it is for.

    A migration runs before its trace can be written; nothing else is written between the two, since whoever owns the store
    calls this before anybody gets it, and what a crash left untraced is traced at the next opening.
    """
    (reached,) = database.connection.execute("SELECT max(number) FROM migration").fetchone()
    if _traced(database) == reached:
        return
    with database.write():
        traced = _traced(database)
        if traced == reached:
            return  # somebody else was quicker
        if traced is None:
            act = Act.CREATED if _was_empty(database) else Act.MIGRATED
            append(database, Entry(act, by, at, detail=f"to schema {reached}"))
            append(database, Entry(Act.PURPOSE, by, at, detail=purpose))
        else:
            append(database, Entry(Act.MIGRATED, by, at, detail=f"from schema {traced} to {reached}"))
        database.connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (_TRACED, str(reached)))


def _traced(database: Database) -> int | None:
    row = database.connection.execute("SELECT value FROM fact WHERE name = ?", (_TRACED,)).fetchone()
    return None if row is None else int(row[0])


def _was_empty(database: Database) -> bool:
    """Before the trail began."""
    (something,) = database.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM patient) OR EXISTS (SELECT 1 FROM item) OR EXISTS (SELECT 1 FROM quarantine)"
    ).fetchone()
    return not something


@contextlib.contextmanager
def at_one_moment(database: Database) -> Iterator[None]:
    """All that is read within it is of one moment, whoever writes meanwhile."""
    if database.connection.in_transaction:
        yield
        return
    database.connection.execute("BEGIN")
    try:
        yield
    finally:
        database.connection.execute("ROLLBACK")
