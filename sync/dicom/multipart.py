"""One DICOM file as the only part of a multipart/related body (PS3.18 8.6.1.2, RFC 2387, RFC 2046 5.1.1), there and back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.message import Message


def wrapped(content: bytes) -> tuple[str, Sequence[bytes]]:
    """The Content-Type of a body with ``content`` as its only part, and the pieces of that body."""
    # 128 random bits: nobody's file holds them
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
    return kind, (head, content, f"\r\n--{boundary}--\r\n".encode())


def only_part(content_type: str, body: bytes) -> bytes | None:
    """The content of the only part, or of a body that has no parts; None for anything else."""
    message = Message()
    message["Content-Type"] = content_type
    kind = message.get_content_type()
    if kind == "application/dicom":
        return body
    boundary = message.get_boundary()
    if kind != "multipart/related" or not boundary:
        return None
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    begin = 0 if body.startswith(delimiter) else body.find(b"\r\n" + delimiter) + 2
    if begin == 1:
        return None
    line = body.find(b"\r\n", begin + len(delimiter))
    head = body.find(b"\r\n\r\n", line)
    end = body.find(b"\r\n" + delimiter, line)
    # what stands in the delimiter's own line, or a part that ends before its headers do
    if line < 0 or body[begin + len(delimiter) : line].strip(b" \t") or head < 0 or end < head + 4:
        return None
    after = end + 2 + len(delimiter)
    return body[head + 4 : end] if body[after : after + 2] == b"--" else None
