"""Files beside the database: their format, what is found out about a changed one, how much memory they take."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.domain.fault import Fault, Reason
from edge.store.disk.blobs import CHUNK, Blobs

KEY = bytes(range(32))
HEADER, TAG = 32, 16
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]


def content_of(size: int) -> bytes:
    return hashlib.shake_128(size.to_bytes(8, "big")).digest(size)


def hkdf(key: bytes, info: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, KEY)


def file_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_got(blobs: Blobs, size: int) -> None:
    content = content_of(size)
    sha256 = blobs.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert blobs.get(sha256) == content
    chunks = list(blobs.read_chunks(sha256))
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= CHUNK
    assert [name for name, _size in blobs.held()] == [sha256]


def test_the_format_is_the_one_that_is_written_down(blobs: Blobs, tmp_path: Path) -> None:
    content = content_of(2 * CHUNK + 7)
    stored = file_of(tmp_path, blobs.put(content)).read_bytes()
    assert stored[:8] == b"TCBLOB\0\x02"
    file_key = hkdf(hkdf(KEY, b"telecart blobs 2"), b"telecart blob file 2", salt=stored[16:32])
    found = b""
    for number, last in ((0, 0), (1, 0), (2, 1)):
        piece = stored[HEADER + number * (CHUNK + TAG) :][: CHUNK + TAG]
        found += ChaCha20Poly1305(file_key).decrypt(number.to_bytes(11, "big") + bytes([last]), piece, None)
    assert found == content


def test_equal_content_is_one_file_and_looks_different_every_time(blobs: Blobs, tmp_path: Path) -> None:
    sha256 = blobs.put(b"content")
    first = file_of(tmp_path, sha256).read_bytes()
    assert blobs.put(b"content") == sha256
    assert file_of(tmp_path, sha256).read_bytes() == first
    file_of(tmp_path, sha256).unlink()
    blobs.put(b"content")
    assert file_of(tmp_path, sha256).read_bytes()[16:] != first[16:]


def test_a_file_of_release_1_is_read(blobs: Blobs, tmp_path: Path) -> None:
    content = content_of(CHUNK + 9)
    sha256 = hashlib.sha256(content).hexdigest()
    nonce = os.urandom(12)
    file_of(tmp_path, sha256).parent.mkdir()
    # as that release wrote it
    file_of(tmp_path, sha256).write_bytes(
        nonce + ChaCha20Poly1305(hkdf(KEY, b"telecart blobs 1")).encrypt(nonce, content, sha256.encode())
    )
    assert blobs.get(sha256) == content
    assert [len(chunk) for chunk in blobs.read_chunks(sha256)] == [CHUNK, 9]
    assert not blobs.is_current(sha256)
    assert blobs.put(content) == sha256


def damaged(stored: bytes) -> dict[str, bytes]:
    """Of a file of three chunks."""
    head, pieces = (
        stored[:HEADER],
        [stored[HEADER:][at : at + CHUNK + TAG] for at in range(0, len(stored), CHUNK + TAG)],
    )
    one, two, three = pieces[:3]
    return {
        "nothing": b"",
        "half a header": stored[:20],
        "a header alone": head,
        "without its last chunk": head + one + two,
        "without its last byte": stored[:-1],
        "without its first chunk": head + two + three,
        "without one in the middle": head + one + three,
        "in another order": head + two + one + three,
        "one chunk twice": head + one + one + three,
        "one more byte": stored + b"\0",
        "its last chunk twice": stored + three,
        "another file's salt": head[:16] + os.urandom(16) + stored[HEADER:],
        "another version": stored[:7] + b"\x03" + stored[8:],
        "another key": stored[:8] + bytes(8) + stored[16:],
    }


@pytest.mark.parametrize("how", damaged(bytes(3 * (CHUNK + TAG))))
def test_a_changed_file_is_found_out(blobs: Blobs, tmp_path: Path, how: str) -> None:
    sha256 = blobs.put(content_of(2 * CHUNK + 100))
    path = file_of(tmp_path, sha256)
    path.write_bytes(damaged(path.read_bytes())[how])
    for read in (blobs.get, blobs.check, lambda name: list(blobs.read_chunks(name))):
        with pytest.raises(Fault, match=sha256[:8]) as caught:
            read(sha256)
        assert caught.value.reason is Reason.STORE_DAMAGED


def test_every_bit_counts(blobs: Blobs, tmp_path: Path) -> None:
    sha256 = blobs.put(b"a small one")
    path = file_of(tmp_path, sha256)
    stored = path.read_bytes()
    for bit in range(len(stored) * 8):
        path.write_bytes((int.from_bytes(stored, "big") ^ (1 << bit)).to_bytes(len(stored), "big"))
        with pytest.raises(Fault):
            blobs.get(sha256)


def test_a_file_under_another_name_is_not_its_content(blobs: Blobs, tmp_path: Path) -> None:
    one, other = blobs.put(b"one"), blobs.put(b"other")
    file_of(tmp_path, other).write_bytes(file_of(tmp_path, one).read_bytes())
    with pytest.raises(Fault, match="has changed"):
        blobs.get(other)


def test_what_is_at_hand_takes_the_place_of_a_damaged_file(blobs: Blobs, tmp_path: Path) -> None:
    sha256 = blobs.put(b"content")
    file_of(tmp_path, sha256).write_bytes(b"damaged")
    assert blobs.put(b"content") == sha256
    assert blobs.get(sha256) == b"content"


def test_a_missing_file_is_a_plain_line(blobs: Blobs) -> None:
    with pytest.raises(Fault, match="cannot be read"):
        blobs.get("0" * 64)


def test_reading_in_chunks_takes_the_memory_of_a_few_chunks(blobs: Blobs) -> None:
    sha256 = blobs.put(content_of(36_000_000))
    tracemalloc.start()
    try:
        length = sum(map(len, blobs.read_chunks(sha256)))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == 36_000_000
    assert peak < 8 * CHUNK


def test_what_cannot_be_written_is_a_plain_line_and_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "ab").write_text("in the way of a folder")
    content = next(c for c in map(str, range(10_000)) if hashlib.sha256(c.encode()).hexdigest().startswith("ab"))
    with pytest.raises(Fault, match="not saved") as caught:
        blobs.put(content.encode())
    assert caught.value.reason is Reason.STORE_IO
    assert list(tmp_path.glob("*.tmp")) == []


def test_what_a_killed_process_had_begun_is_swept_away_and_nothing_else(blobs: Blobs, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"{gone.pid}-1-1.tmp").write_bytes(b"half")
    mine = tmp_path / f"{os.getpid()}-{threading.get_ident()}-1.tmp"
    mine.write_bytes(b"of one who had this number before")
    (tmp_path / f"{os.getppid()}-1-1.tmp").write_bytes(b"somebody is at it")
    again = Blobs(tmp_path, KEY)
    assert again.get(again.put(b"content")) == b"content"
    assert not mine.exists()
    assert [path.name for path in tmp_path.glob("*.tmp")] == [f"{os.getppid()}-1-1.tmp"]
