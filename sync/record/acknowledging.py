"""Acknowledgements in the original mode (HL7 v2.5 2.9.2; IHE ITI TF-2 C.2.3): AA, AE or AR, with an ERR that says why."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sync.record.header import Header, NotTaken

_APPLICATION: Final = "TELECART"
_ESCAPES: Final = (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\"))

_WORDS: Final = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    207: "Application internal error",
}
"""Table 0357."""


def accepted(header: Header, number: int, now: dt.datetime) -> bytes:
    """``number`` is that of our own message; ``now`` has a zone."""
    return _message(header, number, now, "AA", "")


def refused(header: Header | None, number: int, now: dt.datetime, why: NotTaken) -> bytes:
    """Of a message whose header could not be read, too: then it answers to nobody by name."""
    error = f"ERR|||{why.number}^{_WORDS[why.number]}^HL70357|E||||{_escaped(why.what)}\r"
    return _message(header, number, now, why.code, error)


def _message(header: Header | None, number: int, now: dt.datetime, code: str, error: str) -> bytes:
    at = now.strftime("%Y%m%d%H%M%S%z")
    to = f"{_own(header, header.application)}|{_own(header, header.facility)}" if header else "|"
    kind = f"ACK^{_own(header, header.trigger)}^ACK" if header and header.trigger else "ACK"
    processing = _own(header, header.processing) if header and header.processing else "P"
    control_id = _own(header, header.control_id) if header else ""
    text = (
        f"MSH|^~\\&|{_APPLICATION}||{to}|{at}||{kind}|TC{number}|{processing}|2.5||||||UNICODE UTF-8\r"
        f"MSA|{code}|{control_id}\r{error}"
    )
    return text.encode("utf-8")


def _own(header: Header, field: str) -> str:
    """``field`` of a message with other separators, with ours; its escapes stay as they are."""
    theirs = (header.separator, *header.encoding)
    ours = ("|", "^", "~", "\\", "&")
    return field.translate({ord(a): b for a, b in zip(theirs, ours, strict=False)})


def _escaped(text: str) -> str:
    for sign, instead in _ESCAPES:
        text = text.replace(sign, instead)
    return text
