"""`telecart store verify`: everything that is stored is read and compared with what was written.

A list of named checks over one store, each of which says in plain lines what is wrong. What a flipped bit can do, and which
check finds it:

- in a page of the database, in use or free: ``pages`` (SQLCipher's HMAC of each page);
- in the log, as long as a process has the store open: ``log`` (the chain of checksums against the length that the index in
  memory knows). In a log that nobody has open SQLite cuts the log there: ``log`` finds it where a later transaction follows,
  and ``numbers`` where rows are gone that the mark beside the store knows (edge.store.file.marks says what it cannot know);
- in a photo, a sound or a frozen object: ``files`` (authenticated encryption and SHA-256);
- in a page of the database that the log has anew, in the log behind its end, or in the index, which is made anew: nothing,
  since nobody reads it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.store.damage.incidents import Incident, incidents
from edge.store.damage.keepsakes import Keepsake, keepsakes
from edge.store.damage.mending import counted_anew
from edge.store.damage.schema import differences
from edge.store.disk.blobs import Blobs
from edge.store.disk.errors import CORRUPT, NOT_A_DATABASE, code_of
from edge.store.disk.keys import read_key
from edge.store.disk.lock import StoreLock
from edge.store.file import pages
from edge.store.file.database import Database
from edge.store.file.log_file import indexed, read_log
from edge.store.file.marks import is_severed, reached, read_mark, vanished
from edge.store.keeping import audit

_TRIES = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Of one check. ``wrong``: plain lines without patient data, none where all is well. ``unsure``: it could not be run to its end."""

    check: str
    wrong: tuple[str, ...]
    seconds: float
    unsure: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Verified:
    """``unseen``: what befell the store before and no person has acknowledged. ``kept``: what lies beside it and nobody reads."""

    verdicts: tuple[Verdict, ...]
    unseen: tuple[Incident, ...] = ()
    kept: tuple[Keepsake, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        return tuple(f"{one.check}: {line}" for one in self.verdicts for line in one.wrong)

    @property
    def is_damage(self) -> bool:
        """Whether it is of the kind for which the store is made anew; a lost photo or row does not come back by that.

        A check that could not be run to its end proves nothing.
        """
        certain = (one for one in self.verdicts if one.wrong and not one.unsure)
        return any(one.check in {"opens", "log", "pages", "trees"} for one in certain)


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    database: Database
    blobs: Blobs
    key: bytes = dataclasses.field(repr=False)


def _log(target: Target) -> Iterator[str]:
    """The log of an open store: its chain reaches as far as every process believes. Raises Fault(STORE_IO)."""
    path = target.database.path
    run = target.database.connection.execute
    for _ in range(_TRIES):
        run("BEGIN")
        try:
            run("SELECT count(*) FROM fact").fetchone()  # from here on nobody begins the log anew
            before = indexed(path)
            log = read_log(path)
            if before is None or before != indexed(path):
                continue
            if log.chained < before[0]:
                yield f"frame {log.chained + 1} of {before[0]} in the log is damaged"
            return
        finally:
            run("ROLLBACK")
    raise Fault(Reason.STORE_IO, "the log could not be read between two writes", "try again")


def _pages(target: Target) -> Iterator[str]:
    yield from pages.seals(target.database.connection)


def _spare(target: Target) -> Iterator[str]:
    if (
        pages.first_page_file(target.database.path).exists()
        and pages.first_page(target.database.path, target.key) is None
    ):
        yield "the copy of the first page is damaged: edge makes it anew when it starts"


def _trees(target: Target) -> Iterator[str]:
    for (line,) in target.database.connection.execute("PRAGMA integrity_check(100)"):
        if line != "ok":
            yield str(line)


def _references(target: Target) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for table, _rowid, parent, _number in target.database.connection.execute("PRAGMA foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in sorted(counts.items()):
        yield f"{count} rows of {table} name a {parent} that is not there"
    yield from _filed(target)


def _filed(target: Target) -> Iterator[str]:
    """What finds an item by its name, by what it was captured as and by its resident says the same as the item."""
    found = target.database.connection.execute(
        "SELECT count(*) FROM item i WHERE sequence <= (SELECT value FROM counter WHERE name = 'filed') AND NOT ("
        "EXISTS (SELECT 1 FROM filed_name f WHERE f.id = i.id AND f.item = i.sequence)"
        " AND EXISTS (SELECT 1 FROM filed_identity f WHERE f.identity = i.identity AND f.item = i.sequence)"
        " AND (patient_id IS NULL OR EXISTS (SELECT 1 FROM filed_resident f WHERE f.patient_id = i.patient_id"
        " AND f.kind = i.kind AND f.item = i.sequence)))"
    )
    (count,) = found.fetchone()
    if count:
        yield f"{count} items are not filed where they are looked for"


def _numbers(target: Target) -> Iterator[str]:
    gone = vanished(read_mark(target.database.path), reached(target.database.connection))
    for table, (first, last) in sorted(gone.items()):
        yield f"{table} {first} to {last} were saved and are not there"


def _files(target: Target) -> Iterator[str]:
    found = target.database.connection.execute(
        "SELECT blob_sha256 FROM item WHERE blob_sha256 IS NOT NULL AND purged IS NULL"
        " UNION SELECT frozen_sha256 FROM outbox WHERE frozen_sha256 IS NOT NULL AND purged = 0"
        " UNION SELECT blob_sha256 FROM prior UNION SELECT blob_sha256 FROM face UNION SELECT frozen_sha256 FROM superseded"
        " UNION SELECT blob_sha256 FROM answer WHERE blob_sha256 IS NOT NULL UNION SELECT blob_sha256 FROM document"
    )
    for (sha256,) in found:
        try:
            target.blobs.check(sha256)
        except Fault as fault:
            yield fault.what


def _counters(target: Target) -> Iterator[str]:
    """What is shown without counting, counted. Those of a transaction that was cut short would be as they were before it."""
    with audit.at_one_moment(target.database):
        said = dict(target.database.connection.execute("SELECT name, value FROM counter").fetchall())
        for name, found in counted_anew(target.database.connection).items():
            if said.get(name) != found:
                yield f"the counter {name} says {said.get(name)}, there are {found}"


def _trail(target: Target) -> Iterator[str]:
    for found in audit.check(target.database):
        yield found.what


def _schema(target: Target) -> Iterator[str]:
    """Told to a person, and not mended: a hand that took a trigger away had a reason, or has to be found."""
    yield from differences(target.database.connection)


Check = Callable[[Target], Iterator[str]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("log", _log),
    ("pages", _pages),
    ("spare", _spare),
    ("trees", _trees),
    ("schema", _schema),
    ("references", _references),
    ("numbers", _numbers),
    ("files", _files),
    ("counters", _counters),
    ("audit trail", _trail),
)
"""In this order; one that cannot be run for what an earlier one found says so."""


def verify(database: Path, blobs: Path, key_file: Path) -> Verified:
    """May run while edge and sync work. Raises Fault(STORE_KEY | STORE_IO | STORE_VERSION) where nothing can be told."""
    key = read_key(key_file)
    if not database.exists() and pages.first_page(database, key) is None:
        raise Fault(Reason.STORE_IO, "there is no store yet", "start telecart edge first")
    began = time.monotonic()
    opened = _opened(database, key)
    if isinstance(opened, str):
        return Verified((Verdict("opens", (opened,), time.monotonic() - began),), kept=tuple(keepsakes(database)))
    try:
        target = Target(opened, Blobs(blobs, key), key)
        verdicts = tuple(_run(name, check, target) for name, check in CHECKS)
        try:
            unseen = tuple(one for one in incidents(opened) if one.seen is None)
        except sqlite.DatabaseError:
            unseen = ()
        return Verified(verdicts, unseen, tuple(keepsakes(database)))
    finally:
        opened.close()


def _opened(database: Path, key: bytes) -> Database | str:
    """What is wrong where opening would write over it, or cannot be done."""
    if not database.exists() or database.stat().st_size == 0:
        return "the database is gone, although there was one"
    try:
        if not _is_open(database) and is_severed(database):
            return "the log is damaged, and what was committed lies behind the damage"
        return Database(database, key)
    except Fault as fault:
        if fault.reason is Reason.STORE_DAMAGED:
            return fault.what
        if fault.reason is Reason.STORE_KEY and pages.first_page(database, key) is not None:
            return "the first page of the database is damaged"
        raise


def _is_open(database: Path) -> bool:
    """Whether some process has the store open: its log is then read by the index, and still being written."""
    try:
        with StoreLock.alone(database):
            return False
    except Fault as fault:
        if fault.reason is not Reason.NOT_ALLOWED:
            raise
        return True


def _run(name: str, check: Check, target: Target) -> Verdict:
    began = time.monotonic()
    wrong: list[str] = []
    unsure = False
    try:
        # one by one: what was found before it broke off stands
        for line in check(target):
            wrong.append(line)
    except (sqlite.DatabaseError, OSError) as exc:
        wrong.append(f"cannot be looked through: {exc}")
        # a disk that fails and a store that is busy say nothing of what is stored
        unsure = len(wrong) == 1 and (isinstance(exc, OSError) or code_of(exc) not in {CORRUPT, NOT_A_DATABASE})
    except Fault as fault:
        wrong.append(fault.what)
        unsure = len(wrong) == 1 and fault.reason is not Reason.STORE_DAMAGED
    return Verdict(name, tuple(wrong), time.monotonic() - began, unsure)
