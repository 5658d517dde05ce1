"""A copy of the store that a person takes away, and the way back.

A backup is a folder: ``store.db`` as it was at one moment, the blobs that it names, all encrypted as in the store, and
``manifest.json``, written last and sealed with the store's key: a folder without one is no backup. The key is not in it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import msgspec
import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.store.damage.aside import note_file
from edge.store.disk.blobs import Blobs
from edge.store.disk.durable import fsync_directory, fsync_file, keep_owner, replace_file
from edge.store.disk.keys import BlobKey, derived
from edge.store.disk.rekey import prepared
from edge.store.file.database import OLDEST_SQLITE, RELEASE, SET_ASIDE
from edge.store.file.log_file import index_of
from edge.store.file.marks import mark_file
from edge.store.file.pages import damaged_marker, first_page_file

MANIFEST = "manifest.json"
_DATABASE = "store.db"
_BLOBS = "blobs"
_MANIFEST_AT_MOST = 256 << 20

NAMING = ("blob_sha256", "frozen_sha256")
"""Columns that name a blob, in whatever table they stand."""


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds. ``made`` UTC; sizes in bytes on disk. ``missing`` blobs were so in the store."""

    format: int
    made: str
    key: str
    schema: int
    min_reader: int
    purpose: str
    database_bytes: int
    database_sha256: str
    blobs: dict[str, int]
    missing: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``seal``: HMAC-SHA-256 over the JSON of ``content``, under a key derived from the store's."""

    content: msgspec.Raw
    seal: str


Progress = Callable[[str], None]


# --- making one


def make(connection: sqlite.Connection, blobs: Blobs, key: bytes, to: Path, now: dt.datetime, say: Progress) -> Content:
    """Copies what was committed before the call, and perhaps more, into the new folder ``to``, while others go on writing.

    ``connection`` is open on the store, outside a transaction. A blob that is missing or damaged in the store is left out
    and named in the manifest. Raises Fault(NOT_ALLOWED) where ``to`` holds something, Fault(STORE_IO) where it cannot be
    written: it has no manifest then.
    """
    _empty_folder(to)
    try:
        copy = to / _DATABASE
        _private(copy)
        connection.execute("VACUUM INTO ?", (str(copy),))
        fsync_file(copy)
        with opened(copy, key) as of_copy:
            named = sorted(named_blobs(of_copy))
            schema, min_reader, purpose = facts(of_copy)
        sizes, missing = _copy_blobs(blobs, Blobs(_with_keys(blobs, to / _BLOBS), key), named, say)
        # what was purged since is no loss: the store does not name it any more
        still = named_blobs(connection) if missing else set()
        content = Content(
            format=1,
            made=now.isoformat(),
            key=BlobKey.of(key).id.hex(),
            schema=schema,
            min_reader=min_reader,
            purpose=purpose,
            database_bytes=copy.stat().st_size,
            database_sha256=_sha256(copy),
            blobs=sizes,
            missing=tuple(name for name in missing if name in still),
        )
        for folder in (to / _BLOBS, to):
            fsync_directory(folder)
        raw = msgspec.json.format(msgspec.json.encode(content), indent=1)
        manifest = Manifest(content=msgspec.Raw(raw), seal=_seal(key, raw))
        replace_file(to / MANIFEST, msgspec.json.encode(manifest), mode=0o600)
        fsync_directory(to.parent)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"no backup: {exc.strerror}", "check the disk that it goes to") from exc
    except sqlite.DatabaseError as exc:
        raise Fault(Reason.STORE_IO, f"no backup: {exc}", "check both disks; verify the store") from exc
    return content


def named_blobs(connection: sqlite.Connection) -> set[str]:
    """The SHA-256 of every blob that a row names, but for rows that were purged. Raises sqlite's errors."""
    found: set[str] = set()
    for table, column, here in naming_columns(connection):
        rows = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL AND ({here})')
        found.update(str(row[0]) for row in rows)
    return found


def naming_columns(connection: sqlite.Connection) -> list[tuple[str, str, str]]:
    """(table, column, SQL that is true of its rows which were not purged) of all that names blobs. Raises sqlite's errors.

    What was set aside names nothing that what came in its place does not.
    """
    found = []
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
        if table in SET_ASIDE:
            continue
        columns = dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall())
        # as the indexes say it
        here = {"TEXT": "purged IS NULL", "INTEGER": "purged = 0"}.get(columns.get("purged", ""), "TRUE")
        found += [(str(table), column, here) for column in NAMING if column in columns]
    return found


def facts(connection: sqlite.Connection) -> tuple[int, int, str]:
    """(number of the newest migration, min_reader, purpose) of a store. Raises sqlite's errors."""
    (schema,) = connection.execute("SELECT max(number) FROM migration").fetchone()
    found = dict(connection.execute("SELECT name, value FROM fact").fetchall())
    return int(schema), int(found["min_reader"]), str(found.get("purpose", ""))


def _copy_blobs(source: Blobs, target: Blobs, named: Iterable[str], say: Progress) -> tuple[dict[str, int], list[str]]:
    sizes: dict[str, int] = {}
    missing: list[str] = []
    for sha256 in named:
        try:
            sizes[sha256] = target.adopt(source, sha256)
        except Fault as fault:
            if fault.reason is not Reason.STORE_DAMAGED:
                raise
            missing.append(sha256)
        if len(sizes) % 100 == 0:
            say(f"{len(sizes)} files")
    return sizes, missing


def _with_keys(source: Blobs, folder: Path) -> Path:
    """The folder for a copy of blobs, with the former keys that some of them may need."""
    folder.mkdir(exist_ok=True, mode=0o770)
    for ring in source.ring_files():
        shutil.copyfile(ring, folder / ring.name)
        fsync_file(folder / ring.name)
    return folder


# --- the way back


def restore(source: Path, database: Path, blobs: Path, key: bytes, say: Progress) -> Content:
    """Brings ``source`` into a data folder that has no store. The store appears when all of it is there, and checked.

    The caller holds the store's lock alone. Raises Fault(NOT_ALLOWED) where a store is there already, Fault(STORE_KEY) where
    the backup was made under another key, Fault(STORE_VERSION) where it is of a newer release, Fault(STORE_DAMAGED)
    where it is not what was backed up, Fault(STORE_IO). An attempt that failed may be made again.
    """
    if sqlite.sqlite_version_info < OLDEST_SQLITE:
        raise Fault(Reason.STORE_VERSION, f"SQLite {sqlite.sqlite_version} is too old", "install the locked packages")
    scratch = database.with_name(f"{database.name}.restoring")
    _refuse_to_overwrite(database, blobs, scratch)
    content = read_manifest(source, key)
    try:
        shutil.copyfile(_regular(source / _DATABASE, content.database_bytes), scratch)
        if _sha256(scratch) != content.database_sha256:
            raise _changed(_DATABASE)
        named = check_database(scratch, key)
        unknown = named - content.blobs.keys() - set(content.missing)
        if unknown:
            raise _changed(f"{len(unknown)} files are missing")
        held = Blobs(source / _BLOBS, key)
        target = Blobs(_with_keys(held, blobs), key)
        _sizes, lost = _copy_blobs(held, target, content.blobs, say)
        if lost:
            raise _changed(f"{len(lost)} files are missing or damaged")
        _hand_over(database.parent, [scratch, blobs, *blobs.rglob("*")])
        scratch.chmod(0o660)
        fsync_file(scratch)
        fsync_directory(blobs)
        # they say what became of another store
        for beside in (
            damaged_marker(database),
            note_file(database),
            first_page_file(database),
            mark_file(database),
            index_of(database),
            prepared(database),
        ):
            beside.unlink(missing_ok=True)
        fsync_directory(database.parent)
        scratch.rename(database)
        fsync_directory(database.parent)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"not restored: {exc.strerror}", "check both disks and try again") from exc
    return content


def read_manifest(source: Path, key: bytes) -> Content:
    """Raises Fault(STORE_DAMAGED | STORE_KEY | STORE_VERSION | STORE_IO) for what is no backup made under ``key``."""
    try:
        manifest = msgspec.json.decode(_regular(source / MANIFEST, _MANIFEST_AT_MOST).read_bytes(), type=Manifest)
        raw = bytes(manifest.content)
        content = msgspec.json.decode(raw, type=Content)
    except FileNotFoundError as exc:
        raise Fault(
            Reason.STORE_DAMAGED, f"{source} holds no finished backup: it has no {MANIFEST}", "give another folder"
        ) from exc
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{source} cannot be read: {exc.strerror}", "check the disk") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _changed(MANIFEST) from exc
    if content.key != BlobKey.of(key).id.hex():
        raise Fault(Reason.STORE_KEY, "the backup was made under another key", "give the key of then: --key-file")
    if not hmac.compare_digest(manifest.seal, _seal(key, raw)):
        raise _changed(MANIFEST)
    if content.format != 1 or content.min_reader > RELEASE:
        raise Fault(
            Reason.STORE_VERSION, f"the backup needs release {content.min_reader} or newer", "install that release"
        )
    return content


def check_database(path: Path, key: bytes) -> set[str]:
    """Reads it through as the hostile file that it may be; the blobs that it names. Raises Fault(STORE_DAMAGED)."""
    try:
        with opened(path, key) as connection:
            wrong = _first_damage(connection)
            if wrong is None:
                return named_blobs(connection)
    except sqlite.DatabaseError as exc:
        wrong = str(exc)
    raise _changed(f"{_DATABASE}: {wrong}")


def _first_damage(connection: sqlite.Connection) -> str | None:
    # every page against its HMAC, then what the pages say: order, types, constraints
    for pragma in ("cipher_integrity_check", "quick_check(1)"):
        for (said,) in connection.execute(f"PRAGMA {pragma}"):
            if said != "ok":
                return str(said).splitlines()[0]
    return None


@contextlib.contextmanager
def opened(path: Path, key: bytes) -> Iterator[sqlite.Connection]:
    """A database that is nobody's yet: nothing of its schema is trusted. Raises sqlite's errors."""
    connection = sqlite.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in ("trusted_schema = 0", "cell_size_check = 1", "mmap_size = 0", "query_only = 1"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        connection.close()


# --- both


def _refuse_to_overwrite(database: Path, blobs: Path, scratch: Path) -> None:
    there = (database, *(database.with_name(f"{database.name}-{end}") for end in ("wal", "journal")))
    cut_short = scratch.exists()
    held = not cut_short and blobs.exists() and any(path.is_file() for path in blobs.rglob("*"))
    if held or any(path.exists() for path in there):
        raise Fault(
            Reason.NOT_ALLOWED, f"there is a store in {database.parent} already", "restore into an empty folder"
        )


def _empty_folder(to: Path) -> None:
    try:
        to.mkdir(mode=0o700, exist_ok=True)
        if any(to.iterdir()):
            raise Fault(Reason.NOT_ALLOWED, f"{to} is not empty", "give a new folder")
    except OSError as exc:
        raise Fault(
            Reason.STORE_IO, f"no backup: {to}: {exc.strerror}", "give a new folder on a disk with room"
        ) from exc


def _private(path: Path) -> None:
    """SQLite fills a file that is there and empty, and leaves its mode as it is."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _hand_over(folder: Path, paths: Collection[Path]) -> None:
    for path in paths:
        keep_owner(folder, path)


def _regular(path: Path, at_most: int) -> Path:
    """Raises FileNotFoundError, and Fault(STORE_DAMAGED) for what is no file or too large: it is read as root."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > at_most:
        raise _changed(path.name)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(key: bytes, content: bytes) -> str:
    return hmac.digest(derived(key, b"telecart backup 1"), content, "sha256").hex()


def _changed(what: str) -> Fault:
    return Fault(
        Reason.STORE_DAMAGED, f"the backup is not what was backed up: {what}", "use another backup; keep this one"
    )
