"""What is drawn over a running picture, and that it is drawn nowhere else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.codec import preview
from drivers.link.camera import Camera
from edge.domain.media import Frame
from edge.domain.photo import View
from firmware_stubs import video_source

GREY = 90


def picture(width: int = 640, height: int = 360) -> Frame:
    """Asymmetric: light in the left upper corner."""
    pixels = np.full((height, width, 3), GREY, np.uint8)
    pixels[: height // 4, : width // 4] = 250
    return preview.frame_of(pixels, 7)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (1920, 1080), (100, 80)])
def test_a_canvas_shows_all_of_a_picture_in_its_own_shape(width: int, height: int) -> None:
    canvas = preview.Canvas.of(picture(width, height), preview.PREVIEW)
    assert canvas.width <= preview.PREVIEW[0]
    assert canvas.height <= preview.PREVIEW[1]
    assert abs(canvas.width / canvas.height - width / height) < 0.02
    shown = canvas.put(preview.pixels_of(picture(width, height)))
    assert shown.shape == (canvas.height, canvas.width, 3)
    # neither mirrored nor turned
    assert shown[2, 2, 0] == 250
    assert {int(shown[2, -3, 0]), int(shown[-3, 2, 0]), int(shown[-3, -3, 0])} == {GREY}


def test_another_shape_gets_black_beside_it_and_is_not_stretched() -> None:
    canvas = preview.Canvas(640, 360)
    shown = canvas.put(preview.pixels_of(picture(300, 300)))
    assert not shown[:, :130].any()
    assert not shown[:, -130:].any()
    assert shown[180, 320, 0] == GREY


def test_a_call_that_begins_small_is_shown_large() -> None:
    assert preview.Canvas.of(picture(320, 180), preview.LARGE, grown=True) == preview.Canvas(1280, 720)


def guided(field_mm: float | None) -> preview.Pixels:
    shown = np.full((600, 800, 3), GREY, np.uint8)
    preview.guide(shown, field_mm)
    return shown


@pytest.mark.parametrize("field_mm", [20.0, 25.4])
def test_a_known_scale_gets_a_tick_at_every_millimetre(field_mm: float) -> None:
    light = np.nonzero(guided(field_mm)[596, :, 0] > 200)[0]
    ticks = light[np.insert(np.diff(light) > 1, 0, True)]
    expected = [min(799, round(mm * 800 / field_mm)) for mm in range(int(field_mm) + 1)]
    assert len(ticks) == len(expected)
    assert np.abs(ticks - np.array(expected)).max() <= 1


@pytest.mark.hazard("H4", without="tests.controls_windows:a_scale_is_made_up")
def test_without_a_known_scale_there_are_no_millimetres() -> None:
    shown = guided(None)
    assert (shown != GREY).any()
    # a frame and a cross leave the edges alone, where a ruler would stand
    assert (shown[:50] == GREY).all()
    assert (shown[-50:] == GREY).all()


def test_an_earlier_picture_lies_half_through() -> None:
    canvas = preview.Canvas(640, 360)
    jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), 200, np.uint8))[1].tobytes()
    over = preview.earlier(jpeg, canvas)
    assert over is not None
    shown = preview.through(canvas.put(preview.pixels_of(picture())), over)
    assert abs(int(shown[300, 500, 0]) - (GREY + 200) // 2) <= 2
    assert preview.earlier(b"no picture", canvas) is None
    assert preview.earlier(b"", canvas) is None


def test_the_own_picture_in_the_corner_is_as_the_camera_sees_it() -> None:
    shown = preview.Canvas(640, 360).black()
    preview.inset(shown, picture())
    rows, columns = np.nonzero(shown[:, :, 0])
    assert rows.min() > 360 * 0.7
    assert columns.min() > 640 * 0.7
    lightest = np.nonzero(shown[rows.min() + 2 : -8, columns.min() + 2 : -8, 0] > 200)
    assert np.median(lightest[1]) < (640 - columns.min()) / 2
    assert np.median(lightest[0]) < (360 - rows.min()) / 2


def test_a_running_picture_is_judged_as_a_still() -> None:
    chart = preview.frame_of(video_source.draw(3), 1)
    assert not preview.judged(chart, View.CLOSE_UP).too_dark
    assert not preview.judged(chart, View.CLOSE_UP).too_blurred
    blurred = preview.frame_of(cv2.GaussianBlur(video_source.draw(3), (0, 0), 12), 1)
    assert preview.judged(blurred, View.CLOSE_UP).too_blurred
    dark = preview.frame_of(video_source.draw(3) // 20, 1)
    assert preview.judged(dark, View.CLOSE_UP).too_dark


@pytest.mark.hazard("H4", without="tests.controls_windows:guides_are_drawn_on_the_camera_s_own_frame")
def test_what_is_drawn_is_not_in_what_is_stored(tmp_path: Path) -> None:
    camera = Camera(str(video_source.write(tmp_path / "camera.avi", seconds=1)))
    with camera.held():
        camera.still(View.CLOSE_UP)
        frame = camera.latest()
        assert frame is not None
        before = np.frombuffer(frame.bgr, np.uint8).copy()
        canvas = preview.Canvas(frame.width, frame.height)
        shown = canvas.put(preview.pixels_of(frame))
        preview.guide(shown, 20.0)
        preview.inset(shown, frame)
        assert np.array_equal(np.frombuffer(frame.bgr, np.uint8), before)
        assert not np.array_equal(shown.ravel(), before)
