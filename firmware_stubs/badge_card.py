"""A contactless badge before the virtual reader of vsmartcard (vpcd): Debian's pcscd takes it for a card in a reader.

vpcd is the server. Both ways a message is its length (two bytes, big-endian) and so many bytes. One of a single byte is
an order: 0 power off, 1 power on, 2 reset, 4 "which ATR?"; any other is a command APDU that wants its answer (vsmartcard,
virtualsmartcard/src/vpcd/vpcd.h). A card is there for as long as its connection is open.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

MIFARE_CLASSIC_ATR: Final = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
"""PC/SC part 3, 3.1.3.2.3.1: what a reader makes up for a contactless storage card."""

_GET_UID: Final = bytes.fromhex("FFCA000000")
_ATR_WANTED: Final = 4


class BadgeCard:
    """``uid`` is what the reader gives for FF CA 00 00 00; None: it knows no such command, as with a card with contacts."""

    def __init__(self, port: int, uid: bytes | None, atr: bytes = MIFARE_CLASSIC_ATR) -> None:
        self._port = port
        self._uid = uid
        self._atr = atr
        self._writer: asyncio.StreamWriter | None = None
        self._answering: asyncio.Task[None] | None = None

    async def insert(self) -> None:
        """Raises OSError where no vpcd listens."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._answering = asyncio.get_running_loop().create_task(self._answer(reader, self._writer))

    async def remove(self) -> None:
        if self._answering is None or self._writer is None:
            return
        self._answering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._answering
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self._answering = self._writer = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                said = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                if len(said) > 1:
                    answer = self._response(said)
                elif said and said[0] == _ATR_WANTED:
                    answer = self._atr
                else:
                    continue
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()

    def _response(self, command: bytes) -> bytes:
        if command == _GET_UID and self._uid is not None:
            return self._uid + b"\x90\x00"
        return b"\x6e\x00"
