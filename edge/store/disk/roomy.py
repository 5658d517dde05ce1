"""What sync freezes leaves room for readings."""

from __future__ import annotations

from pathlib import Path

from edge.domain.item import Body
from edge.store.disk.blobs import Blobs
from edge.store.disk.space import Space

SMALL = 64 * 1024
"""Bytes. What is not larger is a reading on its way, and goes as long as there is any room."""


class RoomyBlobs(Blobs):
    """Blobs that are written only where ``space`` admits them; each is read as ever."""

    def __init__(self, folder: Path, key: bytes, space: Space) -> None:
        super().__init__(folder, key)
        self._space = space

    def put(self, content: bytes | Body) -> str:
        """Raises Fault(NO_ROOM) as well."""
        size = len(content) if isinstance(content, bytes) else content.size
        if size > SMALL:
            self._space.admit(size)
        return super().put(content)
