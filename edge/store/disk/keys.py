"""The store's key, and the keys that are derived from it. Where the key comes from: docs/store-keys.md."""

from __future__ import annotations

import dataclasses
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.domain.fault import Fault, Reason
from edge.store.disk.durable import replace_file

LENGTH = 32
"""Bytes of every key."""

_NONCE = 12
_RING = b"telecart blob keys 1"


def read_key(path: Path, *, create: bool = False) -> bytes:
    """The 32-byte raw key of the store. ``create``: makes one where there is none.

    Raises Fault(STORE_KEY) when it is missing, no key, or a file that others may read.
    """
    if create and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_key(path, new_key())
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as exc:
        raise Fault(
            Reason.STORE_KEY,
            f"the store's key cannot be read: {path} is not there",
            "restore it, or ask the fleet admin",
        ) from exc
    except OSError as exc:
        raise Fault(
            Reason.STORE_KEY, f"the store's key cannot be read: {path}: {exc.strerror}", "check who may read it"
        ) from exc
    with os.fdopen(descriptor, "rb") as file:
        if _is_open_to_others(path, os.fstat(descriptor).st_mode):
            raise Fault(
                Reason.STORE_KEY,
                f"others may read the store's key {path}",
                "chmod 600 it; who has read it makes telecart store rekey needed",
            )
        key = file.read(LENGTH + 1)
    if len(key) != LENGTH:
        raise Fault(Reason.STORE_KEY, f"{path} is not a store key (32 bytes)", "restore it, or ask the fleet admin")
    return key


def _is_open_to_others(path: Path, mode: int) -> bool:
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and path.parent == Path(credentials):
        # systemd closes the folder to all but the unit, and its access list shows as rights of the group
        return False
    return bool(stat.S_IMODE(mode) & 0o077)


def new_key() -> bytes:
    return secrets.token_bytes(LENGTH)


def write_key(path: Path, key: bytes) -> None:
    """Durably, readable by its owner only; a key that stood there is replaced in one step. Raises Fault(STORE_KEY)."""
    try:
        replace_file(path, key, mode=0o600)
    except OSError as exc:
        raise Fault(
            Reason.STORE_KEY, f"the store's key cannot be written: {path}: {exc.strerror}", "give another --key-file"
        ) from exc


def derived(key: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    """HKDF-SHA-256 (RFC 5869), 32 bytes."""
    return HKDF(algorithm=SHA256(), length=LENGTH, salt=salt, info=purpose).derive(key)


@dataclasses.dataclass(frozen=True, slots=True)
class BlobKey:
    """What encrypts blobs: ``piece`` the files of release 1, in one piece; ``stream`` those in chunks."""

    piece: bytes = dataclasses.field(repr=False)
    stream: bytes = dataclasses.field(repr=False)
    id: bytes
    """8 bytes that name it and tell nothing of it."""

    @classmethod
    def of(cls, store_key: bytes) -> BlobKey:
        return cls._of(derived(store_key, b"telecart blobs 1"), derived(store_key, b"telecart blobs 2"))

    @classmethod
    def _of(cls, piece: bytes, stream: bytes) -> BlobKey:
        return cls(piece, stream, derived(stream, b"telecart blob key name")[:8])

    def sealed(self) -> bytes:
        return self.piece + self.stream

    @classmethod
    def unsealed(cls, content: bytes) -> BlobKey:
        return cls._of(content[:LENGTH], content[LENGTH:])


@dataclasses.dataclass(frozen=True, slots=True)
class Ring:
    """The blob key of the store's key, and those of former keys under which files may still lie.

    The former ones lie in a file that the store's key opens, one for each store key, so that a rekey that was cut
    short can read with the old key and with the new one.
    """

    current: BlobKey
    former: tuple[BlobKey, ...] = ()

    @classmethod
    def open(cls, folder: Path, store_key: bytes) -> Ring:
        """Raises Fault(STORE_DAMAGED) where the former keys are there and cannot be read."""
        current = BlobKey.of(store_key)
        path = ring_file(folder, current)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return cls(current)
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"{path} cannot be read: {exc.strerror}", "check the disk") from exc
        cipher = ChaCha20Poly1305(derived(store_key, _RING))
        try:
            content = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _RING)
        except (InvalidTag, ValueError) as exc:
            raise Fault(
                Reason.STORE_DAMAGED, f"the former keys in {path} are damaged", "keep the files, call the fleet admin"
            ) from exc
        size = 2 * LENGTH
        return cls(current, tuple(BlobKey.unsealed(content[at : at + size]) for at in range(0, len(content), size)))

    def handed_on(self, folder: Path, to: bytes) -> None:
        """Writes what the store key ``to`` needs to read all that this ring can read."""
        content = b"".join(key.sealed() for key in (self.current, *self.former))
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + ChaCha20Poly1305(derived(to, _RING)).encrypt(nonce, content, _RING)
        replace_file(ring_file(folder, BlobKey.of(to)), sealed, mode=0o660)


def ring_file(folder: Path, key: BlobKey) -> Path:
    return folder / f"former.{key.id.hex()}"
