"""One DICOM file as the only part of a multipart/related body (PS3.18 8.6.1.2, RFC 2387, RFC 2046 5.1.1), there and back."""

from __future__ import annotations

import secrets
from email.message import Message

_LONGEST_HEAD = 64 * 1024


class Unusable(Exception):
    """A body that is not one file."""


def around() -> tuple[str, bytes, bytes]:
    """The Content-Type of a body with a file as its only part, and what stands in it before and after that file."""
    # 128 random bits: nobody's file holds them
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
    return kind, head, f"\r\n--{boundary}--\r\n".encode()


def nothing() -> tuple[str, bytes]:
    """The Content-Type of a body without a part, and that body."""
    kind, _, tail = around()
    return kind, tail.lstrip()


class OnlyPart:
    """The content of the only part, or of a body that has no parts, as the body comes in. Raises Unusable for anything else."""

    def __init__(self, content_type: str) -> None:
        message = Message()
        message["Content-Type"] = content_type
        boundary = message.get_boundary()
        kind = message.get_content_type()
        if kind != "application/dicom" and (kind != "multipart/related" or not boundary):
            raise Unusable
        self._delimiter = b"" if kind == "application/dicom" else b"--" + (boundary or "").encode("latin-1", "replace")
        self._inside = not self._delimiter
        self._held = b""
        self._closed = False

    def feed(self, data: bytes) -> bytes:
        """As much of the content as is known to be of it."""
        if not self._delimiter:
            return data
        if self._closed:
            return b""
        self._held += data
        if not self._inside and not self._begin():
            return b""
        end = self._held.find(b"\r\n" + self._delimiter)
        if end < 0:
            # what may be the beginning of the delimiter stays here
            end = max(0, len(self._held) - len(self._delimiter) - 1)
        elif len(self._held) >= (after := end + 2 + len(self._delimiter)) + 2:
            self._closed = True
            if self._held[after : after + 2] != b"--":
                raise Unusable
        content, self._held = self._held[:end], self._held[end:]
        return content

    def end(self) -> None:
        """No more comes. Raises Unusable where the part is not over."""
        if self._delimiter and not self._closed:
            raise Unusable

    def _begin(self) -> bool:
        """Whether the head of the part is there, which is then gone."""
        begin = 0 if self._held.startswith(self._delimiter) else self._held.find(b"\r\n" + self._delimiter) + 2
        line = self._held.find(b"\r\n", begin + len(self._delimiter)) if begin != 1 else -1
        # a part without headers has its empty line right after that of its delimiter
        head = self._held.find(b"\r\n\r\n", line) if line >= 0 else -1
        if head < 0:
            if len(self._held) > _LONGEST_HEAD:
                raise Unusable
            return False
        if self._held[begin + len(self._delimiter) : line].strip(b" \t"):
            raise Unusable
        self._held = self._held[head + 4 :]
        self._inside = True
        return True


def only_part(content_type: str, body: bytes) -> bytes | None:
    """The same of a whole body; None for anything else."""
    try:
        part = OnlyPart(content_type)
        content = part.feed(body)
        part.end()
    except Unusable:
        return None
    return content
