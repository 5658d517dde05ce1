"""A large picture is turned in strips, and a file that comes in pieces is what it is as a whole."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate

from edge.domain.item import PIECE, InMemory
from edge.domain.photo import Photo
from edge.foreign.sandbox import Sandbox
from sync.dicom.building.objects import build, built
from sync.dicom.pictures import turning
from sync.dicom.pictures.jpeg_strip import strip
from sync.dicom.pictures.strips import Turned
from tests import items
from tests.items import drawn_jpeg
from tests.servers import SOURCE
from tests.unit.test_jpeg_strip import SECRET, exif, segment, with_segments


@dataclasses.dataclass(frozen=True)
class Dribble:
    """A file that comes a few bytes at a time."""

    content: bytes
    step: int

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        for at in range(0, len(self.content), self.step):
            yield self.content[at : at + self.step]


def grainy(width: int, height: int, *, grey: bool = False) -> bytes:
    shape = (height, width) if grey else (height, width, 3)
    noise = np.random.default_rng(3).integers(0, 255, shape, dtype=np.uint8)
    return cv2.imencode(".jpg", noise, (cv2.IMWRITE_JPEG_QUALITY, 70))[1].tobytes()


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_photo_in_pieces_is_the_same_as_at_once(step: int) -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"p" * 300)
    for jpeg in (
        drawn_jpeg(),
        with_segments(grainy(70, 50), exif(6), profile) + SECRET,
        with_segments(drawn_jpeg(), segment(0xE2, b"ICC_PROFILE\0\x01\x02half"), exif(3)),
    ):
        whole, pieces = strip(jpeg), strip(Dribble(jpeg, step))
        assert pieces.content == whole.content
        assert pieces.body.size == len(whole.content)
        assert (pieces.orientation, pieces.icc, pieces.width, pieces.height) == (
            *(whole.orientation, whole.icc),
            *(whole.width, whole.height),
        )


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("grey", [False, True])
def test_strips_are_the_picture_that_another_decoder_turns_at_once(
    orientation: int, grey: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turning, "STRIP", 2_000)
    jpeg = with_segments(grainy(83, 59, grey=grey), exif(orientation))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR_RGB)
    assert shown is not None
    upright = turning.upright(strip(Dribble(jpeg, 500)))
    pieces = list(upright.pieces())
    assert len(pieces) > 2
    assert (upright.height, upright.width) == shown.shape[:2]
    assert b"".join(pieces) == shown.tobytes()
    assert upright.size == shown.nbytes
    assert turning.sandbox().pid is None


def test_no_piece_of_a_large_object_is_larger_than_a_piece() -> None:
    """Whoever builds, sends or writes it holds a few of them, whatever its size (send_peak_mb)."""
    jpeg = grainy(2_400, 1_600)
    assert len(jpeg) > 2 * PIECE
    for orientation in (1, 6):
        made = dataclasses.replace(items.photo(b""), file=InMemory(with_segments(jpeg, exif(orientation))))
        sizes = [len(piece) for piece in built(made, SOURCE).pieces()]
        assert max(sizes) <= PIECE
        assert sum(sizes) == built(made, SOURCE).size


def test_a_photo_that_lies_in_a_file_is_the_object_of_its_bytes() -> None:
    jpeg = with_segments(drawn_jpeg(63, 47), exif(1))
    item = items.photo(jpeg)
    assert isinstance(item.payload, Photo)
    apart = dataclasses.replace(item, payload=dataclasses.replace(item.payload, jpeg=b""), file=Dribble(jpeg, 100))
    content = build(item, SOURCE)
    assert b"".join(built(apart, SOURCE).pieces()) == content
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert dataset.PixelData == encapsulate([strip(jpeg).content])


def test_the_reader_of_a_large_photo_never_holds_it() -> None:
    noise = np.random.default_rng(4).integers(0, 255, (1_600, 2_400, 3), dtype=np.uint8)
    full = (cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
    large = with_segments(cv2.imencode(".jpg", noise, full)[1].tobytes(), exif(6))
    assert len(large) > 9_000_000
    with Sandbox(("sync.dicom.pictures.turner",), Turned) as sandbox:
        peaks = []
        for jpeg in (with_segments(grainy(83, 59), exif(6)), large):
            sandbox.read(turning.asked(strip(jpeg), 0, 8))
            status = Path(f"/proc/{sandbox.pid}/status").read_text()
            peaks.append(1024 * int(status.partition("VmHWM:")[2].split()[0]))
    assert peaks[1] - peaks[0] < len(large) / 3
