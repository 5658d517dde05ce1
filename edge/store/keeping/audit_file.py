"""An audit trail outside its store: JSON lines, the head of the chain, and a signature over every byte before it.

    {"telecart_audit":1,"store":...,"cart":...,"made":...,"public_key":...}
    {"sequence":1,"at_utc":...,...,"hash":...}            one line an entry, from the first
    {"entries":N,"head":...}
    {"signature":...}

The signature is Ed25519 (RFC 8032) over ``telecart audit export 1``, a line feed and the SHA-256 of all lines before the
last. Its key is a file of its own beside the store, or the systemd credential ``audit-key``: who has the store's key alone
can rewrite the trail in the store, and still cannot make an export of it that the cart's public key verifies. Who can read
the signing key as well, root for one, can: against that there is only an export that was carried away before.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.domain import audit as rules
from edge.domain.audit import Link
from edge.domain.fault import Fault, Reason
from edge.store.disk.durable import replace_file

_SIGNED: Final = b"telecart audit export 1\n"
_KEY_BYTES: Final = 32
_LONGEST_LINE: Final = 64 * 1024
_NO_EXPORT: Final = "give a file that telecart audit export wrote"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Header(_Line, frozen=True):
    """``made`` in UTC; ``public_key`` in hex."""

    telecart_audit: int
    store: str
    cart: str
    made: str
    public_key: str


class _Head(_Line, frozen=True):
    entries: int
    head: str


class _Signature(_Line, frozen=True):
    signature: str


class _Entry(_Line, frozen=True):
    sequence: int
    at_utc: str
    boot_id: str
    monotonic_ns: int
    clock_trusted: int
    known_by: str
    who: str
    who_name: str
    act: str
    patient_id: str
    encounter_id: str
    item_id: str
    process: str
    door: str
    command: str
    call_id: str
    detail: str
    hash: str


_Kind = TypeVar("_Kind", bound=_Line)


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """What a file holds, and ``findings``: what is wrong with it, a plain line each."""

    header: Header
    entries: int
    head: bytes
    findings: tuple[str, ...]


def read_signing_key(path: Path, *, create: bool) -> Ed25519PrivateKey:
    """Raises Fault(STORE_KEY) where it is missing (or cannot be made) or no key."""
    try:
        if create and not path.exists():
            replace_file(path, os.urandom(_KEY_BYTES), mode=0o600)
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except (OSError, ValueError) as exc:
        said = exc.strerror if isinstance(exc, OSError) else "it is not one (32 bytes)"
        raise Fault(
            Reason.STORE_KEY,
            f"the key that signs the audit trail cannot be read: {path}: {said}",
            "run this as root, or restore the key",
        ) from exc


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def entry_line(link: Link) -> bytes:
    """As it stands in an export, without its end of line."""
    values = {name: getattr(link, name) for name in rules.FIELDS} | {"hash": link.hash.hex()}
    return msgspec.json.encode(_Entry(**values))


def write(file: BinaryIO, header: Header, links: Iterable[Link], key: Ed25519PrivateKey) -> int:
    """The whole export; returns how many entries. Raises OSError."""
    digest = hashlib.sha256()

    def put(line: bytes) -> None:
        digest.update(line + b"\n")
        file.write(line + b"\n")

    put(msgspec.json.encode(header))
    count, head = 0, rules.genesis(header.store)
    for one in links:
        put(entry_line(one))
        count, head = count + 1, one.hash
    put(msgspec.json.encode(_Head(entries=count, head=head.hex())))
    signature = key.sign(_SIGNED + digest.digest())
    file.write(msgspec.json.encode(_Signature(signature=signature.hex())) + b"\n")
    return count


def read(path: Path, public_key: str = "") -> Export:
    """``public_key`` in hex is whose signature it must be; "": the one that the file itself names, which proves little.

    Raises Fault(CORRUPT_FILE) for what is no export at all.
    """
    try:
        with path.open("rb") as file:
            return _Reading(file, public_key).read()
    except OSError as exc:
        raise Fault(Reason.CORRUPT_FILE, f"{path} cannot be read: {exc.strerror}", _NO_EXPORT) from exc


class _Reading:
    """One pass over the lines, each held only until the next."""

    def __init__(self, file: BinaryIO, public_key: str) -> None:
        self._file = file
        self._wanted = public_key.strip().lower()
        self._digest = hashlib.sha256()
        self._rest: list[bytes] = []
        self._count, self._last = 0, b""

    def read(self) -> Export:
        first = self._line()
        header = _decoded(first, Header, "the first line")
        if header.telecart_audit != 1:
            raise Fault(Reason.CORRUPT_FILE, "it was written by a later release", "verify it with that release")
        self._digest.update(first)
        self._last = rules.genesis(header.store)
        findings = [broken.what for broken in rules.breaks(self._entries(), header.store)]
        if len(self._rest) < 2:
            findings.append("its end is missing: it was cut short")
        else:
            findings += self._end(header)
        return Export(header, self._count, self._last, tuple(findings))

    def _line(self) -> bytes:
        line = self._file.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise Fault(Reason.CORRUPT_FILE, "it has a line that is longer than any of an export", _NO_EXPORT)
        return line

    def _entries(self) -> Iterator[Link]:
        while line := self._line():
            if not line.startswith(b'{"sequence"'):
                self._rest = [line, *self._file.readlines(_LONGEST_LINE)]
                return
            entry = _decoded(line, _Entry, f"line {self._count + 2}")
            self._digest.update(line)
            values = msgspec.structs.asdict(entry)
            one = Link(**(values | {"hash": _unhex(entry.hash)}))
            self._count, self._last = self._count + 1, one.hash
            yield one

    def _end(self, header: Header) -> Iterator[str]:
        head_line, signature_line, *more = self._rest
        head = _decoded(head_line, _Head, "the line before the last")
        signature = _unhex(_decoded(signature_line, _Signature, "the last line").signature)
        self._digest.update(head_line)
        if more:
            yield "something stands after its signature"
        if (head.entries, _unhex(head.head)) != (self._count, self._last):
            yield f"it has {self._count} entries and says that it has {head.entries}, or another last one"
        if self._wanted and self._wanted != header.public_key:
            yield "it was signed with another key than the one given"
        if not _signs(self._wanted or header.public_key, signature, _SIGNED + self._digest.digest()):
            yield "its signature is wrong: it was changed after it was signed, or signed by somebody else"


def _signs(public_key: str, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(_unhex(public_key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(line: bytes, kind: type[_Kind], where: str) -> _Kind:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise Fault(Reason.CORRUPT_FILE, f"{where} is not that of an audit export", _NO_EXPORT) from exc


def _unhex(text: str) -> bytes:
    """b"" for what is none: it then equals no hash and no key."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
