"""The header of a message, read from its bytes before anything else is: who speaks, in which characters, and what about.

HL7 v2.5 2.15.9 (MSH). The rest of a message is read by the library; its header has to be understood of a message, too, that is
refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LONGEST: Final = 4096
"""Bytes of a header."""
_LONGEST_FIELD: Final = 199

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {
        "": "ascii",
        "ASCII": "ascii",
        "8859/1": "iso8859-1",
        "8859/15": "iso8859-15",
        "UNICODE UTF-8": "utf-8",
        "UTF-8": "utf-8",
    }
)
"""Table 0211, as far as French records use it; the last is not in the table, and said by some."""


class NotTaken(Exception):
    """``code`` AE or AR (table 0008), ``number`` of table 0357, ``what`` in one plain line without patient data."""

    def __init__(self, code: str, number: int, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.number = number
        self.what = what


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """Each field as its text, escapes and all. ``separator`` and ``encoding`` are MSH-1 and MSH-2."""

    separator: str
    encoding: str
    application: str
    facility: str
    kind: str
    control_id: str
    processing: str
    version: str
    charset: str

    @property
    def component(self) -> str:
        return self.encoding[0]

    @property
    def repetition(self) -> str:
        return self.encoding[1:2]

    @property
    def message_type(self) -> str:
        return self.kind.split(self.component)[0]

    @property
    def trigger(self) -> str:
        return [*self.kind.split(self.component), ""][1]

    @property
    def codec(self) -> str | None:
        """Python's name of the characters that it says first; None for those that are not understood."""
        first = self.charset.split(self.repetition)[0] if self.repetition else self.charset
        return CHARACTERS.get(first.strip().upper())


def read(message: bytes) -> Header | None:
    """None for what does not begin as a message does."""
    line = message[:LONGEST].replace(b"\n", b"\r").split(b"\r", 1)[0]
    text = line.decode("iso8859-1")
    if not text.startswith("MSH") or len(text) < 9 or not text.isprintable() or text[3].isalnum():
        return None
    separator = text[3]
    fields = text.split(separator)
    if len(fields[1]) not in {4, 5} or any(one.isalnum() or one.isspace() for one in fields[1]):
        return None
    fields += [""] * 18

    def field(number: int) -> str:
        return fields[number - 1].strip()[:_LONGEST_FIELD]

    return Header(
        separator,
        fields[1],
        application=field(3),
        facility=field(4),
        kind=field(9),
        control_id=field(10),
        processing=field(11),
        version=field(12),
        charset=field(18),
    )


def text_of(message: bytes, header: Header) -> str:
    """Raises NotTaken where its characters are not those that it says: nobody's name is guessed."""
    codec = header.codec
    if codec is None:
        known = ", ".join(name for name in CHARACTERS if name)
        raise NotTaken("AR", 102, f"the characters that MSH-18 names are not known here; known are {known}")
    try:
        return message.decode(codec)
    except UnicodeDecodeError as exc:
        said = header.charset or "nothing, which means ASCII"
        raise NotTaken("AR", 102, f"the message is not written in what MSH-18 says ({said})") from exc
