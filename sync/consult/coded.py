"""What a camera or a microphone gives to be sent."""

from __future__ import annotations

import dataclasses
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """One picture, or one packet of sound. ``at`` in the clock of its RTP stream, ``taken`` in seconds of the monotonic clock;
    ``level`` in -dBov (RFC 6464), for sound."""

    payloads: list[bytes]
    at: int
    taken: float
    level: int | None = None


class Feed(Protocol):
    """One stream, before the network."""

    def begin(self, codec: str) -> None:
        """``codec`` as in SDP. Raises ValueError for one that it has not."""
        ...

    async def next(self) -> Coded:
        """The next there is. Waits for it."""
        ...

    def key_wanted(self) -> None:
        """The other end cannot go on without what stands by itself."""
        ...

    def close(self) -> None: ...
