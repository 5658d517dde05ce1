"""A damaged store is laid aside whole, and a new one made of all that can be read of it. Nothing is deleted.

The order survives a power cut anywhere: first a durable note of what is being done and where to, then database, log and
index go there together, then the new store is made there and takes its place in one step, then the note goes. Whoever opens
the store while the note is there finishes first.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.domain.posture import Trouble
from edge.store.damage import incidents
from edge.store.damage.aside import lay_aside, new_folder, note_file, put_back, report_of, without_scratch
from edge.store.damage.mending import DERIVED, mend
from edge.store.damage.remains import Remains, remains
from edge.store.damage.room import NoRoomToMend, make_room
from edge.store.damage.trees import Column, Pages, Row, Tree, fits
from edge.store.disk.durable import fsync_directory, fsync_file, keep_owner, replace_file
from edge.store.disk.errors import is_full
from edge.store.disk.lock import StoreLock, lock_file
from edge.store.disk.space import MEBIBYTE, Space
from edge.store.file.database import RELEASE, Database
from edge.store.file.pages import damaged_marker

_MORE = 4 * MEBIBYTE
"""Bytes that there have to be beyond those that were not enough."""

_NEVER_COPIED = frozenset({"sqlite_schema", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4", "migration"})


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """Of one table: rows in the new store, records that were no rows any more, and pages that could not be read."""

    rows: int = 0
    spoiled: int = 0
    lost_pages: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What a salvage kept. ``folder`` holds the damaged files; ``older`` pages are kept as they were before their last change.

    ``mended`` says what had to be changed so that rows whose counterpart is lost could be kept.
    """

    folder: str
    at_utc: str
    pages: int = 0
    damaged_pages: tuple[int, ...] = ()
    older: tuple[int, ...] = ()
    tables: dict[str, Kept] = dataclasses.field(default_factory=dict)
    nobodys_pages: tuple[int, ...] = ()
    mended: tuple[str, ...] = ()

    def line(self) -> str:
        """One plain line."""
        rows = sum(kept.rows for kept in self.tables.values())
        lost = len(self.damaged_pages)
        return f"the store was made anew: {rows} rows kept, {lost} of {self.pages} pages could not be read, the old files are in {self.folder}"


def salvage(database: Path, key: bytes) -> Report:
    """Lays the store aside and makes a new one, or finishes what was cut short.

    Raises Fault(NOT_ALLOWED) while another process has the store open, Fault(STORE_IO) where the disk does not take the new
    store: then this may be called again. A key that is not the store's is refused with Fault(STORE_KEY), a store that a newer
    release wrote with Fault(STORE_VERSION), one for which there is no room with NoRoomToMend, before anything moves.
    """
    with StoreLock.alone(database):
        note = note_file(database)
        try:
            if not note.exists():
                source = remains(database, database.parent, key)
                _refuse_newer(source)
                make_room(database, source)
                replace_file(note, new_folder(database.parent).name.encode(), mode=0o660)
            folder = database.parent / note.read_text(encoding="utf-8")
            lay_aside(database, folder)
            # it may have been cut short after the last step but one
            report = (
                Report(folder.name, _now()) if database.exists() else _made_anew_or_not_at_all(database, folder, key)
            )
            damaged_marker(database).unlink(missing_ok=True)
            note.unlink()
            fsync_directory(database.parent)
        except OSError as exc:
            raise Fault(
                Reason.STORE_IO, f"the store could not be made anew: {exc.strerror}", "make room on its disk"
            ) from exc
        except sqlite.DatabaseError as exc:
            raise Fault(Reason.STORE_IO, f"the store could not be made anew: {exc}", "make room on its disk") from exc
    return report


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def _made_anew_or_not_at_all(database: Path, folder: Path, key: bytes) -> Report:
    """Where the room went since it was begun the store is where it was, so that what is left of it can still be used.

    Raises NoRoomToMend.
    """
    without_scratch(folder)
    free = Space(database).free()
    try:
        return _made_anew(database, folder, key)
    except NoRoomToMend as fault:
        needs = fault.needs
    except (Fault, sqlite.DatabaseError, OSError) as exc:
        found_room = not is_full(exc) and Space(database).free() >= MEBIBYTE
        if found_room or database.exists():  # what is there now is the new one
            raise
        needs = free + _MORE
    put_back(database, folder)
    raise NoRoomToMend(needs, Space(database).free(), database)


def _made_anew(database: Path, folder: Path, key: bytes) -> Report:
    scratch = without_scratch(folder)
    old = folder / database.name
    source = remains(old, database.parent, key)
    make_room(database, source)
    new = Database(scratch, key, owner=True)
    try:
        report = _copied(source, new, folder.name)
        incidents.note(new, Trouble.SALVAGED, report.line())
        new.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        new.close()
    lock_file(scratch).unlink(missing_ok=True)
    if old.exists():
        scratch.chmod(old.stat().st_mode & 0o777)
        keep_owner(old, scratch)
    fsync_file(scratch)
    replace_file(report_of(folder), msgspec.json.format(msgspec.json.encode(report)), mode=0o660)
    scratch.rename(database)
    fsync_directory(folder)
    fsync_directory(database.parent)
    return report


def _refuse_newer(source: Remains) -> None:
    """What this release does not know it would leave out. Raises Fault(STORE_VERSION)."""
    pages = Pages(source.read, source.count)
    schema = _schema(pages.tree(1))
    facts = pages.tree(schema["fact"].root).rows if "fact" in schema else []
    for name, found in (row.columns for row in facts if len(row.columns) == 2):
        if name == "min_reader" and isinstance(found, str) and int(found) > RELEASE:
            raise Fault(
                Reason.STORE_VERSION,
                f"the store is damaged, and needs release {found} or newer, this is {RELEASE}",
                "install that release; the store is untouched",
            )


def _copied(source: Remains, new: Database, folder: str) -> Report:
    pages = Pages(source.read, source.count)
    top = pages.tree(1)
    schema = _schema(top)
    is_all = not (top.lost or top.spoiled or source.older)  # a table that is not in it was not there
    run = new.connection.execute
    run("PRAGMA foreign_keys = OFF")
    run("PRAGMA synchronous = OFF")
    run("PRAGMA journal_mode = MEMORY")  # nothing of a new store needs undoing, and a log would take its size once more
    run("BEGIN IMMEDIATE")
    triggers = run("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        run(f"DROP TRIGGER {name}")
    facts = run("SELECT name, value FROM fact").fetchall()
    tables = {name: _like(schema.get(name), table) for name, table in _tables(new.connection).items()}
    for name in tables:
        run(f"DELETE FROM {name}")
    into = {name: _Into(new.connection, table) for name, table in tables.items()}
    trees = {name: Tree() if name in schema or is_all else Tree(lost=[0]) for name in tables}
    for name, tree in trees.items():
        for rows in pages.walk(schema[name].root, tree) if name in schema else ():
            into[name].put(rows)
    for one in schema.values():
        if one.root not in pages.seen:
            # indexes and what this release does not know: what is left then is nobody's
            collections.deque(pages.walk(one.root, Tree()), maxlen=0)
    nobodys = _claim(pages, trees, tables, into)
    kept = {
        name: Kept(into[name].rows, into[name].spoiled + tree.spoiled, tuple(tree.lost)) for name, tree in trees.items()
    }
    _numbers_go_on(new.connection, pages, schema)
    run("DELETE FROM fact WHERE name = 'min_reader'")
    new.connection.executemany("INSERT OR IGNORE INTO fact VALUES (?, ?)", facts)
    mended = mend(new.connection)
    for _, statement in triggers:
        run(statement)
    run("COMMIT")
    run("PRAGMA journal_mode = WAL")
    run("PRAGMA synchronous = FULL")
    run("PRAGMA foreign_keys = ON")
    return Report(
        folder,
        _now(),
        source.count,
        tuple(sorted(source.damaged)),
        tuple(sorted(source.older)),
        kept,
        tuple(nobodys),
        tuple(mended),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """Of the schema."""

    root: int
    statement: str


def _schema(tree: Tree) -> dict[str, _Entry]:
    """Tables and indexes of the old store, as far as they can be read, out of its first tree."""
    found = {}
    for row in tree.rows:
        if len(row.columns) != 5:
            continue
        kind, name, _table, root, statement = row.columns
        if kind in {"table", "index"} and isinstance(name, str) and isinstance(root, int) and root > 1:
            found[name] = _Entry(root, statement if kind == "table" and isinstance(statement, str) else "")
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Table:
    """``columns`` in the order in which a record has them; ``taken`` are those of them that the new store has too."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    has_rowid: bool
    alias: int | None
    """Which column is the rowid itself."""
    taken: frozenset[str]


def _tables(connection: sqlite.Connection) -> dict[str, _Table]:
    """Those of the new store."""
    found = {}
    for name, without_rowid in connection.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    ).fetchall():
        if name in _NEVER_COPIED:
            continue
        info = connection.execute("SELECT name, type, pk FROM pragma_table_info(?)", (name,)).fetchall()
        if without_rowid:
            info.sort(key=lambda column: column[2] or 1_000)
        keys = [column for column in info if column[2]]
        is_alias = not without_rowid and len(keys) == 1 and keys[0][1] == "INTEGER"
        names = tuple(str(column[0]) for column in info)
        found[name] = _Table(
            name,
            names,
            tuple(str(column[1]) for column in info),
            not without_rowid,
            info.index(keys[0]) if is_alias else None,
            frozenset(names),
        )
    return found


def _like(old: _Entry | None, new: _Table) -> _Table:
    """The table as an older release wrote it."""
    if old is None or not old.statement:
        return new
    with contextlib.closing(sqlite.connect(":memory:")) as connection:
        try:
            connection.execute(old.statement)
        except sqlite.Error:
            return new
        return dataclasses.replace(_tables(connection)[new.name], taken=new.taken)


def _numbers_go_on(connection: sqlite.Connection, pages: Pages, schema: dict[str, _Entry]) -> None:
    """A number that was given out is not given out again, although its row is lost."""
    if "sqlite_sequence" not in schema:
        return
    pages.seen.discard(schema["sqlite_sequence"].root)
    for row in pages.tree(schema["sqlite_sequence"].root).rows:
        name, last = row.columns
        known = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchone()
        if known is None:
            connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, last))
        elif isinstance(last, int) and known[0] < last:
            connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, name))


def _claim(pages: Pages, trees: dict[str, Tree], tables: dict[str, _Table], into: dict[str, _Into]) -> list[int]:
    """Leaves whose inner page is lost go to the one table that they can belong to; returns those that stay nobody's."""
    missing = [name for name, tree in trees.items() if tree.lost]
    nobodys = []
    for number in pages.unclaimed():
        tree = pages.tree(number)
        able = [
            name
            for name in missing
            if fits(tree.rows, tables[name].types, rowid=tables[name].has_rowid) and _unlike(tree.rows, tables[name])
        ]
        if len(able) == 1:
            into[able[0]].put(tree.rows)
            trees[able[0]].spoiled += tree.spoiled
            trees[able[0]].lost += tree.lost
        elif tree.rows:
            nobodys.append(number)
    return nobodys


def _unlike(rows: Sequence[Row], table: _Table) -> bool:
    """A record is stored with all columns that the table had when it was written; it is never a few of very many."""
    return all(2 * len(row.columns) > len(table.columns) for row in rows)


class _Into:
    """A table of the new store. A row that is there twice is taken once; one that breaks the table's rules is not taken."""

    def __init__(self, connection: sqlite.Connection, table: _Table) -> None:
        self._connection = connection
        self._table = table
        self._at = [number for number, name in enumerate(table.columns) if name in table.taken]
        names = ",".join(table.columns[number] for number in self._at)
        self._statement = f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({','.join('?' * len(self._at))})"
        self._defaults = _defaults(connection, table)
        self.rows = 0
        self.spoiled = 0

    def put(self, rows: Sequence[Row]) -> None:
        if self._table.name in DERIVED:
            return
        for row in rows:
            columns = [*row.columns, *self._defaults[len(row.columns) :]][: len(self._table.columns)]
            if self._table.alias is not None:
                columns[self._table.alias] = row.rowid
            try:
                self.rows += self._connection.execute(self._statement, [columns[at] for at in self._at]).rowcount
            except sqlite.IntegrityError:
                self.spoiled += 1


def _defaults(connection: sqlite.Connection, table: _Table) -> list[Column]:
    """What a record that was written before a column was added has there."""
    told = dict(connection.execute("SELECT name, dflt_value FROM pragma_table_info(?)", (table.name,)).fetchall())
    return [
        None if told.get(name) is None else connection.execute(f"SELECT {told[name]}").fetchone()[0]
        for name in table.columns
    ]
