"""Large content beside the database: one encrypted file each, named by the SHA-256 of what it holds.

tmp, write, fsync, rename, fsync of the directory; the row that names it is written after that, never before.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.domain.fault import Fault, Reason
from edge.store.database import fsync_directory

_NONCE = 12


class Blobs:
    """Content-addressed files under ``folder``, encrypted with a key derived from the store's.

    ChaCha20-Poly1305: a Raspberry Pi 4 has no AES instructions.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"telecart blobs 1").derive(key)
        self._cipher = ChaCha20Poly1305(derived)
        folder.mkdir(parents=True, exist_ok=True, mode=0o770)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Durably stores ``content`` and returns its SHA-256 in hex. Raises Fault(STORE_IO)."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if self._holds(sha256):
            # whoever wrote it may have been killed before its name was durable
            fsync_directory(path.parent)
            return sha256
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, content, sha256.encode())
        try:
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True)
                fsync_directory(self._folder)
            scratch = path.with_name(f"{sha256}.{os.getpid()}.tmp")
            with scratch.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            scratch.rename(path)
            fsync_directory(path.parent)
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"not saved: {exc.strerror}", "check the disk of the cart") from exc
        return sha256

    def _holds(self, sha256: str) -> bool:
        if not self._path(sha256).exists():
            return False
        try:
            self.get(sha256)
        except Fault:
            return False  # damaged: what is at hand is whole, and takes its place
        return True

    def get(self, sha256: str) -> bytes:
        """The content, checked. Raises Fault(STORE_DAMAGED) when it is missing or not what was stored."""
        try:
            sealed = self._path(sha256).read_bytes()
            content = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], sha256.encode())
        except (OSError, InvalidTag, ValueError) as exc:
            raise Fault(
                Reason.STORE_DAMAGED, f"the stored file {sha256[:8]} cannot be read", "call the fleet admin"
            ) from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Fault(Reason.STORE_DAMAGED, f"the stored file {sha256[:8]} has changed", "call the fleet admin")
        return content
