"""Bytes where they are kept, or as they are made."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Protocol


class Body(Protocol):
    """The bytes of a file or an object where they are kept, or as they are made: nobody has to hold them all at once."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """All of them in order, at most PIECE at a time, in any thread, as often as wanted.

        The last piece comes only once all of them are known to be what they should: whoever got it has the whole. Raises
        Fault(STORE_DAMAGED), or where it is made another one, in its place, and then what was got is nothing.
        """
        ...


PIECE = 1 << 20
"""Bytes."""


@dataclasses.dataclass(frozen=True, slots=True)
class InMemory:
    """A small object, or one of a test."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        for at in range(0, max(1, len(self.content)), PIECE):
            yield self.content[at : at + PIECE]


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """One behind the other."""

    parts: tuple[Body, ...]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def pieces(self) -> Iterator[bytes]:
        for part in self.parts:
            yield from part.pieces()
