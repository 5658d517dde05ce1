"""`telecart store rekey|backup|restore|stats|schema`: what an admin does with the whole store."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from edge.domain.audit import Act, Entry
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import for_the_group, places_of
from edge.settings import Settings
from edge.store.damage import keepsakes
from edge.store.damage.keepsakes import Keepsake
from edge.store.damage.schema import counts, schema_of
from edge.store.disk import rekey as keys_change
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import new_key, read_key, write_key
from edge.store.disk.lock import StoreLock
from edge.store.file.database import Database
from edge.store.file.pages import damaged_marker
from edge.store.keeping import audit
from edge.store.leaving import backup as copies
from edge.store.leaving.backup import Content
from edge.store.ledger import Places, open_for_sync
from edge.store.sending.outbox import Opened

Progress = Callable[[str], None]


@contextlib.contextmanager
def _joined(places: Places) -> Iterator[Opened]:
    opened = open_for_sync(places)
    try:
        yield opened
    finally:
        opened.database.close()


def _trace(opened: Opened, act: Act, command: str, detail: str) -> None:
    audit.note(opened.database, Entry(act, of_process("store", command), SystemClock().now(), detail=detail))


# --- rekey


@for_the_group()
def rekey(settings: Settings, key_file: Path | None, say: Progress) -> str:
    """Another key for the store. Returns what is to be done next, for a person.

    Without ``key_file`` the key is random and takes the old one's place, and everything is done at the end. With it the new
    key is the one in that file, or a random one that is written there; the cart's key is left alone, and the store takes the
    new one when it is first opened with it. Raises Fault; the store then opens as before.
    """
    places = places_of(settings)
    old = read_key(places.key)
    if key_file is None and _is_credential(places.key):
        raise Fault(
            Reason.STORE_KEY,
            "the key comes from a systemd credential, which cannot be replaced from here",
            "say with --key-file where the new one shall be written",
        )
    with _joined(places) as opened:
        # it opens, with this key and in this release; and both databases have the trace
        _trace(opened, Act.REKEYED, "telecart store rekey", "begun")
    with StoreLock.alone(places.database):
        if key_file is not None:
            if not key_file.exists():
                write_key(key_file, new_key())
            keys_change.prepare(places.database, places.blobs, old, read_key(key_file))
            return (
                f"the store opens with the old key and with that in {key_file}, and stays with the one that opens it first."
                " Give the cart the new one, start it, then: telecart store rekey --finish"
            )
        new = new_key()
        say("copying the database under the new key")
        keys_change.prepare(places.database, places.blobs, old, new)
        try:
            write_key(places.key, new)
        except Fault:
            keys_change.settle(places.database, old)
            raise
        keys_change.settle(places.database, new)
        said = _finish(places, new, contextlib.nullcontext, say)
    with _joined(places) as opened:
        _trace(opened, Act.REKEYED, "telecart store rekey", "done")
    return said


@for_the_group()
def finish_rekey(settings: Settings, say: Progress) -> str:
    """What lies under a former key is encrypted anew; the cart may work meanwhile. Raises Fault."""
    places = places_of(settings)
    key = read_key(places.key)
    if keys_change.prepared(places.database).exists() and keys_change.opens(places.database, key):
        raise Fault(Reason.STORE_KEY, "the cart still has the old key", "give it the new one first, and start it")
    with _joined(places) as opened:
        said = _finish(places, key, opened.database.write, say)
        _trace(opened, Act.REKEYED, "telecart store rekey --finish", "done")
    return said


def _finish(places: Places, key: bytes, lock: keys_change.Lock, say: Progress) -> str:
    blobs = Blobs(places.blobs, key)
    done = 0
    for done, _sha256 in enumerate(keys_change.finish(blobs, lock), 1):
        if done % 100 == 0:
            say(f"{done} files encrypted anew")
    left = sorted(path.name for path in places.database.parent.glob(f"{places.database.name}.*") if path.is_file())
    said = f"the store has its new key; {done} files encrypted anew"
    if blobs.has_former_keys():
        said += "; some files cannot be read and stay under a former key: telecart store verify"
    if left:
        said += f"; still under the key of their time, remove them when nobody needs them: {', '.join(left)}"
    return said


def _is_credential(path: Path) -> bool:
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(credentials) and path.parent == Path(credentials or "")


# --- backup and restore


@for_the_group()
def backup(settings: Settings, to: Path, say: Progress) -> Content:
    """While the cart works. Raises Fault(STORE_DAMAGED) where the store misses blobs: the backup is then whole but for them."""
    places = places_of(settings)
    with _joined(places) as opened:
        # first: no backup without its trace
        _trace(opened, Act.BACKED_UP, "telecart store backup", "begun")
        content = copies.make(
            opened.database.connection, opened.blobs, read_key(places.key), to, dt.datetime.now(dt.UTC), say
        )
    if content.missing:
        raise Fault(
            Reason.STORE_DAMAGED,
            f"the backup is made, but {len(content.missing)} files of the store are missing or damaged and not in it",
            "keep it, and verify the store: telecart store verify",
        )
    return content


@for_the_group()
def restore(settings: Settings, source: Path, key_file: Path | None, say: Progress) -> Content:
    """Into a data folder without a store. ``key_file``: the key of the backup, which becomes the cart's where it has none.

    Raises Fault.
    """
    places = places_of(settings)
    key = read_key(key_file or places.key)
    if places.key.exists() and read_key(places.key) != key:
        raise Fault(
            Reason.STORE_KEY,
            "the cart has another key than the backup",
            f"put the backup's in the place of {places.key}",
        )
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{settings.data}: {exc.strerror}", "check the disk") from exc
    with StoreLock.alone(places.database):
        copies.read_manifest(source, key)
        if not places.key.exists():
            write_key(places.key, key)
        content = copies.restore(source, places.database, places.blobs, key, say)
    with _joined(places) as opened:
        _trace(opened, Act.RESTORED, "telecart store restore", f"as it was at {content.made}")
    return content


# --- stats


class BlobStats(msgspec.Struct, frozen=True, kw_only=True):
    files: int
    bytes: int
    under_former_key: int


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What ``telecart store stats --json`` prints. Sizes in bytes."""

    database_bytes: int
    wal_bytes: int
    free_bytes: int
    blobs: BlobStats
    rows: dict[str, int]
    counters: dict[str, int]
    schema: int
    min_reader: int
    purpose: str
    sqlite: str
    sqlcipher: str
    kept: tuple[Keepsake, ...]
    """Stores that were laid aside, and copies of before an update: nothing reads them, nothing lets go of them."""


def stats(settings: Settings) -> Stats:
    """Counts every row: seconds on a store of years. Raises Fault where the store does not open."""
    places = places_of(settings)
    with _joined(places) as opened:
        run = opened.run
        schema, min_reader, purpose = copies.facts(opened.database.connection)
        held = list(opened.blobs.held())
        disk = os.statvfs(settings.data)
        return Stats(
            database_bytes=_size(places.database),
            wal_bytes=_size(places.database.with_name(f"{places.database.name}-wal")),
            free_bytes=disk.f_bavail * disk.f_frsize,
            blobs=BlobStats(
                files=len(held),
                bytes=sum(size for _sha256, size in held),
                under_former_key=sum(not opened.blobs.is_current(sha256) for sha256, _size in held),
            ),
            rows=counts(opened.database.connection),
            counters=dict(run("SELECT name, value FROM counter ORDER BY name").fetchall()),
            schema=schema,
            min_reader=min_reader,
            purpose=purpose,
            sqlite=run("SELECT sqlite_version()").fetchone()[0],
            sqlcipher=run("PRAGMA cipher_version").fetchone()[0],
            kept=tuple(keepsakes.keepsakes(places.database)),
        )


def schema(settings: Settings, table: str) -> list[str]:
    """What makes the store as it is, without a row of it; of ``table`` alone where one is named. Raises Fault."""
    with _joined(places_of(settings)) as opened:
        said = schema_of(opened.database.connection, table)
    if not said:
        raise Fault(Reason.NOT_ALLOWED, f"{table}: no such table", "see telecart store schema")
    return said


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def as_lines(found: Stats) -> Iterator[str]:
    yield f"database {found.database_bytes} bytes, log {found.wal_bytes}, free on the disk {found.free_bytes}"
    former = f", {found.blobs.under_former_key} of them under a former key" if found.blobs.under_former_key else ""
    yield f"files {found.blobs.files}, {found.blobs.bytes} bytes{former}"
    yield f"for {found.purpose}, schema {found.schema}, to be read by release {found.min_reader} or newer"
    yield f"SQLite {found.sqlite}, SQLCipher {found.sqlcipher}"
    for name, count in found.rows.items():
        yield f"{name:24} {count:9} rows"
    for name, count in found.counters.items():
        yield f"{name:24} {count:9}"
    for one in found.kept:
        yield f"kept: {one.line(dt.datetime.now(dt.UTC))}"


# --- what was kept of the store as it was


def _open_also_as_it_is(places: Places) -> Database:
    """Also a damaged store that edge works on as it is: what goes may be just the room to make it anew. Raises Fault."""
    if damaged_marker(places.database).exists():
        try:
            StoreLock.alone(places.database).release()
        except Fault as fault:
            if fault.reason is not Reason.NOT_ALLOWED:
                raise
            return Database(places.database, read_key(places.key))
    return open_for_sync(places).database


@for_the_group()
def remove(settings: Settings, names: Sequence[str]) -> list[str]:
    """Stores that were laid aside and copies of before an update go for ever, each by its name. Returns what there is to say.

    Each is traced before it goes. Raises Fault, with nothing gone, where one of ``names`` is no such copy or the store does
    not open: what was laid aside may be all that is left then.
    """
    places = places_of(settings)
    there = {one.name: one for one in keepsakes.keepsakes(places.database)}
    if unknown := [name for name in names if name not in there]:
        raise Fault(
            Reason.NOT_ALLOWED, f"{unknown[0]} is no copy that was kept", "see telecart store stats; nothing went"
        )
    with contextlib.closing(_open_also_as_it_is(places)) as database:
        for name in dict.fromkeys(names):
            detail = f"{name}, {there[name].bytes} bytes, of {there[name].since}"
            by = of_process("store", "telecart store remove")
            audit.note(database, Entry(Act.REMOVED, by, SystemClock().now(), detail=detail))
            keepsakes.remove(places.database, name)
    return [f"{there[name].line(dt.datetime.now(dt.UTC))}, removed" for name in dict.fromkeys(names)]
