"""Large content beside the database: one encrypted file each, named by the SHA-256 of what it holds.

tmp, write, fsync, rename, fsync of the directory; the row that names it is written after that, never before.

A file is a header (7 bytes "TCBLOB" and 0, the version 2, 8 bytes naming the key, 16 random bytes) and chunks of 1 MiB,
each under ChaCha20-Poly1305 with a key of this file and a nonce of 11 bytes that count from zero and one that is 1 for the
last chunk: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015, as in age-encryption.org/v1), by which
chunks that are missing, moved or added are found. Files of release 1 have no header: a nonce and one piece.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge.domain.fault import Fault, Reason
from edge.domain.item import Body
from edge.store.disk.durable import fsync_directory, fsync_file
from edge.store.disk.keys import BlobKey, Ring, derived, ring_file

CHUNK = 1 << 20
_MAGIC = b"TCBLOB\0"
_VERSION = 2
_SALT = 16
_HEADER = len(_MAGIC) + 1 + 8 + _SALT
_NONCE = 12
_TAG = 16

_NAME = re.compile(r"[0-9a-f]{64}")


class _Digest(Protocol):
    def update(self, content: bytes | memoryview, /) -> object: ...


_SHARDS = [f"{number:02x}" for number in range(256)]


class Blobs:
    """Content-addressed files under ``folder``, encrypted with a key derived from the store's.

    ChaCha20-Poly1305: a Raspberry Pi 4 has no AES instructions. Raises Fault(STORE_DAMAGED) where the file of former keys
    cannot be read.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o770)
        self._ring = Ring.open(folder, key)
        self._count = 0
        self._sweep()

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _sweep(self) -> None:
        """What a killed process had begun to write."""
        for scratch in self._folder.glob("*.tmp"):
            process = scratch.name.partition("-")[0]
            if process.isdigit() and not _lives(int(process)):
                scratch.unlink(missing_ok=True)

    # --- writing

    def put(self, content: bytes | Body) -> str:
        """Durably stores ``content`` and returns its SHA-256 in hex. Raises Fault(STORE_IO), and what its pieces raise."""
        with self._scratch() as scratch:
            with scratch.open("wb", buffering=0) as file:
                sha256 = _seal(file, self._ring.current, content)
                os.fsync(file.fileno())
            if self._holds(sha256):
                # whoever wrote it may have been killed before its name was durable
                fsync_directory(self._path(sha256).parent)
            else:
                self._name(scratch, sha256)
        return sha256

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A path for a file that is still to get its name. Foreign errors come out as Fault(STORE_IO)."""
        self._count += 1
        # one of this name was left by a process of another boot: it is written over
        path = self._folder / f"{os.getpid()}-{threading.get_ident()}-{self._count}.tmp"
        try:
            yield path
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"not saved: {exc.strerror}", "check the disk of the cart") from exc
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _name(self, scratch: Path, sha256: str) -> None:
        path = self._path(sha256)
        try:
            scratch.rename(path)
        except FileNotFoundError:
            # all at once: a photo later does not wait for a folder to become durable
            for shard in _SHARDS:
                (self._folder / shard).mkdir(exist_ok=True, mode=0o770)
            fsync_directory(self._folder)
            scratch.rename(path)
        fsync_directory(path.parent)

    def adopt(self, source: Blobs, sha256: str) -> int:
        """A verified copy of what ``source`` holds, as it is encrypted there: both have the same keys. Returns its size on disk.

        Raises Fault(STORE_DAMAGED) where it is missing or damaged there, Fault(STORE_IO) where it cannot be written here.
        """
        if not source._path(sha256).is_file():
            raise _unreadable(sha256)
        with self._scratch() as scratch:
            shutil.copyfile(source._path(sha256), scratch)
            fsync_file(scratch)
            for _ in self._chunks_of(scratch, sha256):
                pass
            self._name(scratch, sha256)
            return self._path(sha256).stat().st_size

    def remove(self, sha256: str) -> None:
        """The file goes, once no row names it any more. No error where there is none. Raises Fault(STORE_IO)."""
        try:
            self._path(sha256).unlink(missing_ok=True)
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"not removed: {exc.strerror}", "check the disk of the cart") from exc

    # --- reading

    def has(self, sha256: str) -> bool:
        """Whether there is a file of this name; what is in it is not looked at."""
        return self._path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Bytes of the content, by the length of its file. Raises Fault(STORE_DAMAGED) when it is missing."""
        try:
            with self._path(sha256).open("rb", buffering=0) as file:
                sealed = os.fstat(file.fileno()).st_size
                if not file.read(len(_MAGIC)).startswith(_MAGIC):
                    return max(0, sealed - _NONCE - _TAG)
        except OSError as exc:
            raise _unreadable(sha256) from exc
        sealed -= _HEADER
        return max(0, sealed - _TAG * max(1, -(-sealed // (CHUNK + _TAG))))

    def _holds(self, sha256: str) -> bool:
        if not self._path(sha256).exists():
            return False
        try:
            self.check(sha256)
        except Fault:
            return False  # damaged: what is at hand is whole, and takes its place
        return True

    def check(self, sha256: str) -> None:
        """Reads it through. Raises Fault(STORE_DAMAGED) when it is missing or not what was stored."""
        for _ in self.read_chunks(sha256):
            pass

    def get(self, sha256: str) -> bytes:
        """The content, checked. Raises Fault(STORE_DAMAGED) when it is missing or not what was stored."""
        return b"".join(self.read_chunks(sha256))

    def read_chunks(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces of at most CHUNK bytes, in order; a file of release 1 is held whole in memory meanwhile.

        Each piece is authentic when it comes. That they are the whole, and the content of this name, is only proven when
        the iterator ends by itself: whoever hands pieces on before has to take them back on
        Fault(STORE_DAMAGED), which is raised when the file is missing or not what was stored.
        """
        return self._chunks_of(self._path(sha256), sha256)

    def _chunks_of(self, path: Path, sha256: str) -> Iterator[bytes]:
        whole = hashlib.sha256()
        try:
            with path.open("rb", buffering=0) as file:
                for piece in self._opened(file, sha256):
                    whole.update(piece)
                    yield piece
                    del piece
        except (OSError, InvalidTag, ValueError) as exc:
            raise _unreadable(sha256) from exc
        if whole.hexdigest() != sha256:
            raise Fault(Reason.STORE_DAMAGED, f"the stored file {sha256[:8]} has changed", "call the fleet admin")

    def _opened(self, file: BinaryIO, sha256: str) -> Iterator[bytes]:
        header = _read(file, _HEADER)
        if not header.startswith(_MAGIC):
            yield from self._one_piece(header + _read_all(file), sha256)
            return
        name, salt = header[len(_MAGIC) + 1 : -_SALT], header[-_SALT:]
        key = next((key for key in (self._ring.current, *self._ring.former) if key.id == name), None)
        if header[len(_MAGIC)] != _VERSION or key is None:
            raise ValueError("another version or key")
        cipher = _cipher(key, salt)
        left = os.fstat(file.fileno()).st_size - _HEADER
        for number in itertools.count():
            left -= CHUNK + _TAG
            # no name holds a chunk while the next one is read: many files may be read side by side
            yield cipher.decrypt(_nonce(number, last=left <= 0), _read(file, CHUNK + _TAG), None)
            if left <= 0:
                return

    def _one_piece(self, sealed: bytes, sha256: str) -> Iterator[bytes]:
        for key in (self._ring.current, *self._ring.former):
            with contextlib.suppress(InvalidTag):
                content = ChaCha20Poly1305(key.piece).decrypt(sealed[:_NONCE], sealed[_NONCE:], sha256.encode())
                yield from (content[at : at + CHUNK] for at in range(0, len(content), CHUNK))
                return
        raise InvalidTag

    # --- all of them

    def held(self) -> Iterator[tuple[str, int]]:
        """(SHA-256, bytes on disk) of every file, in no order."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if _NAME.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield path.name, path.stat().st_size

    def held_in(self, shard: str) -> list[str]:
        """SHA-256 of every file whose name begins with these two hexadecimal digits."""
        return sorted(path.name for path in self._folder.glob(f"{shard}/*") if _NAME.fullmatch(path.name))

    def is_current(self, sha256: str) -> bool:
        """Whether it is encrypted under the key of now, in the format of now. Raises Fault(STORE_DAMAGED) where it is missing."""
        try:
            with self._path(sha256).open("rb") as file:
                header = file.read(_HEADER)
        except OSError as exc:
            raise _unreadable(sha256) from exc
        return header[:-_SALT] == _MAGIC + bytes([_VERSION]) + self._ring.current.id

    def renew(self, sha256: str, lock: Callable[[], contextlib.AbstractContextManager[None]]) -> None:
        """Encrypts it anew under the key of now. At any moment it is readable, by whoever has both keys.

        ``lock``: under it files are removed, and what was removed meanwhile stays so.
        Raises Fault(STORE_DAMAGED | STORE_IO); the file is then as it was.
        """
        content = self.get(sha256)
        with self._scratch() as scratch:
            with scratch.open("wb", buffering=0) as file:
                _seal(file, self._ring.current, content)
                os.fsync(file.fileno())
            with lock():
                if self.has(sha256):
                    self._name(scratch, sha256)

    def has_former_keys(self) -> bool:
        return bool(self._ring.former)

    def hand_on(self, to: bytes) -> None:
        """Whoever has the store key ``to`` can read from here on what is readable now. Raises Fault(STORE_IO)."""
        try:
            self._ring.handed_on(self._folder, to)
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"not saved: {exc.strerror}", "check the disk of the cart") from exc

    def drop_former_keys(self) -> None:
        """Once no file needs them."""
        for path in (*self._folder.glob("former.*"), *self._folder.glob(".former.*")):
            path.unlink(missing_ok=True)
        fsync_directory(self._folder)
        self._ring = Ring(self._ring.current)

    def ring_files(self) -> list[Path]:
        """The file of former keys that belongs to the key of now, if there is one: a copy of the blobs needs it too."""
        path = ring_file(self._folder, self._ring.current)
        return [path] if path.exists() else []


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _seal(file: BinaryIO, key: BlobKey, content: bytes | Body) -> str:
    """Writes it encrypted; its SHA-256 in hex."""
    salt = os.urandom(_SALT)
    cipher = _cipher(key, salt)
    digest = hashlib.sha256()
    _write(file, _MAGIC + bytes([_VERSION]) + key.id + salt)
    at = _HEADER
    for number, (chunk, last) in enumerate(_chunks(content)):
        with _hashed(digest, chunk):
            sealed = cipher.encrypt(_nonce(number, last=last), chunk, None)
            _write(file, sealed)
        # the kernel begins to write now instead of at the fsync
        os.posix_fadvise(file.fileno(), at, len(sealed), os.POSIX_FADV_DONTNEED)
        at += len(sealed)
    return digest.hexdigest()


def _chunks(content: bytes | Body) -> Iterator[tuple[bytes | memoryview, bool]]:
    """CHUNK bytes at a time, fewer only of the last, and whether it is the last."""
    if isinstance(content, bytes):
        view = memoryview(content)
        for at in range(0, max(1, len(content)), CHUNK):
            yield view[at : at + CHUNK], at + CHUNK >= len(content)
        return
    waiting = bytearray()
    for piece in content.pieces():
        waiting += piece
        while len(waiting) > CHUNK:
            yield bytes(waiting[:CHUNK]), False
            del waiting[:CHUNK]
    yield bytes(waiting), True


@contextlib.contextmanager
def _hashed(digest: _Digest, chunk: bytes | memoryview) -> Iterator[None]:
    """``chunk`` goes into ``digest``, while it is encrypted and written: hashlib lets other threads run."""
    if len(chunk) < CHUNK:
        digest.update(chunk)
        yield
        return
    thread = threading.Thread(target=digest.update, args=(chunk,))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _cipher(key: BlobKey, salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(derived(key.stream, b"telecart blob file 2", salt))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])


def _write(file: BinaryIO, content: bytes) -> None:
    """All of it: an unbuffered file may take less, on a disk that is nearly full."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _read(file: BinaryIO, size: int) -> bytes:
    """``size`` bytes, fewer only at the end of the file."""
    pieces = []
    while size and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_all(file: BinaryIO) -> bytes:
    return b"".join(iter(lambda: file.read(CHUNK), b""))


def _unreadable(sha256: str) -> Fault:
    return Fault(Reason.STORE_DAMAGED, f"the stored file {sha256[:8]} cannot be read", "call the fleet admin")
