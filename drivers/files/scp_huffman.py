"""The Huffman code of SCP-ECG (EN 1064:2005+A1 5.5 and annex C): tables, and bits to numbers.

A stream is not read bit by bit: for every position in it, all at once, the code that would begin there is looked up; what
remains is to hop from code to code.
"""

from __future__ import annotations

import dataclasses
import functools
import struct
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.files.recording import corrupt

DEFAULT: Final = 19999
"""The number of tables that stands for the default table."""

MOST_TABLES: Final = 8
MOST_CODES: Final = 1024

_WINDOW: Final = 32
_MOST_EXTRA: Final = 16
_SPARE: Final = 32
"""Bits that may be left over: up to seven, the byte that makes the length even, and what writers add to that."""


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    """``code`` are the ``prefix`` bits as they are sent, the first one highest; ``extra`` signed bits follow.

    The number meant is that of the extra bits, or ``base`` where there are none; with ``switch`` none is meant, and the
    table of the number ``base`` (from 1) is used from here on.
    """

    prefix: int
    extra: int
    switch: bool
    base: int
    code: int


class Table:
    """A prefix code. Raises Fault(CORRUPT_FILE) for one that is none."""

    def __init__(self, codes: Sequence[Code]) -> None:
        ordered = sorted(codes, key=lambda one: one.code << (_WINDOW - one.prefix))
        starts = [one.code << (_WINDOW - one.prefix) for one in ordered]
        ends = [start + (1 << (_WINDOW - one.prefix)) for start, one in zip(starts, ordered, strict=True)]
        if not ordered or any(end > start for end, start in zip(ends, starts[1:], strict=False)):
            raise corrupt("the Huffman table of the ECG is ambiguous")
        self._starts = np.array(starts, dtype=np.uint64)
        self._ends = np.array(ends, dtype=np.uint64)
        self._prefix = np.array([one.prefix for one in ordered], dtype=np.int64)
        self._extra = np.array([one.extra for one in ordered], dtype=np.int64)
        self._base = np.array([one.base for one in ordered], dtype=np.int64)
        self._steps = np.array([(one.prefix + one.extra) * (-1 if one.switch else 1) for one in ordered])

    def which(self, windows: NDArray[np.uint64]) -> NDArray[np.intp]:
        """The number of the code with which each window of 32 bits begins; -1 for none."""
        found = np.searchsorted(self._starts, windows, side="right") - 1
        return np.where((found >= 0) & (windows < self._ends[found]), found, -1)

    def steps(self, which: NDArray[np.intp]) -> list[int]:
        """Bits of each code, below zero where it switches tables, 0 where there is none."""
        steps: list[int] = np.where(which >= 0, self._steps[which], 0).tolist()
        return steps

    def switches_to(self, which: int) -> int:
        """The table, counted from 0, to which this code switches."""
        return int(self._base[which]) - 1

    def values(self, which: NDArray[np.intp], windows: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The numbers that codes mean."""
        prefix, extra = self._prefix[which], self._extra[which]
        bits = (windows.astype(np.int64) >> (_WINDOW - prefix - extra)) & ((1 << extra) - 1)
        sign = (1 << extra) >> 1
        return np.where(extra > 0, (bits ^ sign) - sign, self._base[which])


@functools.cache
def default_tables() -> tuple[Table]:
    """Annex C.3.7: n ones, a zero and a sign for n up to 8; nine ones before 8 bits (then a zero) or 16 (then a one)."""
    codes = [Code(1, 0, switch=False, base=0, code=0)]
    for number in range(1, 9):
        ones = ((1 << number) - 1) << 2
        codes += [Code(number + 2, 0, switch=False, base=sign, code=ones | (sign < 0)) for sign in (number, -number)]
    nines = ((1 << 9) - 1) << 1
    codes += [Code(10, 8, switch=False, base=0, code=nines), Code(10, 16, switch=False, base=0, code=nines | 1)]
    return (Table(codes),)


def tables(body: bytes) -> tuple[Table, ...]:
    """Section 2 after its header (5.5.3). Empty where nothing is encoded."""
    (count,) = struct.unpack_from("<H", body)
    if count == DEFAULT:
        return default_tables()
    if count > MOST_TABLES:
        raise corrupt("the ECG has more Huffman tables than this cart opens")
    at = 2
    found = []
    for _ in range(count):
        (size,) = struct.unpack_from("<H", body, at)
        if size > MOST_CODES:
            raise corrupt("a Huffman table of the ECG is larger than this cart opens")
        at += 2
        found.append(Table([_code(body, at + 9 * i, count) for i in range(size)]))
        at += 9 * size
    return tuple(found)


def _code(body: bytes, at: int, tables: int) -> Code:
    prefix, total, mode, base, reversed_code = struct.unpack_from("<BBBhI", body, at)
    extra = total - prefix
    if not 1 <= prefix <= total <= _WINDOW or extra > _MOST_EXTRA or reversed_code >> prefix or mode > 1:
        raise corrupt("a Huffman table of the ECG is damaged")
    if mode == 0 and (extra or not 1 <= base <= tables):
        raise corrupt("a Huffman table of the ECG switches to one that is not there")
    if extra and base:
        # readers differ in whether the base counts here: whoever guesses shows a wrong ECG
        raise corrupt("a Huffman table of the ECG is of a kind that is not supported")
    # the first bit that is sent is the lowest of the field
    code = int(f"{reversed_code:0{prefix}b}"[::-1], 2)
    return Code(prefix, extra, switch=mode == 0, base=base, code=code)


def decode(data: bytes, count: int, using: Sequence[Table]) -> NDArray[np.int64]:
    """The first ``count`` numbers of a lead, which begins with the first table. Raises Fault(CORRUPT_FILE)."""
    windows = _windows(data)
    which = {0: using[0].which(windows)}
    hops = {0: using[0].steps(which[0])}
    size = len(data) * 8
    table = at = 0
    hop = hops[0]
    found: list[int] = []
    changes = [(0, 0)]  # from which number on which table holds
    while len(found) < count:
        step = hop[at] if at < size else 0
        if step > 0:
            found.append(at)
            at += step
        elif step < 0:
            table = using[table].switches_to(int(which[table][at]))
            at -= step
            if table not in which:
                which[table] = using[table].which(windows)
                hops[table] = using[table].steps(which[table])
            hop = hops[table]
            changes.append((len(found), table))
        else:
            raise corrupt("the samples of the ECG cannot be decoded")
    if at > size or size - at >= _SPARE:
        raise corrupt("a lead of the ECG has another number of samples than the file announces")
    return _values(np.array(found, dtype=np.intp), changes, which, windows, using)


def _values(
    found: NDArray[np.intp],
    changes: Sequence[tuple[int, int]],
    which: Mapping[int, NDArray[np.intp]],
    windows: NDArray[np.uint64],
    using: Sequence[Table],
) -> NDArray[np.int64]:
    starts = [start for start, _ in changes] + [len(found)]
    owners = np.repeat([table for _, table in changes], np.diff(starts))
    values = np.empty(len(found), dtype=np.int64)
    for table, codes in which.items():
        mine = owners == table
        values[mine] = using[table].values(codes[found[mine]], windows[found[mine]])
    return values


def _windows(data: bytes) -> NDArray[np.uint64]:
    """The 32 bits that begin at each bit of ``data``, zeros after its end."""
    octets = np.frombuffer(data + bytes(4), dtype=np.uint8).astype(np.uint64)
    forty = np.zeros(len(data), dtype=np.uint64)
    for offset in range(5):
        forty = forty << np.uint64(8) | octets[offset : offset + len(data)]
    shifts = np.arange(8, 0, -1, dtype=np.uint64)
    return ((forty[:, None] >> shifts) & np.uint64(0xFFFFFFFF)).reshape(-1)
