"""A bar-code reader on a serial line (USB CDC): one symbol a line, ended by CR, LF or both.

The GS (1D) of an INS Datamatrix, and RS, US and EOT of other symbols (ISO/IEC 15434), are part of the text.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.codec.framing import LONG_BURST
from edge.domain.fault import Fault, Reason
from edge.domain.ports import NEED_DATA, NeedData
from edge.domain.samples import Scan

LONGEST: Final = 4296
"""Characters of the largest symbol that readers know: a QR code of version 40 (ISO/IEC 18004, table 1)."""

_END: Final = re.compile(rb"[\r\n]")
_NO_TEXT: Final = re.compile(r"[^\x04\x1d\x1e\x1f\x20-\x7e\xa0-\U0010ffff]")


class BarcodeReader:
    """Decoder of one line. A symbol without its end is none; what is no text is a Fault, once a line."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._discarding = 0
        self._ended = False

    def feed(self, data: bytes, source: str = "") -> None:  # noqa: ARG002
        self._buffer += data

    def end(self) -> None:
        self._ended = True

    def next_frame(self) -> Scan | NeedData:
        while found := _END.search(self._buffer):
            line = bytes(self._buffer[: found.start()])
            del self._buffer[: found.end()]
            if self._discarding:
                self._discarding = 0
            elif line:
                return Scan(_text(line))
        if len(self._buffer) > LONGEST or (self._discarding and self._buffer):
            self._discard()
        if self._ended and self._buffer:
            self._buffer.clear()
            raise _fault("a code was cut before its end")
        return NEED_DATA

    def _discard(self) -> None:
        """What is longer than any symbol is none, up to its end."""
        told = self._discarding // LONG_BURST
        first = not self._discarding
        self._discarding += len(self._buffer)
        self._buffer.clear()
        if first or self._discarding // LONG_BURST > told:
            raise _fault("more came without an end than a code can hold")


def _text(line: bytes) -> str:
    if len(line) > LONGEST:
        raise _fault("a line is longer than a code can be")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise _fault("a code is not text") from exc
    if _NO_TEXT.search(text):
        raise _fault("a code has signs that no text has")
    return text


def _fault(what: str) -> Fault:
    return Fault(
        Reason.UNDECODABLE, what, "scan it again; check that the reader is in serial mode and ends codes with CR"
    )
