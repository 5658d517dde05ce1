"""The pages of the encrypted database, as SQLCipher 4 writes them, checked without SQLite where SQLite would not open it.

A page of 4,096 bytes ends in 80 of its own: 16 of initialisation vector and 64 of HMAC-SHA-512 over cipher text, vector and
the number of the page (32 bits, little-endian). The first page begins with the 16 bytes of salt from which, with the key, the
key of the HMAC comes: PBKDF2-HMAC-SHA-512, two rounds, salt XOR 0x3a. (SQLCipher design, "Page Format"; cipher_default
settings of version 4.) So a flipped bit anywhere in a page is found, in one that is free as well.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Final

import sqlcipher3.dbapi2 as sqlite
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.domain.fault import Fault, Reason
from edge.store.disk.descriptors import forget_cached, peek
from edge.store.disk.durable import replace_file
from edge.store.file.database import Database

PAGE: Final = 4096
SALT: Final = 16
_VECTOR: Final = 16
_SEAL: Final = 64
_OWN: Final = _VECTOR + _SEAL
_MAGIC: Final = b"SQLite format 3\0"
_COOKIE: Final = 40


class Seals:
    """Tells whether a page is what was written, by the 32 bytes of raw key and the database's 16 of salt."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self.salt = salt
        self._secret = key
        self._key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)

    def plain(self, number: int, page: bytes) -> bytes:
        """The content of a whole page, without what SQLCipher keeps at its end."""
        start = SALT if number == 1 else 0
        vector = page[-_OWN:-_SEAL]
        decryptor = Cipher(algorithms.AES(self._secret), modes.CBC(vector)).decryptor()
        content = decryptor.update(page[start:-_OWN]) + decryptor.finalize()
        return (_MAGIC if number == 1 else b"") + content

    def is_whole(self, number: int, page: bytes) -> bool:
        """``number`` counts from 1."""
        if len(page) != PAGE:
            return False
        covered = page[SALT:-_SEAL] if number == 1 else page[:-_SEAL]
        if number == 1 and page[:SALT] != self.salt:
            return False
        seal = hmac.digest(self._key, covered + number.to_bytes(4, "little"), "sha512")
        return hmac.compare_digest(seal, page[-_SEAL:])


def first_page_file(database: Path) -> Path:
    return database.with_suffix(".first")


def keep_first_page(database: Database, key: bytes) -> None:
    """A copy of the first page beside the store, which has the salt and where each table begins.

    Without it a damaged first page could not be told from a wrong key, nor could anything else be read. It is made anew
    after the schema or the key has changed. Raises sqlite.Error, OSError.
    """
    path = first_page_file(database.path)
    (cookie,) = database.connection.execute("PRAGMA schema_version").fetchone()
    kept = first_page(database.path, key)
    current = kept is not None and int.from_bytes(kept[1][_COOKIE : _COOKIE + 4], "big") == cookie
    if current and kept is not None and peek(database.path, database.path, SALT) == kept[0][:SALT]:
        return
    database.connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    page = peek(database.path, database.path, PAGE)
    if Seals(key, page[:SALT]).is_whole(1, page):
        replace_file(path, page, mode=0o660)


def first_page(database: Path, key: bytes) -> tuple[bytes, bytes] | None:
    """(as it is kept, its content). None where none is kept, or where it is not under ``key``."""
    try:
        page = first_page_file(database).read_bytes()
    except OSError:
        return None
    seals = Seals(key, page[:SALT])
    return (page, seals.plain(1, page)) if seals.is_whole(1, page) else None


def damaged_marker(database: Path) -> Path:
    """Lies beside a store that was found damaged: edge makes it anew, and nobody else opens it meanwhile."""
    return database.with_suffix(".damaged")


def prove_whole(database: Database) -> None:
    """After a failure of the disk: all that is committed is written and flushed once more, and read from the disk.

    Raises Fault(STORE_IO) where the disk still refuses, Fault(STORE_DAMAGED) where what it holds is not what was written.
    """
    run = database.connection.execute
    try:
        if database.owner:
            busy, frames, written = run("PRAGMA wal_checkpoint(FULL)").fetchone()
            if busy or frames != written:
                raise Fault(Reason.STORE_IO, "not all of the store could be flushed again", "it is tried again")
        forget_cached(database.path)
        found = structure(database.connection)
    except sqlite.Error as exc:
        raise Fault(Reason.STORE_IO, f"the store cannot be proven whole: {exc}", "check the disk") from exc
    if found:
        raise Fault(Reason.STORE_DAMAGED, f"the store is damaged: {found[0]}", "keep the files, call the fleet admin")


def structure(connection: sqlite.Connection) -> list[str]:
    """What is wrong with pages and trees, one plain line each. Raises sqlite.Error where even that cannot be asked."""
    lines = seals(connection)
    try:
        found = [str(line) for (line,) in connection.execute("PRAGMA quick_check(20)")]
    except sqlite.DatabaseError as exc:
        if isinstance(exc, sqlite.OperationalError):
            raise
        found = [str(exc)]
    return lines + [line for line in found if line != "ok"]


def seals(connection: sqlite.Connection, tries: int = 3) -> list[str]:
    """Pages of the file whose seal does not fit. Another process may be writing one: what is wrong stays wrong."""
    lines: set[str] | None = None
    for _ in range(tries):
        found = {str(line) for (line,) in connection.execute("PRAGMA cipher_integrity_check")}
        lines = found if lines is None else lines & found
        if not lines:
            break
    return sorted(lines or ())
