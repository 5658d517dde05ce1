"""`telecart audit ...`: the trail carried away, compared with what stands here now, and shown to a person."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from edge.domain.audit import Act, Entry, Link
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.file.database import Database
from edge.store.keeping import audit, audit_file
from edge.store.ledger import open_for_sync


@dataclasses.dataclass(frozen=True, slots=True)
class Exported:
    entries: int
    public_key: str


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """``findings`` is empty where nothing is wrong. ``compared`` says whether this cart's own trail was held against it.

    ``newer`` counts what came on this cart after the export.
    """

    cart: str
    made: str
    entries: int
    public_key: str
    findings: tuple[str, ...]
    compared: bool = False
    newer: int = 0


def key_file(settings: Settings) -> Path:
    """The key that signs: a systemd credential where there is one, else a 0600 file beside the store."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (path := Path(credentials) / "audit-key").exists():
        return path
    return settings.data / "audit.key"


def public_key(settings: Settings) -> str:
    """In hex; the key is made where there is none yet. Raises Fault(STORE_KEY)."""
    return audit_file.public_hex(audit_file.read_signing_key(key_file(settings), create=True))


@contextlib.contextmanager
def _joined(settings: Settings) -> Iterator[Database]:
    """Beside edge and sync. Raises Fault where there is no store, or no key."""
    database = open_for_sync(places_of(settings)).database
    try:
        yield database
    finally:
        database.close()


def export(settings: Settings, out: Path) -> Exported:
    """The whole trail into the new file ``out``, for its owner only. That it was exported is its last entry.

    Raises Fault; ``out`` is then not there.
    """
    with _joined(settings) as database:
        key = audit_file.read_signing_key(key_file(settings), create=True)
        public = audit_file.public_hex(key)
        now = SystemClock().now()
        try:
            with open(out, "xb", opener=_for_us_alone) as file, _removed_on_failure(out):
                by = of_process("audit", "telecart audit export")
                audit.note(database, Entry(Act.EXPORTED, by, now, detail=f"signed by {public[:16]}"))
                header = audit_file.Header(
                    telecart_audit=1,
                    store=audit.store_id(database),
                    cart=settings.cart,
                    made=now.utc.isoformat(),
                    public_key=public,
                )
                with audit.at_one_moment(database):
                    count = audit_file.write(file, header, audit.entries(database), key)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError as exc:
            raise Fault(Reason.SETTINGS, f"{out} is there already", "name a new file") from exc
        except OSError as exc:
            raise Fault(Reason.SETTINGS, f"{out} cannot be written: {exc.strerror}", "name another file") from exc
    return Exported(count, public)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def verify(settings: Settings, file: Path, key: str = "", *, alone: bool = False) -> Verdict:
    """Signature and chain of an export, and on a cart with a store, unless ``alone``, that its trail goes on from it.

    ``key`` is the cart's public key in hex, as it was noted when it was trusted. Raises Fault for what is no export, and
    where the store is here and does not open.
    """
    found = audit_file.read(file, key)
    header = found.header
    verdict = Verdict(header.cart, header.made, found.entries, header.public_key, found.findings)
    if alone or not settings.database.exists():
        return verdict
    with _joined(settings) as database, audit.at_one_moment(database):
        last, _ = audit.head(database)
        live = _compared(database, found, last)
        live += [f"on this cart: {broken.what}" for broken in audit.check(database)]
    return dataclasses.replace(
        verdict, findings=(*found.findings, *live), compared=True, newer=max(0, last - found.entries)
    )


def _compared(database: Database, export: audit_file.Export, last: int) -> list[str]:
    """With equal hashes everything before is equal, too, since each hash covers the one before it."""
    if audit.store_id(database) != export.header.store:
        return ["this cart has another store than the one that was exported"]
    if export.entries > last:
        return [f"on this cart the trail ends at entry {last}: it was cut off, the export has {export.entries}"]
    if export.entries and audit.hash_at(database, export.entries) != export.head:
        return [f"on this cart the trail was written anew: entry {export.entries} is another one than was exported"]
    return []


def newest(settings: Settings, limit: int) -> list[Link]:
    """The last entries, oldest first. Raises Fault."""
    with _joined(settings) as database:
        return audit.newest(database, limit)


def as_json(link: Link) -> str:
    return audit_file.entry_line(link).decode()


def as_line(link: Link) -> str:
    """For a person: when, who, what, on whom, from where."""
    who = f"{link.known_by} {link.who}" + (f" ({link.who_name})" if link.who_name else "")
    on = " ".join(f"{name} {value}" for name, value in (("resident", link.patient_id), ("item", link.item_id)) if value)
    origin = "/".join(part for part in (link.process, link.door, link.command) if part)
    call = f" call {link.call_id}" if link.call_id else ""
    doubt = "" if link.clock_trusted else "?"
    return f"{link.sequence:7} {link.at_utc}{doubt} {link.act:10} {who:28} {on or '-'}  {origin}{call}  {link.detail}".rstrip()
