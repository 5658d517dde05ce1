"""A camera's JPEG without what it says about place, time and owner; the picture itself is not re-encoded.

ITU-T T.81 annex B (segments), JFIF 1.02, EXIF 2.32. What only carries metadata goes (EXIF with GPS, XMP, IPTC, comments,
thumbnails, anything behind the end of the picture); what a decoder needs stays byte for byte (tables, scans, JFIF,
the ICC profile, Adobe's colour transform).
"""

from __future__ import annotations

import dataclasses

from edge.domain.fault import Fault, Reason

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
_RESTARTS = range(0xD0, 0xD8)
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

    content: bytes
    width: int
    height: int
    components: int
    subsampled: bool
    rgb: bool
    orientation: int = 1
    icc: bytes = b""


@dataclasses.dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    end: int
    body: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class _Piece:
    """Of a colour profile, and where its segment stands in what is kept."""

    start: int
    size: int
    body: bytes


def _profile(pieces: list[_Piece], kept: bytearray) -> bytes:
    """Of ``pieces``; b"" where it is not whole: then it may be anything, and goes from ``kept``.

    Each piece is preceded by its number, from 1, and their count (ICC.1:2010 B.4).
    """
    bodies = sorted(piece.body for piece in pieces)
    count = len(bodies)
    if count < 256 and all(body[:2] == bytes((number, count)) for number, body in enumerate(bodies, 1)):
        return b"".join(body[2:] for body in bodies)
    for piece in reversed(pieces):
        del kept[piece.start : piece.start + piece.size]
    return b""


def strip(jpeg: bytes) -> BareJpeg:
    """The bare picture. Raises Fault(OBJECT_INVALID) for what is no whole baseline JPEG."""
    if jpeg[:2] != bytes((0xFF, _SOI)):
        raise _invalid("the photo is not a JPEG")
    kept = bytearray(jpeg[:2])
    frame: bytes | None = None
    adobe_transform: int | None = None
    tables = False
    orientation: int | None = None
    profile: list[_Piece] = []
    at = 2
    while True:
        segment = _segment(jpeg, at)
        at = segment.end
        if segment.marker == _EOI:
            kept += jpeg[segment.start : segment.end]
            break
        if segment.marker == _SOS:
            at = _end_of_scan(jpeg, segment.end)
            kept += jpeg[segment.start : at]
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
            profile.append(_Piece(len(kept), segment.end - segment.start, segment.body[len(_ICC) :]))
        elif segment.marker == _APP14 and segment.body.startswith(b"Adobe") and len(segment.body) >= _ADOBE:
            adobe_transform = segment.body[11]
        kept += _kept(jpeg, segment)
    if frame is None or not tables:
        raise _invalid("the photo lacks its frame header or its Huffman tables")
    icc = _profile(profile, kept)
    bare = _described(bytes(kept), frame, adobe_transform)
    return dataclasses.replace(bare, orientation=orientation or 1, icc=icc)


def _invalid(what: str, do: str = _TAKE_AGAIN) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, do)


def _segment(jpeg: bytes, at: int) -> _Segment:
    """The marker segment at ``at``; 0xFF bytes may fill the room before a marker (B.1.1.2)."""
    start = at
    if at >= len(jpeg) or jpeg[at] != 0xFF:
        raise _invalid("the photo is damaged: a JPEG marker is missing")
    while at < len(jpeg) and jpeg[at] == 0xFF:
        at += 1
    if at >= len(jpeg):
        raise _invalid("the photo is cut off")
    marker = jpeg[at]
    at += 1
    if marker == _EOI:
        return _Segment(marker, at - 2, at, b"")
    if marker in _ALONE:
        raise _invalid("the photo is damaged: a JPEG marker stands where none may stand")
    length = int.from_bytes(jpeg[at : at + 2], "big")
    if length < 2 or at + length > len(jpeg):
        raise _invalid("the photo is cut off")
    return _Segment(marker, start, at + length, jpeg[at + 2 : at + length])


def _end_of_scan(jpeg: bytes, at: int) -> int:
    """Where the entropy-coded data that begin at ``at`` end: at the first marker but for RST0-7 and stuffed 0xFF00."""
    while True:
        at = jpeg.find(b"\xff", at)
        if at < 0 or at + 1 >= len(jpeg):
            raise _invalid("the photo is cut off")
        following = jpeg[at + 1]
        if following == 0x00 or following in _RESTARTS:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


def _kept(jpeg: bytes, segment: _Segment) -> bytes:
    whole = jpeg[segment.start : segment.end]
    if segment.marker == _APP0:
        if not segment.body.startswith(b"JFIF\0") or len(segment.body) < 14:
            return b""
        # the last two bytes are the thumbnail's size, its pixels follow (JFIF 1.02, page 5)
        return b"\xff\xe0\x00\x10" + segment.body[:12] + b"\0\0"
    if segment.marker == _APP2:
        return whole if segment.body.startswith(_ICC) else b""
    if segment.marker == _APP14:
        if not segment.body.startswith(b"Adobe") or len(segment.body) < _ADOBE:
            return b""
        return b"\xff\xee" + (_ADOBE + 2).to_bytes(2, "big") + segment.body[:_ADOBE]
    return whole if segment.marker in _NEEDED else b""


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


def _described(content: bytes, frame: bytes, adobe_transform: int | None) -> BareJpeg:
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
    return BareJpeg(content, width, height, components, components == 3 and len(set(factors)) > 1, rgb)
