"""A frozen object that is read piece by piece out of its encrypted file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.item import PIECE
from edge.store.disk.blobs import CHUNK, Blobs
from edge.store.sending.outbox import Stored

KEY = bytes(range(32))
OVERHEAD = 32 + 16


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", KEY)


def file_of(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "blobs" / sha256[:2] / sha256


@pytest.mark.parametrize("size", [0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_the_pieces_are_the_whole_and_its_size_is_known_before(blobs: Blobs, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    stored = Stored.of(blobs, blobs.put(content))
    assert stored.size == size
    for _ in range(2):
        pieces = list(stored.pieces())
        assert b"".join(pieces) == content
        assert max(len(piece) for piece in pieces) <= PIECE


def read(stored: Stored) -> tuple[bytes, Fault]:
    """What came, and why no more did."""
    got = b""
    try:
        for piece in stored.pieces():
            got += piece
    except Fault as fault:
        return got, fault
    raise AssertionError("all of it came")


def a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


def its_end(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: OVERHEAD + CHUNK])


def more(file: Path) -> None:
    file.write_bytes(file.read_bytes() + bytes(40))


@pytest.mark.parametrize("damage", [a_bit, its_end, more])
@pytest.mark.parametrize("chunks", [1.5, 2.0, 3.5])
def test_the_last_piece_of_what_is_damaged_never_comes(
    blobs: Blobs, tmp_path: Path, damage: Callable[[Path], None], chunks: float
) -> None:
    content = bytes(number % 241 for number in range(int(chunks * CHUNK)))
    sha256 = blobs.put(content)
    damage(file_of(tmp_path, sha256))
    got, fault = read(Stored.of(blobs, sha256))
    assert fault.reason is Reason.STORE_DAMAGED
    assert len(got) < len(content)
    assert content.startswith(got)


def test_another_authentic_file_under_its_name_is_not_given_out_whole(blobs: Blobs, tmp_path: Path) -> None:
    """Each of its chunks is genuine: only the hash of the whole tells that it is somebody else's."""
    ours, other = blobs.put(b"a" * (2 * CHUNK)), blobs.put(b"b" * (2 * CHUNK))
    file_of(tmp_path, ours).write_bytes(file_of(tmp_path, other).read_bytes())
    got, fault = read(Stored.of(blobs, ours))
    assert fault.reason is Reason.STORE_DAMAGED
    assert len(got) < 2 * CHUNK


def test_what_is_missing_is_told_at_once(blobs: Blobs) -> None:
    with pytest.raises(Fault) as caught:
        Stored.of(blobs, "0" * 64)
    assert caught.value.reason is Reason.STORE_DAMAGED
