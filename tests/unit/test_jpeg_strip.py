"""The JPEG segment walker: metadata goes, the picture stays bit for bit."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as st

from edge.domain.fault import Fault, Reason
from sync.dicom.pictures.jpeg_strip import strip
from tests.items import drawn_jpeg

SECRET = b"48.8566N 2.3522E"


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def exif(orientation: int) -> bytes:
    """One directory with Orientation (0x0112, SHORT, 1 value), big endian, then bytes that must not survive."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0) + SECRET)


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def pixels(jpeg: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


@pytest.mark.parametrize(
    "extra",
    [
        exif(1),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
        segment(0xED, b"Photoshop 3.0\0" + SECRET),
        segment(0xFE, SECRET),
        segment(0xE2, b"MPF\0" + SECRET),
        segment(0xE0, b"JFXX\0\x10" + SECRET),
        segment(0xEF, SECRET),
    ],
    ids=["exif", "xmp", "iptc", "comment", "mpf", "jfxx", "app15"],
)
def test_what_only_carries_metadata_goes(extra: bytes) -> None:
    plain = drawn_jpeg()
    dressed = with_segments(plain, extra)
    bare = strip(dressed).content
    assert SECRET in dressed
    assert SECRET not in bare
    assert bare == strip(plain).content
    assert np.array_equal(pixels(bare), pixels(plain))


def test_what_a_decoder_needs_stays_byte_for_byte() -> None:
    plain = drawn_jpeg()
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + bytes(64))
    assert strip(plain).content == plain
    assert strip(with_segments(plain, profile)).content == with_segments(plain, profile)


def test_the_thumbnail_of_a_jfif_header_goes() -> None:
    plain = drawn_jpeg()
    assert plain[2:4] == b"\xff\xe0"
    header = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x02" + b"pixels"[:6])
    assert strip(plain[:2] + header + plain[20:]).content == plain


def test_what_hangs_behind_the_picture_goes() -> None:
    plain = drawn_jpeg()
    assert strip(plain + SECRET).content == plain


def test_restart_markers_are_part_of_the_scan() -> None:
    plain = drawn_jpeg(320, 240, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    assert b"\xff\xd0" in plain
    assert strip(plain).content == plain


@pytest.mark.parametrize(
    ("options", "grey", "subsampled", "components"),
    [
        ((cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420), False, True, 3),
        ((cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444), False, False, 3),
        ((), True, False, 1),
    ],
)
def test_the_frame_is_described(options: tuple[int, ...], grey: bool, subsampled: bool, components: int) -> None:
    bare = strip(drawn_jpeg(64, 48, *options, grey=grey))
    assert (bare.width, bare.height) == (64, 48)
    assert (bare.subsampled, bare.components, bare.rgb) == (subsampled, components, False)


def test_a_colour_transform_of_none_is_rgb() -> None:
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    bare = strip(with_segments(drawn_jpeg(), adobe))
    assert bare.rgb
    assert adobe in bare.content
    assert strip(with_segments(drawn_jpeg(), segment(0xEE, adobe[4:] + SECRET))).content == bare.content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_how_a_photo_is_turned_is_told_though_the_mark_goes(orientation: int) -> None:
    plain = drawn_jpeg()
    bare = strip(with_segments(plain, exif(orientation)))
    assert (bare.content, bare.orientation) == (plain, orientation)


def test_a_camera_that_does_not_know_is_taken_as_upright() -> None:
    assert strip(with_segments(drawn_jpeg(), exif(0))).orientation == 1
    assert strip(drawn_jpeg()).orientation == 1


@pytest.mark.parametrize("orientation", [9, 255, 65535])
def test_a_turn_that_is_none_is_refused(orientation: int) -> None:
    with pytest.raises(Fault, match="turned") as caught:
        strip(with_segments(drawn_jpeg(), exif(orientation)))
    assert caught.value.reason is Reason.OBJECT_INVALID
    assert caught.value.do


def test_a_colour_profile_in_pieces_is_put_together() -> None:
    pieces = [segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 2)) + part) for number, part in ((2, b"cd"), (1, b"ab"))]
    assert strip(with_segments(drawn_jpeg(), *pieces)).icc == b"abcd"
    assert strip(drawn_jpeg()).icc == b""


def phone_photo(orientation: int, plain: bytes) -> bytes:
    """As a telephone writes it: every kind of segment that may tell of place, time or owner, a second picture behind the end."""
    thumbnail = with_segments(drawn_jpeg(32, 24), exif(orientation))
    directory = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(">HHII", 0x8825, 4, 1, 38)
    block = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + directory + struct.pack(">I", 0) + SECRET + thumbnail
    dressed = with_segments(
        plain,
        segment(0xE1, block),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET),
        segment(0xE2, b"MPF\0MM\0*" + SECRET),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04" + SECRET),
        segment(0xEC, b"Ducky" + SECRET),
        segment(0xFE, SECRET),
        segment(0xF0, SECRET),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET),
    )
    return dressed + thumbnail + b"\0\0SEFT" + SECRET


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "options",
    [(), (cv2.IMWRITE_JPEG_RST_INTERVAL, 4), (cv2.IMWRITE_JPEG_QUALITY, 20)],
    ids=["plain", "restarts", "coarse"],
)
def test_what_a_telephone_tells_beside_the_picture_goes(orientation: int, options: tuple[int, ...]) -> None:
    plain = drawn_jpeg(320, 240, *options)
    dressed = phone_photo(orientation, plain)
    bare = strip(dressed)
    assert dressed.count(SECRET) >= 11
    assert SECRET not in bare.content
    assert bare.content.count(b"\xff\xd8\xff") == 1
    assert bare.orientation == orientation
    assert np.array_equal(pixels(bare.content), pixels(plain))
    # what is left is the picture of before and twelve bytes of Adobe's, each scan byte for byte
    scan = plain[plain.index(b"\xff\xda") :]
    assert bare.content.endswith(scan)
    assert len(bare.content) == len(plain) + 16


@pytest.mark.parametrize("marker", [0x01, 0xD0, 0xD7, 0xD8])
def test_a_marker_that_has_no_length_hides_nothing(marker: int) -> None:
    """A second beginning whose "length" is that of the block behind it."""
    plain = drawn_jpeg()
    with pytest.raises(Fault, match="marker"):
        strip(plain[:2] + bytes((0xFF, marker)) + exif(1) + plain[2:])


@pytest.mark.parametrize("marker", [0x02, 0xBF, 0xC8, 0xDE, 0xDF, 0xF0, 0xFD])
def test_a_segment_that_no_decoder_needs_goes(marker: int) -> None:
    plain = drawn_jpeg()
    assert strip(with_segments(plain, segment(marker, SECRET))).content == plain


def test_two_frames_are_refused() -> None:
    plain = drawn_jpeg()
    at = plain.index(b"\xff\xc0")
    frame = plain[at : at + 2 + int.from_bytes(plain[at + 2 : at + 4], "big")]
    with pytest.raises(Fault, match="two frame headers"):
        strip(with_segments(plain, frame))


def changed_frame(*, precision: int = 8, components: int = 3) -> bytes:
    plain = drawn_jpeg()
    at = plain.index(b"\xff\xc0")
    old = plain[at + 4 : at + 2 + int.from_bytes(plain[at + 2 : at + 4], "big")]
    new = (
        bytes((precision,)) + old[1:5] + bytes((components,)) + b"".join(bytes((n, 0x11, 0)) for n in range(components))
    )
    return plain[:at] + segment(0xC0, new) + plain[at + 4 + len(old) :]


@pytest.mark.parametrize(
    ("jpeg", "words"),
    [
        (changed_frame(precision=12), "8 bits"),
        (changed_frame(components=4), "three colours"),
        (changed_frame(components=2), "three colours"),
        (drawn_jpeg().replace(b"\xff\xc0", b"\xff\xc1", 1), "another kind than baseline"),
        (drawn_jpeg().replace(b"\xff\xc0", b"\xff\xc3", 1), "another kind than baseline"),
        (drawn_jpeg().replace(b"\xff\xc0", b"\xff\xc9", 1), "another kind than baseline"),
    ],
    ids=["12 bits", "CMYK", "two", "extended", "lossless", "arithmetic"],
)
def test_what_the_transfer_syntax_does_not_hold_is_refused(jpeg: bytes, words: str) -> None:
    with pytest.raises(Fault, match=words) as caught:
        strip(jpeg)
    assert caught.value.reason is Reason.OBJECT_INVALID
    assert caught.value.do


def test_a_progressive_jpeg_is_refused() -> None:
    with pytest.raises(Fault, match="progressive"):
        strip(drawn_jpeg(64, 48, cv2.IMWRITE_JPEG_PROGRESSIVE, 1))


def test_a_jpeg_without_huffman_tables_is_refused() -> None:
    plain = drawn_jpeg()
    kept = bytearray(plain[:2])
    at = 2
    while plain[at + 1] != 0xDA:
        after = at + 2 + int.from_bytes(plain[at + 2 : at + 4], "big")
        if plain[at + 1] != 0xC4:
            kept += plain[at:after]
        at = after
    with pytest.raises(Fault, match="Huffman"):
        strip(bytes(kept) + plain[at:])


@pytest.mark.parametrize("junk", [b"", b"\x89PNG\r\n", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\x00"])
def test_what_is_no_jpeg_is_refused(junk: bytes) -> None:
    with pytest.raises(Fault):
        strip(junk)


PLAIN = drawn_jpeg(32, 24)


@given(st.integers(0, len(PLAIN) - 1))
def test_a_cut_photo_is_refused(length: int) -> None:
    with pytest.raises(Fault) as caught:
        strip(PLAIN[:length])
    assert caught.value.reason is Reason.OBJECT_INVALID


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_else_than_be_refused(junk: bytes) -> None:
    with pytest.raises(Fault):
        strip(b"\xff\xd8" + junk + b"\x00")


@given(st.integers(2, len(PLAIN) - 1), st.integers(0, 255))
def test_a_changed_byte_is_taken_or_refused(at: int, value: int) -> None:
    damaged = bytearray(PLAIN)
    damaged[at] = value
    try:
        bare = strip(bytes(damaged))
    except Fault as fault:
        assert fault.reason is Reason.OBJECT_INVALID  # noqa: PT017 - either answer is right
    else:
        assert bare.content.startswith(b"\xff\xd8")
        assert bare.content.endswith(b"\xff\xd9")
