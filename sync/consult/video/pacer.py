"""When a packet may leave: a picture's packets do not fill the line's queue in one go. Pure; seconds and bytes."""

from __future__ import annotations

import collections
import enum
from typing import Generic, TypeVar

P = TypeVar("P")

_BURST = 0.005
"""Seconds' worth that may leave at once."""


class Urgency(enum.IntEnum):
    """Sooner is smaller."""

    VOICE = 0
    AGAIN = 1
    """What is asked for again: the picture waits for it already."""

    PICTURE = 2


class Pacer(Generic[P]):
    """A bucket of bits that fills at ``bits`` a second. Voice does not wait for it, and what it took is owed by the rest."""

    def __init__(self, bits: float, now: float) -> None:
        self._bits = bits
        self._owed = 0.0
        self._at = now
        self._waiting: dict[Urgency, collections.deque[tuple[P, int]]] = {u: collections.deque() for u in Urgency}
        self._bytes = 0

    def fill_at(self, bits: float, now: float) -> None:
        self._drain(now)
        self._bits = bits

    @property
    def waiting(self) -> int:
        """Bytes."""
        return self._bytes

    @property
    def backlog(self) -> float:
        """Seconds until all that waits now has left."""
        return 8 * self._bytes / self._bits

    def put(self, packet: P, size: int, urgency: Urgency) -> None:
        self._waiting[urgency].append((packet, size))
        self._bytes += size

    def spent(self, size: int, now: float) -> None:
        """What went another way over the same line."""
        self._drain(now)
        self._owed += 8 * size

    def take(self, now: float) -> P | None:
        """The next packet that may leave now."""
        self._drain(now)
        for urgency, queue in self._waiting.items():
            if queue and (urgency is Urgency.VOICE or self._owed <= _BURST * self._bits):
                packet, size = queue.popleft()
                self._bytes -= size
                self._owed += 8 * size
                return packet
        return None

    def wait(self, now: float) -> float | None:
        """Seconds until ``take`` gives one, None when nothing waits."""
        if not self._bytes:
            return None
        if self._waiting[Urgency.VOICE]:
            return 0.0
        self._drain(now)
        return max(0.0, (self._owed - _BURST * self._bits) / self._bits)

    def forget_pictures(self) -> int:
        """Drops what waits of pictures and repairs; the bytes dropped."""
        dropped = 0
        for urgency in (Urgency.AGAIN, Urgency.PICTURE):
            dropped += sum(size for _packet, size in self._waiting[urgency])
            self._waiting[urgency].clear()
        self._bytes -= dropped
        return dropped

    def _drain(self, now: float) -> None:
        # at most half a second is owed: a voice that outlasts the line must not silence the rest for ever
        self._owed = min(max(0.0, self._owed - (now - self._at) * self._bits), 0.5 * self._bits)
        self._at = now
