"""Stable names: UUIDv7 (RFC 9562, 5.7) and the DICOM UIDs derived from UUIDs (PS3.5 B.2)."""

from __future__ import annotations

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Its order is a convenience, never relied on."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    number = (
        (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    )
    return uuid.UUID(int=number)


def dicom_uid(name: uuid.UUID) -> str:
    """``name`` as DICOM UID, at most 44 characters."""
    return f"2.25.{name.int}"


def dicom_uids(count: int) -> list[str]:
    """New DICOM UIDs, each of a random UUID (RFC 9562, 5.4)."""
    found = []
    for _ in range(count):
        random = int.from_bytes(os.urandom(16), "big")
        number = random & ~(0xF << 76) & ~(0b11 << 62) | 0x4 << 76 | 0b10 << 62
        found.append(f"2.25.{number}")
    return found
