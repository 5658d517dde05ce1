"""The camera on video files, as OpenCV really reads them."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.link import camera as link
from drivers.link.camera import Camera, photograph
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Encoding, View
from edge.domain.ports import Frame
from firmware_stubs.video_source import draw, write


def chart(path: Path, seconds: float = 1.0) -> str:
    return str(write(path / "camera.avi", seconds=seconds, width=320, height=180))


def of(pixels: np.ndarray) -> Frame:
    height, width = pixels.shape[:2]
    return Frame(width=width, height=height, bgr=np.ascontiguousarray(pixels).data.cast("B"), at_ns=0)


def arrivals(camera: Camera, count: int) -> list[Frame]:
    """The next ``count`` different frames."""
    frames: list[Frame] = []
    with camera._arrived:
        while len(frames) < count:
            assert camera._arrived.wait(10), "no frame came"
            if camera._newest is not None:
                frames.append(camera._newest)
    return frames


def test_a_still_is_a_jpeg_of_the_source_and_the_camera_is_closed_after_it(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path))
    photo = camera.still(View.CLOSE_UP)
    assert photo.encoding is Encoding.JPEG_Q95
    assert photo.view is View.CLOSE_UP
    assert (photo.width, photo.height) == (320, 180)
    assert cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (180, 320, 3)
    assert not camera.is_open
    assert camera.latest() is None


def test_stored_pixels_are_not_mirrored(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path))
    stored = cv2.imdecode(np.frombuffer(camera.still(View.OVERVIEW).jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int)
    original = draw(0, 320, 180).astype(int)
    # the disc and the counter move, so an exact match is not asked for
    as_it_is, mirrored = abs(stored - original).mean(), abs(stored - original[:, ::-1]).mean()
    assert as_it_is < mirrored / 2


def test_the_file_is_repeated_without_end_and_frames_are_the_newest(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path, seconds=0.4))
    with camera.held():
        frames = arrivals(camera, 25)
    assert [one.at_ns for one in frames] == sorted(one.at_ns for one in frames)
    # 25 frames of 40 ms come in a second, not at once
    assert frames[-1].at_ns - frames[0].at_ns > 0.7e9


def test_several_hold_it_and_the_last_one_closes_it(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path))
    with camera.held():
        thread = camera._thread
        camera.still(View.OVERVIEW)
        assert camera.is_open
    assert not camera.is_open
    assert thread is not None
    assert not thread.is_alive()
    assert not [one for one in threading.enumerate() if one.name == "camera"]


def test_a_frame_of_the_past_is_not_the_present(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Camera(chart(tmp_path))
    with camera.held():
        arrivals(camera, 1)
        assert camera.latest() is not None
        monkeypatch.setattr(link, "FRESH_SECONDS", 0.0)
        assert camera.latest() is None


@pytest.mark.parametrize("source", ["", "/nowhere/camera.avi"])
def test_a_camera_that_is_not_there_is_one_plain_line(source: str) -> None:
    with pytest.raises(Fault) as caught:
        Camera(source).still(View.OVERVIEW, timeout=0.5)
    assert caught.value.reason is Reason.CAMERA
    assert caught.value.do


def test_a_camera_that_comes_back_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "REOPEN_AFTER_SECONDS", 0.05)
    camera = Camera(str(tmp_path / "camera.avi"))
    with camera.held():
        with pytest.raises(Fault):
            camera.still(View.OVERVIEW, timeout=0.2)
        chart(tmp_path)
        assert camera.still(View.OVERVIEW).width == 320


def test_blur_and_darkness_are_measured() -> None:
    sharp = draw(0, 640, 360)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 12)
    assert not photograph(of(sharp), View.OVERVIEW).too_blurred
    assert photograph(of(blurred), View.OVERVIEW).too_blurred
    assert photograph(of(np.full((360, 640, 3), 10, np.uint8)), View.OVERVIEW).too_dark
