"""The write-ahead log as it lies on the disk, read without SQLite: where its chain ends, and whether it went on behind that.

SQLite takes the log up to the first frame whose checksum does not fit, and believes that whatever follows was never
committed. Mostly it is right: a power cut tears what was not flushed yet. But a transaction is flushed before the next one is
begun, so one that ends behind another that ends behind the break says that the break is damage, and that what lies behind it
was told as saved. (File format: https://www.sqlite.org/fileformat2.html, section 4.)
"""

from __future__ import annotations

import dataclasses
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from edge.store.disk.descriptors import peek
from edge.store.file.pages import PAGE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint32]

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_FRAME_SIZE: Final = _FRAME.size + PAGE
_MAGIC: Final = 0x377F0682


def log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def index_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-shm")


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """``place`` counts from 0; ``commits``: it is the last of its transaction."""

    place: int
    page: int
    commits: bool

    @property
    def offset(self) -> int:
        """Of its page in the log."""
        return _HEADER.size + self.place * _FRAME_SIZE + _FRAME.size


@dataclasses.dataclass(frozen=True, slots=True)
class Log:
    """``frames`` of the log's generation in order, those behind a break as well; ``chained`` of them SQLite would take."""

    path: Path
    frames: tuple[Frame, ...] = ()
    chained: int = 0
    header_is_whole: bool = True
    salts: bytes = b""

    def severed(self) -> bool:
        """Whether what was committed and flushed lies behind a break: the end of a transaction, and of one after it.

        What follows a last end is no proof: a transaction that was rolled back leaves its frames there without an end.
        """
        if not self.header_is_whole:
            return any(frame.commits for frame in self.frames)
        return sum(frame.place >= self.chained and frame.commits for frame in self.frames) > 1

    def committed(self, *, behind_a_break: bool) -> tuple[Frame, ...]:
        """Those up to the last end of a transaction, of the chain or, ``behind_a_break``, of the whole generation."""
        ends = [
            at
            for at, frame in enumerate(self.frames)
            if frame.commits and (behind_a_break or frame.place < self.chained)
        ]
        return self.frames[: ends[-1] + 1] if ends else ()


def read_log(database: Path) -> Log:
    """Raises OSError; a log that is not there is empty."""
    path = log_of(database)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Log(path)
    if len(content) < _HEADER.size:
        return Log(path)
    import numpy as np  # 20 MB that a process does not need whose last one ended in peace

    magic, version, page_size, _, *salts, sum1, sum2 = _HEADER.unpack_from(content)
    order: Literal["<", ">"] = ">" if magic & 1 else "<"
    words = np.frombuffer(content, f"{order}u4", 6).astype(np.uint32)[np.newaxis]
    found = _sums(words, np.zeros((1, 2), np.uint32))[0]
    whole = (magic & ~1, version, page_size) == (_MAGIC, 3007000, PAGE) and tuple(found) == (sum1, sum2)
    count = (len(content) - _HEADER.size) // _FRAME_SIZE
    frames = np.frombuffer(content, np.uint8, count * _FRAME_SIZE, _HEADER.size).reshape(count, _FRAME_SIZE)
    heads = frames[:, : _FRAME.size].copy().view(">u4").astype(np.uint32)
    written = heads[:, 0] != 0  # there is no page 0: what a file system filled with zeros was never written
    if not whole and written.any():
        salts = [int(salt) for salt in heads[written][0, 2:4]]
    ours = written & (heads[:, 2] == salts[0]) & (heads[:, 3] == salts[1])
    chained = _chained(frames[ours.cumsum() == np.arange(1, count + 1)], heads, order, (sum1, sum2)) if whole else 0
    return Log(
        path,
        tuple(Frame(int(place), int(heads[place, 0]), bool(heads[place, 1])) for place in np.flatnonzero(ours)),
        chained,
        whole,
        struct.pack(">2I", *salts),
    )


def _chained(frames: Bytes, heads: Words, order: str, start: tuple[int, int]) -> int:
    """How many of ``frames`` from the first on are whole: each one's sums go on from those in the one before it."""
    import numpy as np

    count = len(frames)
    if not count:
        return 0
    said = heads[:count, 4:6]
    before = np.concatenate([np.array([start], np.uint32), said[:-1]])
    covered = np.concatenate([frames[:, :8], frames[:, _FRAME.size :]], axis=1).view(f"{order}u4").astype(np.uint32)
    wrong = np.flatnonzero((_sums(covered, before) != said).any(axis=1))
    return int(wrong[0]) if len(wrong) else count


def _sums(words: Words, start: Words) -> Words:
    """Section 4.2: two sums over the words of each row, all rows at once. Modulo 2^32."""
    import numpy as np

    one, two = start[:, 0].copy(), start[:, 1].copy()
    columns = np.ascontiguousarray(words.T)
    for even, odd in zip(columns[::2], columns[1::2], strict=True):
        one += even
        one += two
        two += odd
        two += one
    return np.stack([one, two], axis=1)


def indexed(database: Path) -> tuple[int, bytes] | None:
    """(frames, salts) of the log of an open store, as its index has it; None where there is none, or while it is written over.

    The index is of this machine's byte order, its salts are as in the log, and its header stands there twice
    (https://www.sqlite.org/walformat.html, 2.1).
    """
    try:
        header = peek(database, index_of(database), 96)
    except FileNotFoundError:
        return None
    if len(header) < 96 or header[:48] != header[48:]:
        return None
    return int.from_bytes(header[16:20], sys.byteorder), header[32:40]
