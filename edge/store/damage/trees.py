"""The tables of a damaged database, row by row out of every page that is whole, without SQLite.

SQLite gives up at the first bad page; here a bad page costs the rows that lie on it and no others. Where an inner page of a
tree is lost, the leaves below it are whole and named by nobody: they are given to the table that misses pages and whose rows
look like theirs. (File format: https://www.sqlite.org/fileformat2.html, sections 1.6, 2.1 and 1.5.)
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

Column = str | int | float | bytes | None

READABLE: Final = 4096 - 80
_LEAF, _INNER, _INDEX_LEAF, _INDEX_INNER = 0x0D, 0x05, 0x0A, 0x02
_KINDS: Final = {_LEAF, _INNER, _INDEX_LEAF, _INDEX_INNER}
_NEVER_WRITTEN: Final = (1 << 30) // 4096 + 1
"""The page on which SQLite puts its locks: section 1.3."""
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class Unreadable(Exception):
    """A page or a record is not there, or is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """``rowid`` is None for a table without."""

    rowid: int | None
    columns: tuple[Column, ...]


@dataclasses.dataclass(slots=True)
class Tree:
    """What was found below one root: ``lost`` pages that should have been there."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    lost: list[int] = dataclasses.field(default_factory=list)
    spoiled: int = 0
    """Records on whole pages whose continuation is lost."""


class Pages:
    """``read`` gives the plain content of a page by its number, or raises Unreadable."""

    def __init__(self, read: Callable[[int], bytes], count: int) -> None:
        self._read = read
        self.count = count
        self.seen: set[int] = set()

    def tree(self, root: int) -> Tree:
        """Every row below ``root``, in order."""
        tree = Tree()
        for rows in self.walk(root, tree):
            tree.rows += rows
        return tree

    def unclaimed(self) -> Iterator[int]:
        """Whole pages of trees that no walk came to, inner ones first. Those on the list of free pages are not among them."""
        free = self._free()
        found = [
            (page[0] in {_LEAF, _INDEX_LEAF}, number)
            for number in range(2, self.count + 1)
            if number not in self.seen
            and number not in free
            and number != _NEVER_WRITTEN
            and (page := self._plain(number))
            and page[0] in _KINDS
        ]
        for _, number in sorted(found):
            if number not in self.seen:
                yield number

    def _plain(self, number: int) -> bytes:
        try:
            return self._read(number)
        except Unreadable:
            return b""

    def walk(self, root: int, tree: Tree) -> Iterator[list[Row]]:
        """The rows below ``root`` page by page, in order: a store may be larger than the memory. ``tree`` gets the rest."""
        pending = [root]
        while pending:
            number = pending.pop()
            if number in self.seen:
                continue
            page = self._plain(number)
            self.seen.add(number)
            start = 100 if number == 1 else 0
            if not page or page[start] not in _KINDS:
                tree.lost.append(number)
                continue
            rows: list[Row] = []
            try:
                pending += reversed(self._take(page, start, tree, rows))
            except (Unreadable, struct.error, IndexError, ValueError, UnicodeDecodeError):
                tree.spoiled += 1
            if rows:
                yield rows

    def _take(self, page: bytes, start: int, tree: Tree, rows: list[Row]) -> list[int]:
        """The rows of one page go into ``rows``; the pages below are returned."""
        kind = page[start]
        (cells,) = struct.unpack_from(">H", page, start + 3)
        inner = kind in {_INNER, _INDEX_INNER}
        first = start + (12 if inner else 8)
        below = []
        for at in struct.unpack_from(f">{cells}H", page, first):
            if inner:
                below.append(struct.unpack_from(">I", page, at)[0])
                at += 4  # noqa: PLW2901
            if kind == _INNER:
                continue
            try:
                rows.append(self._record(page, at, rowid=kind == _LEAF))
            except (Unreadable, struct.error, IndexError, ValueError):
                tree.spoiled += 1
        if inner:
            below.append(struct.unpack_from(">I", page, start + 8)[0])
        return below

    def _record(self, page: bytes, at: int, *, rowid: bool) -> Row:
        size, at = _varint(page, at)
        name = None
        if rowid:
            name, at = _varint(page, at)
            name = name - (1 << 64) if name >= 1 << 63 else name
        most = READABLE - 35 if rowid else (READABLE - 12) * 64 // 255 - 23
        if size <= most:
            return Row(name, _columns(page[at : at + size]))
        least = (READABLE - 12) * 32 // 255 - 23
        local = least + (size - least) % (READABLE - 4)
        local = local if local <= most else least
        content = bytearray(page[at : at + local])
        (following,) = struct.unpack_from(">I", page, at + local)
        while len(content) < size:
            if following in self.seen or not following:
                raise Unreadable(f"page {following} is part of something else")
            more = self._read(following)
            self.seen.add(following)
            content += more[4 : min(READABLE, 4 + size - len(content))]
            (following,) = struct.unpack_from(">I", more)
        return Row(name, _columns(bytes(content)))

    def _free(self) -> set[int]:
        """Pages on the list of free ones, as far as it can be followed."""
        found: set[int] = set()
        first = self._plain(1)
        trunk = struct.unpack_from(">I", first, 32)[0] if first else 0
        while trunk and trunk not in found and (page := self._plain(trunk)):
            found.add(trunk)
            trunk, leaves = struct.unpack_from(">II", page)
            found.update(struct.unpack_from(f">{min(leaves, READABLE // 4 - 2)}I", page, 8))
        return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, where the next thing begins)."""
    value = 0
    for step in range(8):
        byte = data[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    return value << 8 | data[at + 8], at + 9


def _columns(record: bytes) -> tuple[Column, ...]:
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    found = []
    for kind in kinds:
        value, at = _column(record, at, kind)
        found.append(value)
    return tuple(found)


def _column(record: bytes, at: int, kind: int) -> tuple[Column, int]:
    if kind == 0:
        return None, at
    if kind in {8, 9}:
        return kind - 8, at
    size = 8 if kind == 7 else _INTEGERS.get(kind) or (kind - 12 >> 1 if kind >= 12 else -1)
    if size < 0 or at + size > len(record):
        raise Unreadable("no record")
    content = record[at : at + size]
    if kind == 7:
        return struct.unpack(">d", content)[0], at + size
    if kind < 7:
        return int.from_bytes(content, "big", signed=True), at + size
    return (content.decode() if kind & 1 else content), at + size


def fits(rows: Sequence[Row], types: Sequence[str], *, rowid: bool) -> bool:
    """Whether these could be rows of a STRICT table with columns of these types."""
    return bool(rows) and all(
        (row.rowid is not None) == rowid
        and len(row.columns) <= len(types)
        and all(_is_a(value, kind) for value, kind in zip(row.columns, types, strict=False))
        for row in rows
    )


def _is_a(value: Column, kind: str) -> bool:
    match value:
        case None:
            return True
        case str():
            return kind in {"TEXT", "ANY"}
        case bytes():
            return kind in {"BLOB", "ANY"}
        case int():
            return kind in {"INTEGER", "INT", "REAL", "ANY"}
        case _:
            return kind in {"REAL", "ANY"}
