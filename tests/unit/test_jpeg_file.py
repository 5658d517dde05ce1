"""Photos as files: the bytes stay, the size is that of the pixels, and what is no whole baseline JPEG is refused."""

from __future__ import annotations

import contextlib
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.picture import measure
from drivers.files import jpeg
from drivers.files.jpeg import read
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Encoding, View
from tests.items import drawn_jpeg
from tests.recordings import shared


def refusal(data: bytes) -> str:
    with pytest.raises(Fault) as caught:
        read(data)
    assert caught.value.reason is Reason.CORRUPT_FILE
    assert caught.value.do
    return caught.value.what


@pytest.mark.parametrize("grey", [False, True])
def test_the_bytes_are_kept_as_they_are(grey: bool) -> None:
    data = drawn_jpeg(grey=grey)
    photo = read(data)
    assert (photo.jpeg, photo.width, photo.height) == (data, 320, 240)
    assert (photo.encoding, photo.view) == (Encoding.IMPORTED, View.OVERVIEW)


@pytest.mark.parametrize("name", ["ISIC_0000000.jpg", "ISIC_0000001.jpg"])
def test_real_dermoscopy_pictures(name: str) -> None:
    photo = read(shared(f"derm/{name}"))
    assert (photo.width, photo.height) == (1022, 767)
    assert not photo.too_blurred
    assert not photo.too_dark


def test_a_picture_that_is_marked_as_turned_keeps_its_pixels() -> None:
    photo = read(shared("derm/image_with_exif_including_orientation.jpg"))
    assert (photo.width, photo.height) == (450, 600)


def test_the_figures_tell_sharp_from_blurred_dark_and_overexposed() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (240, 320), dtype=np.uint8)
    sharp, blurred = measure(noise), measure(cv2.GaussianBlur(noise, (31, 31), 0))
    assert sharp.sharpness > 1000 > 20 > blurred.sharpness
    assert abs(sharp.brightness - 127.5) < 2
    assert measure(np.full((10, 10), 7, np.uint8)).brightness == 7
    half = np.zeros((10, 10, 3), np.uint8)
    half[:5] = 255
    assert measure(half).overexposed == 0.5
    assert measure(np.full((10, 10), 249, np.uint8)).overexposed == 0


def test_the_sharpness_is_the_variance_of_the_laplacian() -> None:
    dot = np.zeros((5, 5), np.uint8)
    dot[2, 2] = 10
    # the Laplacian of one dot: -40 in the middle and 10 on its four sides, their mean is 0
    assert measure(dot).sharpness == pytest.approx((40**2 + 4 * 10**2) / 25)


def test_a_progressive_picture_is_refused() -> None:
    assert "baseline" in refusal(drawn_jpeg(320, 240, cv2.IMWRITE_JPEG_PROGRESSIVE, 1))


@pytest.mark.parametrize("length", [0, 2, 3, 20, 200, 700])
def test_a_picture_cut_short_is_refused(length: int) -> None:
    refusal(drawn_jpeg()[:length])


def test_a_picture_without_its_end_is_refused() -> None:
    assert "cut off" in refusal(drawn_jpeg()[:-2])


@pytest.mark.hazard("T8", without="tests.controls_files:pictures_may_be_of_any_size")
def test_millions_of_announced_pixels_are_refused_before_they_are_decoded() -> None:
    data = bytearray(drawn_jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65535, 65535)
    assert "million pixels" in refusal(bytes(data))


def test_a_png_is_no_jpeg() -> None:
    assert "no JPEG" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(100))


def test_a_file_beyond_the_largest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg, "MAXIMUM", 1000)
    assert "larger" in refusal(drawn_jpeg())


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_damaged_picture_is_a_photo_or_a_fault(data: st.DataObject) -> None:
    damaged = bytearray(drawn_jpeg(32, 24))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Fault):
        assert read(bytes(damaged)).width > 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_fault(data: bytes) -> None:
    refusal(b"\xff\xd8\xff" + data)
