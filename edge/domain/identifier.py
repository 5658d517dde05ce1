"""Stable names: UUIDv7 (RFC 9562, 5.7) and the DICOM UIDs derived from UUIDs (PS3.5 B.2)."""

from __future__ import annotations

import os
import re
import time
import uuid

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)


def uuid7() -> uuid.UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Its order is a convenience, never relied on."""
    return uuid.UUID(int=_uuid7(os.urandom(10)))


def dicom_uid(name: uuid.UUID) -> str:
    """``name`` as DICOM UID, at most 44 characters."""
    return f"2.25.{name.int}"


def dicom_uids(count: int) -> list[str]:
    """New DICOM UIDs, each of a random UUID (RFC 9562, 5.4)."""
    return [_dicom_uid(os.urandom(16)) for _ in range(count)]


def item_names() -> tuple[str, str, str]:
    """What a new item is called: (id, a UUIDv7; SOP Instance UID; Series Instance UID), drawn at once."""
    random = os.urandom(42)
    name = f"{_uuid7(random[:10]):032x}"
    return (
        f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}",
        _dicom_uid(random[10:26]),
        _dicom_uid(random[26:]),
    )


_FREE = (1 << 128) - 1 ^ 0xF << 76 ^ 0b11 << 62
"""The bits of a UUID that are neither its version nor its variant."""


def _uuid7(random: bytes) -> int:
    """Of 10 random bytes."""
    number = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | int.from_bytes(random, "big")
    return number & _FREE | 0x7 << 76 | 0b10 << 62


def _dicom_uid(random: bytes) -> str:
    """Of 16 random bytes: of a UUIDv4."""
    return f"2.25.{int.from_bytes(random, 'big') & _FREE | 0x4 << 76 | 0b10 << 62}"


def is_oid(text: str) -> bool:
    """Whether it is an object identifier that DICOM takes (PS3.5, 9.1): digits and dots, no leading zero, 64 characters at most."""
    return len(text) <= 64 and _OID.fullmatch(text) is not None


_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: none is taken for another one when it is read aloud."""

ACCESSION_TAIL = 10
"""Characters, 50 bits: among a million rounds of one prefix two are alike once in two thousand such houses."""


def accession_number(prefix: str, name: uuid.UUID) -> str:
    """Of the round that is called ``name``: ``prefix`` (6 characters at most) and the random end of the name, 16 at most in all.

    Carts of one house have one prefix, and no word with one another: chance alone keeps their numbers apart.
    """
    if not 1 <= len(prefix) <= 16 - ACCESSION_TAIL:
        raise ValueError("the prefix of an accession number has 1 to 6 characters")
    tail = "".join(_LETTERS[name.int >> 5 * place & 31] for place in reversed(range(ACCESSION_TAIL)))
    return prefix + tail
