"""The camera on video files, as OpenCV really reads them."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.link import camera as link
from drivers.link.camera import Camera, Taken, photograph
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Encoding, View
from firmware_stubs.video_source import draw, write
from tests import recordings
from tests.motion_jpeg import avi, jpeg, scan, without_tables


def chart(path: Path, seconds: float = 1.0) -> str:
    return str(write(path / "camera.avi", seconds=seconds, width=320, height=180))


def of(pixels: np.ndarray) -> Taken:
    return Taken(0, pixels=np.ascontiguousarray(pixels))


def arrivals(camera: Camera, count: int) -> list[Taken]:
    """The next ``count`` different frames."""
    frames: list[Taken] = []
    with camera._arrived:
        while len(frames) < count:
            assert camera._arrived.wait(10), "no frame came"
            if camera._newest is not None:
                frames.append(camera._newest)
    return frames


@pytest.mark.hazard("H20", without="tests.controls_media:a_camera_stays_open")
def test_a_still_is_the_cameras_own_jpeg_and_the_camera_is_closed_after_it(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path))
    photo = camera.still(View.CLOSE_UP)
    assert photo.encoding is Encoding.CAMERA_MJPEG
    assert photo.jpeg in (tmp_path / "camera.avi").read_bytes()
    assert photo.view is View.CLOSE_UP
    assert (photo.width, photo.height) == (320, 180)
    assert cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (180, 320, 3)
    assert not camera.is_open
    assert camera.latest() is None


@pytest.mark.hazard("H4", without="tests.controls_media:a_still_is_drawn_like_a_mirror")
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


def picture(number: int = 0) -> np.ndarray:
    noise = np.random.default_rng(number).integers(-9, 10, (180, 320, 3))
    return np.clip(draw(number, 320, 180).astype(np.int16) + noise, 0, 255).astype(np.uint8)


def recorded(folder: Path, frames: list[bytes]) -> Camera:
    return Camera(str(avi(folder / "camera.avi", frames, 320, 180)))


def test_a_frame_without_tables_gets_the_standard_ones_and_padding_is_left_out(tmp_path: Path) -> None:
    sent = jpeg(picture())
    photo = recorded(tmp_path, [without_tables(sent) + b"\0" * 900] * 25).still(View.DERMOSCOPY)
    assert photo.encoding is Encoding.CAMERA_MJPEG_DHT
    assert scan(photo.jpeg) == scan(sent)
    assert len(photo.jpeg) < len(sent) + 100


def test_a_damaged_frame_is_never_a_still_and_the_next_whole_one_is(tmp_path: Path) -> None:
    whole = jpeg(picture(1))
    lost = without_tables(jpeg(picture(2)))
    middle = len(lost) - len(scan(lost)) + 300
    damaged = [lost[:middle] + lost[middle + 512 :], whole[: len(whole) // 2], b"\xff\xd8\xff", b"no picture"]
    camera = recorded(tmp_path, [*damaged * 3, whole, *damaged * 3])
    with camera.held():
        for _ in range(3):
            photo = camera.still(View.OVERVIEW)
            assert photo.jpeg == whole
            assert photo.encoding is Encoding.CAMERA_MJPEG


def test_a_camera_that_gives_damaged_frames_only_says_so(tmp_path: Path) -> None:
    whole = jpeg(picture())
    with pytest.raises(Fault, match="damaged") as caught:
        recorded(tmp_path, [whole[:-500]] * 25).still(View.OVERVIEW, timeout=3.0)
    assert caught.value.reason is Reason.CAMERA


def test_a_jpeg_that_is_not_baseline_is_encoded_once(tmp_path: Path) -> None:
    photo = recorded(tmp_path, [jpeg(picture(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)] * 25).still(View.OVERVIEW)
    assert photo.encoding is Encoding.JPEG_Q95
    assert (photo.width, photo.height) == (320, 180)


def test_a_camera_without_jpeg_is_encoded_once(tmp_path: Path) -> None:
    file = tmp_path / "camera.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 25, (320, 180))
    for number in range(25):
        writer.write(picture(number))
    writer.release()
    photo = Camera(str(file)).still(View.OVERVIEW)
    assert photo.encoding is Encoding.JPEG_Q95
    assert cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (180, 320, 3)


def test_only_who_watches_pays_for_decoding(tmp_path: Path) -> None:
    camera = Camera(chart(tmp_path))
    with camera.held(watching=False):
        arrivals(camera, 3)
        assert camera.latest() is None
        with camera.held():
            arrivals(camera, 3)
            shown = camera.latest()
            assert shown is not None
            assert (shown.width, shown.height) == (320, 180)


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (1080, 1080),
        (1440, 720),
        pytest.param(2160, 1080, marks=pytest.mark.slow),
        pytest.param(2880, 720, marks=pytest.mark.slow),
    ],
)
def test_a_call_is_not_shown_more_rows_than_it_needs(tmp_path: Path, rows: int, shown: int) -> None:
    large = jpeg(cv2.resize(picture(), (rows * 16 // 9, rows)))
    camera = Camera(str(avi(tmp_path / "camera.avi", [large] * 10, rows * 16 // 9, rows)))
    with camera.held():
        arrivals(camera, 3)
        frame = camera.latest()
        assert frame is not None
        assert frame.height == shown
        assert len(frame.bgr) == frame.width * frame.height * 3
        assert camera.still(View.OVERVIEW).height == rows


def wrong_with(pixels: np.ndarray) -> set[str]:
    photo = photograph(of(pixels), View.DERMOSCOPY)
    found = {"blurred": photo.too_blurred, "dark": photo.too_dark, "bright": photo.too_bright}
    return {name for name, said in found.items() if said}


def test_blur_darkness_and_glare_are_measured() -> None:
    sharp = draw(0, 640, 360)
    assert wrong_with(sharp) == set()
    assert "blurred" in wrong_with(cv2.GaussianBlur(sharp, (0, 0), 12))
    assert "dark" in wrong_with(np.full((360, 640, 3), 10, np.uint8))
    assert "bright" in wrong_with(cv2.add(sharp, (120, 120, 120, 0)))


def lesion(texture: float, light: float) -> np.ndarray:
    """Skin as a dermatoscope shows it: soft shading, a lesion, and a fine net of ``texture`` grey levels."""
    rows, columns = np.mgrid[0:768, 0:1024]
    net = texture * (np.sin(rows / 2.1) + np.sin(columns / 2.3)) + np.random.default_rng(1).normal(0, 1, rows.shape)
    shade = 150 - 60 * np.exp(-((rows - 380) ** 2 + (columns - 520) ** 2) / 30000)
    return np.clip(np.dstack([shade + net] * 3) * light, 0, 255).astype(np.uint8)


def test_the_limits_stand_between_good_pictures_of_skin_and_bad_ones() -> None:
    assert wrong_with(lesion(3.0, 1.0)) == set()
    for by in (1.5, 3, 6):
        assert "blurred" in wrong_with(cv2.GaussianBlur(lesion(3.0, 1.0), (0, 0), by))
    assert "dark" in wrong_with(lesion(3.0, 0.1))
    assert "bright" in wrong_with(lesion(3.0, 2.0))


@pytest.mark.parametrize("name", ["ISIC_0000000", "ISIC_0000001"])
def test_the_limits_on_real_dermoscopy(name: str) -> None:
    pixels = cv2.imread(str(recordings.shared_path(f"derm/{name}.jpg")), cv2.IMREAD_COLOR)
    assert wrong_with(pixels) == set()
    assert "blurred" in wrong_with(cv2.GaussianBlur(pixels, (0, 0), 1))
    assert "dark" in wrong_with(cv2.convertScaleAbs(pixels, alpha=0.1))
    assert "bright" in wrong_with(cv2.convertScaleAbs(pixels, alpha=2.0))
