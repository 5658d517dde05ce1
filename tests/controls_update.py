"""The switches of the updater's controls: each takes one of them away, and leaves the rest of the update working."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tuf.api.metadata import Root, TargetFile
from tuf.ngclient._internal import trusted_metadata_set as believed

from edge import in_use
from sync.update import building, client, fetching, manifest, packing, switching, trees
from sync.update.disk import Hashed
from sync.update.manifest import Release
from sync.update.shelf import State


def any_bytes_are_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: neither length nor hash of a file is looked at."""

    def download(self: fetching.Line, url: str, wanted: manifest.Stored, to: Path) -> None:
        to.write_bytes(b"".join(self._read(url, 0)))

    def unpacked(packed: Path, to: Path, tree: manifest.Stored, base: Path | None = None) -> None:
        real(packed, to, manifest.Stored(**dict(zip(("sha256", "size"), _made(packed), strict=True))), base)

    def _made(packed: Path) -> tuple[str, int]:
        import zstandard

        read = Hashed()
        with packed.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            while piece := stream.read(1 << 16):
                read.take(piece)
        return read.hexdigest(), read.size

    real = packing.unpacked
    monkeypatch.setattr(fetching.Line, "download", download)
    monkeypatch.setattr(packing, "unpacked", unpacked)
    monkeypatch.setattr(TargetFile, "verify_length_and_hashes", lambda *_: None)


def no_file_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: what comes past the length of a file is thrown away instead of refused."""

    def download(self: fetching.Line, url: str, wanted: manifest.Stored, to: Path) -> None:
        content = b""
        for piece in self._read(url, 0):
            content += piece
            if len(content) >= wanted.size:
                break
        to.write_bytes(content[: wanted.size])

    monkeypatch.setattr(fetching.Line, "download", download)


def nothing_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: metadata is good for ever."""
    for kind in (believed.Timestamp, believed.Snapshot, believed.Targets, Root):
        monkeypatch.setattr(kind, "is_expired", lambda *_: False)


def no_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: the clock of the cart is believed, however far behind it is."""
    monkeypatch.setattr(client, "judged_at", lambda now, floor: now)


def any_signature_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: signatures are not looked at."""
    for kind in (Root, believed.Targets):
        monkeypatch.setattr(kind, "verify_delegate", lambda *_: None)


def versions_may_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: nobody remembers which metadata was seen."""
    real = client.Repository.__init__

    def forgetful(self: client.Repository, url: str, line: fetching.Line, *, trust: bytes, metadata: Path) -> None:
        for path in metadata.glob("*.json"):
            path.unlink()
        real(self, url, line, trust=trust, metadata=metadata)

    monkeypatch.setattr(client.Repository, "__init__", forgetful)


def any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: nobody looks for which machine a release is."""
    monkeypatch.setattr(manifest, "refuse_another_machine", lambda *_: None)


def any_name_of_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: what a manifest calls itself may lead anywhere."""
    monkeypatch.setattr(manifest, "checked_id", lambda release: release)


def archives_are_unpacked_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: links and names that lead out of the folder are done as the archive says."""
    import tarfile

    def unpack(archive: Path, to: Path, size: int) -> None:
        with tarfile.open(archive, "r:") as file:
            file.extractall(to, filter="fully_trusted")

    monkeypatch.setattr(trees, "unpack", unpack)


def older_releases_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: a signed release may be older than what runs."""
    monkeypatch.setattr(switching, "refuse_older", lambda *_: None)


def bad_releases_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: nobody remembers which release was bad."""
    monkeypatch.setattr(State, "why_bad", lambda *_: "")


def any_reader_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: nobody asks whether the release before could read the store again."""

    def agree(self: switching.Switch, release: Release, tried: switching.Tried, running: Release | None) -> None:
        pass

    monkeypatch.setattr(switching.Switch, "_refuse_no_way_back", agree)


def another_wheel_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: a wheel need not have the hash of the lock."""
    monkeypatch.setattr(building, "refuse_other", lambda *_: None)


def no_interlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """H21: nobody asks whether somebody is served."""

    @contextlib.contextmanager
    def hold(self: in_use.Interlock) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(in_use.Interlock, "hold", hold)


def the_lock_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """H21: it is asked before the switch, and let go of at once."""
    real = in_use.Interlock.hold

    @contextlib.contextmanager
    def hold(self: in_use.Interlock) -> Iterator[bool]:
        with real(self) as nobody:
            pass
        yield nobody

    monkeypatch.setattr(in_use.Interlock, "hold", hold)
