"""What the specialist's page asks for on a data channel of its own, and what goes back: every message with its limits.

Page to cart: JSON text, one of Asked. Cart to page: JSON text; after a ``content`` its bytes follow in order, in binary
messages of at most CHUNK, and nothing else between them. Only bytes whose SHA-256 the page was told before are shown there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec
import structlog
from aiortc import RTCDataChannel

log = structlog.get_logger()

LABEL: Final = "asks"
LARGEST: Final = 32 * 1024
"""Bytes of one message of the page."""

CHUNK: Final = 16 * 1024
_AHEAD: Final = 16 * 1024
"""Bytes that may wait in the channel: what is told of vital signs at the same time comes before the rest of a picture."""

MOST_NONSENSE: Final = 20
"""Messages that are none of ours, after which the page is heard no more."""

_BEHIND: Final = 16
_LOOK_SECONDS: Final = 0.02
_Number = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Share = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    pass


class Still(_Ask, frozen=True, tag="still"):
    id: _Number
    view: Literal["overview", "close_up", "dermoscopy", "otoscopy"]


class Fetch(_Ask, frozen=True, tag="fetch"):
    id: _Number
    what: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Point(_Ask, frozen=True, tag="point"):
    """In thousandths of the picture; ``frozen``: of the one that stood when she froze it."""

    x: _Share = 0
    y: _Share = 0
    shown: bool = True
    frozen: bool = False


class Freeze(_Ask, frozen=True, tag="freeze"):
    on: bool


class Note(_Ask, frozen=True, tag="note"):
    id: _Number
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


Asked = Still | Fetch | Point | Freeze | Note
_of_page: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Asked)


def asked(text: object) -> Asked | None:
    """None for what is no message of ours, or too long."""
    if not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        return None
    try:
        return _of_page.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError):
        return None


class Asks:
    """The cart's end of the channel. Before a call is admitted there is none, and nothing is told (H19)."""

    def __init__(self) -> None:
        self._channel: RTCDataChannel | None = None
        self._came: asyncio.Queue[Asked] = asyncio.Queue(_BEHIND)
        self._nonsense = 0
        self._sending = asyncio.Lock()

    def attach(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", self._hear)

    async def next(self) -> Asked:
        return await self._came.get()

    def _hear(self, text: object) -> None:
        if self._nonsense >= MOST_NONSENSE:
            return
        said = asked(text)
        if said is None:
            self._nonsense += 1
            log.warning("page_nonsense", count=self._nonsense)
            self.tell({"type": "refused", "id": 0, "reason": "nonsense"})
            return
        try:
            self._came.put_nowait(said)
        except asyncio.QueueFull:
            if not isinstance(said, Point | Freeze):
                self.refuse(said.id, "busy")

    @property
    def is_open(self) -> bool:
        return self._channel is not None and self._channel.readyState == "open"

    def tell(self, message: Mapping[str, object]) -> bool:
        """False while the channel is not open."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return False
        channel.send(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
        return True

    def refuse(self, number: int, reason: str) -> None:
        self.tell({"type": "refused", "id": number, "reason": reason})

    def list(self, earlier: Sequence[Mapping[str, object]]) -> bool:
        return self.tell({"type": "earlier", "items": list(earlier)})

    async def send(self, head: Mapping[str, object], content: bytes) -> None:
        """One at a time, and never faster than the line takes it."""
        async with self._sending:
            if not self.tell({"type": "content", "bytes": len(content), **head}):
                return
            for begin in range(0, len(content), CHUNK):
                await self._room()
                if not self.is_open or self._channel is None:
                    return
                self._channel.send(content[begin : begin + CHUNK])

    async def _room(self) -> None:
        while self.is_open and self._channel is not None and self._channel.bufferedAmount > _AHEAD:  # noqa: ASYNC110
            # what leaves the buffer is told by no event that a closed channel would still send
            await asyncio.sleep(_LOOK_SECONDS)
