"""The staff list that a site writes and signs: TOML, one ``[[user]]`` each, and beside it a signature.

    site = "EHPAD Les Tilleuls"
    number = 12
    expires = 2026-12-31

    [[user]]
    id = "c.leroy"
    name = "Camille LEROY"
    role = "infirmier"
    rpps = "10001234567"
    badge = "04A2241A5C6180"
    code = "214"
    until = 2026-11-30

The signature is Ed25519 (RFC 8032) over ``telecart staff 1``, a line feed and the file's bytes, in base64, in FILE.sig.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.domain.fault import Fault, Reason
from edge.domain.staff import Member, Role, StaffList

PURPOSE: Final = b"telecart staff 1\n"
LARGEST: Final = 1024 * 1024
"""Bytes: some five thousand people."""

_RPPS = re.compile(r"\d{11}", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_CODE = re.compile(r"\d{2,6}", re.ASCII)
_BADGE = re.compile(r"[0-9A-F]{4,64}", re.ASCII)


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: str
    role: Role
    rpps: str = ""
    badge: str = ""
    code: str = ""
    until: dt.date | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    site: str
    number: int
    expires: dt.date
    user: tuple[_Row, ...] = ()


def signature_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sig")


def sign(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """What stands in the file of the signature."""
    return base64.b64encode(key.sign(PURPOSE + content)) + b"\n"


def read(path: Path, public_key: str, site: str) -> StaffList:
    """The list in ``path``, whose signature by ``public_key`` (64 hexadecimal digits) lies beside it.

    Raises Fault(SETTINGS) that says what is wrong: with the signature first, then with which entry; then nobody is taken.
    """
    content, signature = _bytes(path), _bytes(signature_of(path))
    _verify(path, content, signature, public_key)
    try:
        found = msgspec.toml.decode(content, type=_File)
    except (msgspec.ValidationError, msgspec.DecodeError) as exc:
        # the place is told, and not what was written there
        said = re.sub(r"'.*'", "'...'", str(exc), flags=re.DOTALL)
        raise _wrong(path, said, "correct that entry and sign it again") from exc
    if found.site != site:
        raise _wrong(path, "it is the list of another site", f"this cart's site is {site}")
    if found.number < 1:
        raise _wrong(path, "its number is not positive", "count the lists from 1")
    _check(path, found.user)
    members = tuple(Member(row.id, row.name, row.role, row.rpps, row.badge, row.code, row.until) for row in found.user)
    return StaffList(found.site, found.number, found.expires, members)


def _verify(path: Path, content: bytes, signature: bytes, public_key: str) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError as exc:
        raise Fault(
            Reason.SETTINGS, "the settings name no key for the staff list", "set public_key in [staff] to its 64 digits"
        ) from exc
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), PURPOSE + content)
    except (InvalidSignature, binascii.Error) as exc:
        raise _wrong(path, "its signature is not that of the site", "get it again from whoever signs it") from exc


def _check(path: Path, rows: tuple[_Row, ...]) -> None:
    for place, row in enumerate(rows, 1):
        if (why := _why_not(row)) is not None:
            raise _wrong(path, f"entry {place}: {why}", "correct that entry and sign it again")
    for name in ("id", "badge", "code"):
        values = [value for row in rows if (value := getattr(row, name))]
        if len(set(values)) != len(values):
            raise _wrong(path, f"two entries have the same {name}", "give each its own")


def _why_not(row: _Row) -> str | None:
    if _ID.fullmatch(row.id) is None:
        return "id is not of lower-case letters, digits, point, hyphen and underscore"
    if not row.name.strip() or not row.name.isprintable() or len(row.name) > 64:
        return "name is empty, too long or not printable"
    if row.rpps and _RPPS.fullmatch(row.rpps) is None:
        return "rpps is not of 11 digits"
    if row.role in {Role.DOCTOR, Role.PHARMACIST} and not row.rpps:
        return "this role needs its rpps"
    if row.badge and _BADGE.fullmatch(row.badge) is None:
        return "badge is not of hexadecimal digits in capitals"
    if row.code and _CODE.fullmatch(row.code) is None:
        return "code is not of 2 to 6 digits"
    if not row.badge and not row.code:
        return "neither badge nor code: nothing lets this person in"
    return None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise _wrong(path, exc.strerror or "it cannot be read", "look where the file is") from exc
    if len(content) > LARGEST:
        raise _wrong(path, "it is too large for a staff list", "look whether it is the right file")
    return content


def _wrong(path: Path, what: str, do: str) -> Fault:
    return Fault(Reason.SETTINGS, f"{path.name}: {what}", do)
