"""The repository's side of signatures: who may sign, what waits for signatures, and what is published.

Root and targets have three keys each, of which two sign, in two safes; none of them need ever be on a machine with a network. The
key of snapshot and timestamp is with whoever publishes: it can neither name a release nor a key. What waits lies in
``staged/``: ``root.json`` or ``targets.json`` with the signatures so far. The repository is a folder of files that any web server gives.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from edge.domain.fault import Fault, Reason
from sync.update import disk
from sync.update.client import SIGNED_AT

OF_TWO: Final = ("root", "targets")
"""Roles of which two of three sign."""

ONLINE: Final = ("snapshot", "timestamp")
"""Roles that share the one key of whoever publishes."""

_SIGN: Final = 2
_OFFLINE_DAYS: Final = 365
TIMESTAMP_DAYS: Final = 7
_WIRE = JSONSerializer(compact=True)
_Role = TypeVar("_Role", Root, Targets, Snapshot, Timestamp)


# --- keys


def make_key(file: Path) -> None:
    """A new private key, readable by its owner only, and ``FILE.pub`` beside it. Raises FileExistsError."""
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    disk.write(file.with_name(f"{file.name}.pub"), public)


def private(file: Path) -> CryptoSigner:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise _wrong(f"{file.name} is no private key: {exc}") from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise _wrong(f"{file.name} is no Ed25519 key")
    return CryptoSigner(key)


def public(file: Path) -> SSlibKey:
    try:
        return SSlibKey.from_crypto(load_pem_public_key(file.read_bytes()))
    except (OSError, ValueError, UnsupportedAlgorithm) as exc:
        raise _wrong(f"{file.name} is no public key: {exc}") from exc


# --- the folder


class Repository:
    """A folder to publish from. Times are UTC. Raises Fault(SETTINGS | NOT_ALLOWED)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.objects = folder / "objects"
        self.staged = folder / "staged"

    def begin(self, roots: Sequence[Path], targets: Sequence[Path], online: Path, now: dt.datetime) -> None:
        """Stages the first root: three keys for root, three for targets, one for snapshot and timestamp."""
        if len(roots) != _SIGN + 1 or len(targets) != _SIGN + 1:
            raise _wrong("root and targets have three keys each")
        if self.metadata.exists():
            raise _wrong("there is a repository already")
        for folder in (self.metadata, self.targets, self.objects, self.staged):
            folder.mkdir(parents=True)
        root = Root(version=1, expires=_in(now, _OFFLINE_DAYS), consistent_snapshot=True)
        for role, keys in (("root", roots), ("targets", targets), *((of, [online]) for of in ONLINE)):
            for key in keys:
                root.add_key(public(key), role)
            root.roles[role].threshold = _SIGN if role in OF_TWO else 1
        if any(len(root.roles[role].keyids) != _SIGN + 1 for role in OF_TWO):
            raise _wrong("a key was given twice")
        self._stage(Metadata(root))

    def root(self) -> Metadata[Root]:
        found = sorted(self.metadata.glob("*.root.json"), key=lambda path: int(path.name.split(".")[0]))
        if not found:
            raise _wrong("no root was published yet")
        return _read(Root, found[-1])

    def published(self) -> Targets:
        """What is signed now, or what is staged to be; nothing at first."""
        staged = self.staged / "targets.json"
        if staged.exists():
            return _read(Targets, staged).signed
        newest = self._newest("targets")
        return Targets() if newest is None else _read(Targets, newest).signed

    def add(self, place: str, content: bytes, now: dt.datetime) -> None:
        """Stages ``content`` as the signed file ``place``: it has to be signed anew by two."""
        target = TargetFile.from_data(place, content, ["sha256"])
        (digest,) = target.hashes.values()
        to = self.targets / place
        to.parent.mkdir(parents=True, exist_ok=True)
        disk.write(to.with_name(f"{digest}.{to.name}"), content)
        self.stage_targets({**self.published().targets, place: target}, now)

    def content(self, place: str) -> bytes | None:
        found = self.published().targets.get(place)
        if found is None:
            return None
        (digest,) = found.hashes.values()
        at = self.targets / place
        return at.with_name(f"{digest}.{at.name}").read_bytes()

    def stage_targets(self, targets: dict[str, TargetFile], now: dt.datetime) -> None:
        newest = self._newest("targets")
        version = 1 if newest is None else _read(Targets, newest).signed.version + 1
        self._stage(Metadata(Targets(version=version, expires=_in(now, _OFFLINE_DAYS), targets=targets)))

    def rotate(self, role: str, out: Path, new: Path, now: dt.datetime) -> None:
        """Stages a root in which ``new`` stands for ``out``; of a role in ONLINE, for both. Old and new root keys have to sign it, two of each."""
        staged = self.staged / "root.json"
        root = (_read(Root, staged) if staged.exists() else self.root()).signed
        if not staged.exists():
            root.version += 1
        root.expires = _in(now, _OFFLINE_DAYS)
        gone = public(out).keyid
        if role not in root.roles or gone not in root.roles[role].keyids:
            raise _wrong(f"{out.name} is no key of {role}")
        for of in (role,) if role in OF_TWO else ONLINE:
            root.revoke_key(gone, of)
            root.add_key(public(new), of)
        self._stage(Metadata(root))
        if role == "targets" and (newest := self._newest("targets")) is not None:
            self.stage_targets(_read(Targets, newest).signed.targets, now)

    def sign(self, key: Path) -> list[str]:
        """Adds the signature of ``key`` to all that is staged and may have it; returns what that was."""
        signer = private(key)
        signed = []
        for name in OF_TWO:
            path = self.staged / f"{name}.json"
            if path.exists() and signer.public_key.keyid in self._signers(name):
                found = _read(Root, path) if name == "root" else _read(Targets, path)
                found.sign(signer, append=True)
                disk.write(path, found.to_bytes(_WIRE))
                signed.append(name)
        return signed

    def _signers(self, role: str) -> set[str]:
        """Keys of the root that will be, and for a root also of the one that is."""
        keys: set[str] = set()
        staged = self.staged / "root.json"
        if staged.exists():
            keys |= set(_read(Root, staged).signed.roles[role].keyids)
        if (role == "root" or not staged.exists()) and self._newest("root") is not None:
            keys |= set(self.root().signed.roles[role].keyids)
        return keys

    def publish(self, online: Path, now: dt.datetime) -> None:
        """What is staged and signed by enough becomes what carts read; the snapshot and timestamp are made anew.

        Raises Fault(NOT_ALLOWED) where signatures are missing: nothing is changed then.
        """
        signer = private(online)
        root = self._checked_root()
        targets = self._checked_targets(root.signed)
        if signer.public_key.keyid not in root.signed.roles["timestamp"].keyids:
            raise _wrong(f"{online.name} is not the key of the timestamp")
        if (self.staged / "root.json").exists():
            self._publish(root)
        if targets is not None:
            self._publish(targets)
        newest = self._newest("targets")
        if newest is None:
            return
        version = 1 + self._version("snapshot")
        snapshot = Snapshot(
            version=version,
            expires=_in(now, _OFFLINE_DAYS),
            meta={"targets.json": MetaFile(version=_read(Targets, newest).signed.version)},
        )
        self._signed_online(Metadata(snapshot), signer, self.metadata / f"{version}.snapshot.json")
        self.stamp(online, now)

    def stamp(self, online: Path, now: dt.datetime, days: float = TIMESTAMP_DAYS) -> None:
        """A new timestamp for what is published: it says that this is the newest, for ``days``."""
        path = self.metadata / "timestamp.json"
        last = _read(Timestamp, path).signed.version if path.exists() else 0
        timestamp = Timestamp(
            version=last + 1,
            expires=_in(now, days),
            snapshot_meta=MetaFile(version=self._version("snapshot")),
            unrecognized_fields={SIGNED_AT: _second(now).isoformat()},
        )
        self._signed_online(Metadata(timestamp), private(online), path)

    def _checked_root(self) -> Metadata[Root]:
        staged = self.staged / "root.json"
        if not staged.exists():
            return self.root()
        root = _read(Root, staged)
        if self._newest("root") is not None:
            _enough(self.root().signed, "root", root)
        _enough(root.signed, "root", root)
        return root

    def _checked_targets(self, root: Root) -> Metadata[Targets] | None:
        staged = self.staged / "targets.json"
        if not staged.exists():
            return None
        targets = _read(Targets, staged)
        _enough(root, "targets", targets)
        return targets

    def _publish(self, found: Metadata[Root] | Metadata[Targets]) -> None:
        name = found.signed.type
        disk.write(self.metadata / f"{found.signed.version}.{name}.json", found.to_bytes(_WIRE))
        (self.staged / f"{name}.json").unlink()

    @staticmethod
    def _signed_online(found: Metadata[Snapshot] | Metadata[Timestamp], signer: CryptoSigner, to: Path) -> None:
        found.sign(signer)
        disk.write(to, found.to_bytes(_WIRE))

    def _stage(self, found: Metadata[Root] | Metadata[Targets]) -> None:
        self.staged.mkdir(exist_ok=True)
        disk.write(self.staged / f"{found.signed.type}.json", found.to_bytes(_WIRE))

    def _newest(self, name: str) -> Path | None:
        return max(self.metadata.glob(f"*.{name}.json"), key=lambda path: int(path.name.split(".")[0]), default=None)

    def _version(self, name: str) -> int:
        newest = self._newest(name)
        return 0 if newest is None else int(newest.name.split(".")[0])

    def keep(self, made: Path) -> None:
        """Moves a file into the objects, under its hash."""
        from sync.update.trees import digest

        name, _ = digest(made)
        to = self.objects / name
        if to.exists():
            made.unlink()
            return
        disk.flush(made)
        shutil.move(made, to)
        disk.flush(self.objects)


def _enough(root: Root, role: str, found: Metadata[Root] | Metadata[Targets]) -> None:
    try:
        root.verify_delegate(role, found.signed_bytes, found.signatures)
    except RepositoryError as exc:
        raise Fault(
            Reason.NOT_ALLOWED, f"{role} is not signed by enough of its keys", "telecart release sign, with another key"
        ) from exc


def _read(kind: type[_Role], path: Path) -> Metadata[_Role]:
    try:
        found: Metadata[_Role] = Metadata.from_file(str(path))
    except (DeserializationError, OSError, RepositoryError) as exc:
        raise _wrong(f"{path.name} cannot be read") from exc
    if not isinstance(found.signed, kind):
        raise _wrong(f"{path.name} holds something else")
    return found


def _second(now: dt.datetime) -> dt.datetime:
    return now.astimezone(dt.UTC).replace(microsecond=0)


def _in(now: dt.datetime, days: float) -> dt.datetime:
    return _second(now + dt.timedelta(days=days))


def _wrong(what: str) -> Fault:
    return Fault(Reason.SETTINGS, what, "look at the repository and the keys")
