"""A blob as whoever builds or sends it reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from edge.store.disk.blobs import Blobs


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """The bytes as they lie encrypted in a file: read piece by piece, beside the store's thread."""

    blobs: Blobs
    sha256: str
    size: int

    @classmethod
    def of(cls, blobs: Blobs, sha256: str) -> Stored:
        """Raises Fault(STORE_DAMAGED) where it is missing."""
        return cls(blobs, sha256, blobs.size(sha256))

    def pieces(self) -> Iterator[bytes]:
        held: list[bytes] = []
        for piece in self.blobs.read_chunks(self.sha256):
            held.append(piece)
            del piece
            if len(held) > 1:
                yield held.pop(0)
        # they are known to be the whole now
        yield held.pop()
