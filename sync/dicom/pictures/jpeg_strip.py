"""A camera's JPEG without what it says about place, time and owner; the picture itself is not re-encoded.

ITU-T T.81 annex B (segments), JFIF 1.02, EXIF 2.32. What only carries metadata goes (EXIF with GPS, XMP, IPTC, comments,
thumbnails, anything behind the end of the picture); what a decoder needs stays byte for byte (tables, scans, JFIF,
the ICC profile, Adobe's colour transform). A file is read from its beginning to its end, and never held whole.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, InMemory

_SOI, _EOI, _SOS, _DHT, _SOF0 = 0xD8, 0xD9, 0xDA, 0xC4, 0xC0
_DQT, _DNL, _DRI = 0xDB, 0xDC, 0xDD
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_NEEDED = frozenset({_SOF0, _DHT, _DQT, _DNL, _DRI})
"""Segments without which a baseline picture cannot be decoded; any other may carry anything."""
_ALONE = frozenset({0x01, _SOI, *range(0xD0, 0xD8)})
"""Markers that no length follows (table B.1); none belongs between segments."""
_ADOBE = 12
"""Bytes of Adobe's segment (Adobe technical note 5116, 18)."""
_OTHER_FRAMES = frozenset({0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ORIENTATION_TAG = 0x0112
_ICC = b"ICC_PROFILE\0"
_TAKE_AGAIN = "take or import the photo again"


@dataclasses.dataclass(frozen=True, slots=True)
class BareJpeg:
    """A baseline JPEG (SOF0, 8 bits): ``width`` x ``height`` pixels in 1 or 3 ``components``.

    ``subsampled`` says that its chroma has fewer samples than its luma; ``rgb`` that no colour transform was applied.
    ``orientation`` is how its camera wants it turned for display, 1 to 8 (EXIF 2.32 table 6), 1 for not at all; ``icc`` its
    colour profile, b"" for none.
    """

    body: Body
    width: int
    height: int
    components: int
    subsampled: bool
    rgb: bool
    orientation: int = 1
    icc: bytes = b""

    @property
    def content(self) -> bytes:
        """All of it at once."""
        return b"".join(self.body.pieces())


@dataclasses.dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    end: int
    whole: bytes
    body: bytes


_Part = bytes | tuple[int, int]
"""Of what is kept: bytes, or from where to where they stand in the camera's file."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Kept:
    """``parts`` of a file that was read to its end before."""

    source: Body
    parts: tuple[_Part, ...]

    @property
    def size(self) -> int:
        return sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in self.parts)

    def pieces(self) -> Iterator[bytes]:
        given = self.source.pieces()
        waiting = b""
        for piece in self._cut(given):
            yield waiting
            waiting = piece
        # the end of the file says whether all of it is what it was
        for _ in given:
            pass
        yield waiting

    def _cut(self, given: Iterator[bytes]) -> Iterator[bytes]:
        held, start = b"", 0
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            at, end = part
            while at < end:
                while start + len(held) <= at:
                    start += len(held)
                    held = b""
                    held = next(given)
                piece = held[at - start : end - start]
                at += len(piece)
                yield piece


class _Reader:
    """A file from its beginning to its end, some of it at a time: places are asked for in their order."""

    def __init__(self, source: Body) -> None:
        self._pieces = source.pieces()
        self._held = b""
        self._start = 0

    def bytes_at(self, at: int, size: int) -> bytes:
        """``size`` of them, fewer where the file ends."""
        while self._start + len(self._held) < at + size and self._more(at):
            pass
        return self._held[at - self._start : at - self._start + size]

    def marker_at(self, at: int) -> int:
        """Where the first marker from ``at`` on begins, but for RST0-7 and stuffed 0xFF00. Raises Fault where there is none."""
        while (found := _MARKER.search(self._held, at - self._start)) is None:
            # its first byte may be the last one that is here
            at = max(at, self._start + len(self._held) - 1)
            if not self._more(at):
                raise _invalid("the photo is cut off")
        return self._start + found.start()

    def end(self) -> None:
        self._held = b""
        for _ in self._pieces:
            pass

    def _more(self, at: int) -> bool:
        """Nothing before ``at`` is held any more."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        kept = self._held[at - self._start :]
        self._start += len(self._held) - len(kept)
        self._held = kept + piece
        return True


_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def _profile(bodies: list[bytes]) -> bytes | None:
    """Of its pieces; None where it is not whole: then it may be anything.

    Each piece is preceded by its number, from 1, and their count (ICC.1:2010 B.4).
    """
    count = len(bodies)
    ordered = sorted(bodies)
    if count < 256 and all(body[:2] == bytes((number, count)) for number, body in enumerate(ordered, 1)):
        return b"".join(body[2:] for body in ordered)
    return None


def strip(jpeg: bytes | Body) -> BareJpeg:
    """The bare picture. Raises Fault(OBJECT_INVALID) for what is no whole baseline JPEG, and what its pieces raise."""
    source = InMemory(jpeg) if isinstance(jpeg, bytes) else jpeg
    reader = _Reader(source)
    if reader.bytes_at(0, 2) != bytes((0xFF, _SOI)):
        raise _invalid("the photo is not a JPEG")
    kept: list[_Part] = [(0, 2)]
    frame: bytes | None = None
    adobe_transform: int | None = None
    tables = False
    orientation: int | None = None
    profile: dict[int, bytes] = {}
    at = 2
    while True:
        segment = _segment(reader, at)
        at = segment.end
        if segment.marker == _EOI:
            kept.append((segment.start, segment.end))
            break
        if segment.marker == _SOS:
            at = reader.marker_at(segment.end)
            kept.append((segment.start, at))
            continue
        if segment.marker in _OTHER_FRAMES:
            raise _invalid("the photo is a JPEG of another kind than baseline (progressive, lossless or 12 bits)")
        if segment.marker == _SOF0:
            if frame is not None:
                raise _invalid("the photo is damaged: it has two frame headers")
            frame = segment.body
        elif segment.marker == _DHT:
            tables = True
        elif segment.marker == _APP1 and segment.body.startswith(b"Exif\0\0") and orientation is None:
            orientation = _orientation(segment.body[6:])
        elif segment.marker == _APP2 and segment.body.startswith(_ICC):
            profile[len(kept)] = segment.body[len(_ICC) :]
        elif segment.marker == _APP14 and segment.body.startswith(b"Adobe") and len(segment.body) >= _ADOBE:
            adobe_transform = segment.body[11]
        kept.append(_kept(segment))
    reader.end()
    if frame is None or not tables:
        raise _invalid("the photo lacks its frame header or its Huffman tables")
    icc = _profile([*profile.values()])
    if icc is None:
        kept = [part for place, part in enumerate(kept) if place not in profile]
    bare = _described(_Kept(source, tuple(kept)), frame, adobe_transform)
    return dataclasses.replace(bare, orientation=orientation or 1, icc=icc or b"")


def _invalid(what: str, do: str = _TAKE_AGAIN) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, do)


def _segment(reader: _Reader, at: int) -> _Segment:
    """The marker segment at ``at``; 0xFF bytes may fill the room before a marker (B.1.1.2)."""
    start = at
    if reader.bytes_at(at, 1) != b"\xff":
        raise _invalid("the photo is damaged: a JPEG marker is missing")
    while (found := reader.bytes_at(at, 1)) == b"\xff":
        at += 1
    if not found:
        raise _invalid("the photo is cut off")
    marker, fill = found[0], at - start
    at += 1
    if marker == _EOI:
        return _Segment(marker, at - 2, at, b"", b"")
    if marker in _ALONE:
        raise _invalid("the photo is damaged: a JPEG marker stands where none may stand")
    length = int.from_bytes(reader.bytes_at(at, 2), "big")
    body = reader.bytes_at(at, length)
    if length < 2 or len(body) < length:
        raise _invalid("the photo is cut off")
    return _Segment(marker, start, at + length, b"\xff" * fill + bytes((marker,)) + body, body[2:])


def _kept(segment: _Segment) -> bytes:
    if segment.marker == _APP0:
        if not segment.body.startswith(b"JFIF\0") or len(segment.body) < 14:
            return b""
        # the last two bytes are the thumbnail's size, its pixels follow (JFIF 1.02, page 5)
        return b"\xff\xe0\x00\x10" + segment.body[:12] + b"\0\0"
    if segment.marker == _APP2:
        return segment.whole if segment.body.startswith(_ICC) else b""
    if segment.marker == _APP14:
        if not segment.body.startswith(b"Adobe") or len(segment.body) < _ADOBE:
            return b""
        return b"\xff\xee" + (_ADOBE + 2).to_bytes(2, "big") + segment.body[:_ADOBE]
    return segment.whole if segment.marker in _NEEDED else b""


def _orientation(tiff: bytes) -> int | None:
    """What the first directory of the EXIF block says (EXIF 2.32 table 6), None for nothing. Raises Fault for what means nothing."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return None

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    directory = number(4, 4)
    for index in range(number(directory, 2)):
        entry = directory + 2 + 12 * index
        if entry + 12 > len(tiff):
            return None
        if number(entry, 2) == _ORIENTATION_TAG:
            # 0 is what cameras write that do not know
            found = number(entry + 8, 2) or 1
            if not 1 <= found <= 8:
                raise _invalid("the photo is marked as turned in a way that is none", "turn the picture itself")
            return found
    return None


def _described(body: Body, frame: bytes, adobe_transform: int | None) -> BareJpeg:
    """From the SOF0 parameters: precision, lines, samples a line, then id, H/V and table of each component (B.2.2)."""
    if len(frame) < 6 or len(frame) != 6 + 3 * frame[5]:
        raise _invalid("the photo is damaged: its frame header is wrong")
    components = frame[5]
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if frame[0] != 8 or components not in {1, 3}:
        raise _invalid("the photo is neither grey nor in three colours of 8 bits")
    if not width or not height:
        raise _invalid("the photo has no size")
    identifiers = bytes(frame[6 + 3 * i] for i in range(components))
    factors = [frame[7 + 3 * i] for i in range(components)]
    rgb = components == 3 and (adobe_transform == 0 or (adobe_transform is None and identifiers == b"RGB"))
    return BareJpeg(body, width, height, components, components == 3 and len(set(factors)) > 1, rgb)
