"""Media's windows: what is fed to them, and that they and the camera are closed with what was wished."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.codec import preview
from drivers.link import camera as camera_link, window_mpv
from drivers.link.camera import Camera
from edge.domain.media import Frame
from edge.domain.photo import View
from edge.door import messages as m
from edge.mains import windows
from edge.mains.windows import CAMERA, SPECIALIST, SPECIALIST_LARGE, STILL, Pictures
from firmware_stubs import video_source

PATIENCE = 20.0


class Pane:
    """A window without a display: it keeps what it was shown last."""

    def __init__(self, app_id: str) -> None:
        self.app_id = app_id
        self.last: Frame | None = None
        self.closed = False
        self.showing = False
        self.lock = threading.Lock()

    def show(self, frame: Frame) -> None:
        with self.lock:
            if not self.closed:
                self.last, self.showing = frame, True

    def close(self) -> None:
        with self.lock:
            self.closed, self.showing, self.last = True, False, None

    @property
    def pixels(self) -> preview.Pixels:
        with self.lock:
            return preview.pixels_of(self.last) if self.last else np.zeros((1, 1, 3), np.uint8)


class Wall:
    """Where the windows hang. ``told`` is media's word at the door."""

    def __init__(self, source: str, lacking: str = "") -> None:
        self.panes: list[Pane] = []
        self.kind = Pane
        self.told: list[m.WindowTold] = []
        self.camera, none = Camera(source), Camera("")
        views = {View.CLOSE_UP: self.camera, View.OVERVIEW: self.camera, View.DERMOSCOPY: none}
        self.pictures = Pictures(views, self.camera, 0.0, self.open, lacking, self.told.append)

    def open(self, app_id: str) -> Pane:
        self.panes.append(self.kind(app_id))
        return self.panes[-1]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            # threads feed the windows
            while not true():
                await asyncio.sleep(0.02)

    @property
    def hanging(self) -> list[str]:
        return [one.app_id for one in self.panes if not one.closed]


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    wall = Wall(str(video_source.write(tmp_path / "camera.avi", seconds=2)))
    yield wall
    await wall.pictures.close()
    assert not wall.hanging
    assert not wall.camera.is_open


async def test_a_camera_is_open_with_its_window_and_as_long(wall: Wall) -> None:
    assert not wall.camera.is_open
    await wall.pictures.show(m.Windows(turn=1, camera="close_up"))
    await wall.until(lambda: wall.told[-1:] == [m.WindowTold(camera="shown")])
    assert wall.camera.is_open
    # another view of the same camera keeps the window
    await wall.pictures.show(m.Windows(turn=1, camera="overview", guide=True))
    assert wall.hanging == [CAMERA]
    await wall.pictures.show(m.Windows(turn=1))
    assert wall.hanging == []
    assert wall.told[-1] == m.WindowTold()
    await wall.until(lambda: not wall.camera.is_open)


def png(shade: int) -> bytes:
    _, encoded = cv2.imencode(".png", np.full((40, 60, 3), shade, np.uint8))
    return encoded.tobytes()


async def test_a_still_hangs_as_it_was_drawn_until_it_is_not_wanted(wall: Wall) -> None:
    await wall.pictures.show(m.Windows(turn=1, still=png(90)))
    await wall.until(lambda: wall.told[-1:] == [m.WindowTold(still="shown")])
    assert wall.hanging == [STILL]
    assert wall.panes[-1].pixels.shape == (40, 60, 3)
    assert wall.panes[-1].pixels[20, 30].tolist() == [90, 90, 90]
    # another picture is another window: nothing of the one before is left
    await wall.pictures.show(m.Windows(turn=1, still=png(120)))
    await wall.until(lambda: wall.panes[-1].pixels.shape == (40, 60, 3) and len(wall.panes) == 2)
    assert wall.hanging == [STILL]
    assert wall.panes[-1].pixels[20, 30].tolist() == [120, 120, 120]
    await wall.pictures.show(m.Windows(turn=2, still=b""))
    assert wall.hanging == []
    assert wall.told[-1] == m.WindowTold()


async def test_what_is_no_still_is_told(wall: Wall) -> None:
    await wall.pictures.show(m.Windows(turn=1, still=b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\xff" * 60))
    await wall.until(lambda: wall.told[-1:] == [m.WindowTold(still="dark")])
    await wall.pictures.show(m.Windows(turn=1))
    assert wall.hanging == []


async def test_a_window_that_failed_is_not_said_to_be_shown(wall: Wall) -> None:
    class Torn(Pane):
        """Fails at its second picture."""

        def show(self, frame: Frame) -> None:
            if self.last is not None:
                raise OSError("torn")
            super().show(frame)

    wall.kind = Torn
    await wall.pictures.show(m.Windows(turn=1, camera="close_up"))
    await wall.until(lambda: wall.panes[0].closed)
    await wall.until(lambda: bool(wall.told) and wall.told[-1].camera == "dark")
    await wall.until(lambda: not wall.camera.is_open)


@pytest.mark.hazard("H3", without="tests.controls_windows:what_was_shown_stays")
async def test_another_turn_wipes_what_was_shown(wall: Wall) -> None:
    jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), 10, np.uint8))[1].tobytes()
    await wall.pictures.show(m.Windows(turn=1, camera="close_up", overlay=jpeg))
    await wall.until(lambda: bool(wall.told) and wall.told[-1].overlaid)
    first = wall.panes[0]
    await wall.pictures.show(m.Windows(turn=2, camera="close_up"))
    assert first.closed
    assert first.last is None
    await wall.until(lambda: wall.told[-1] == m.WindowTold(camera="shown"))
    assert wall.hanging == [CAMERA]


@pytest.mark.hazard("H3", without="tests.controls_windows:the_last_picture_stands")
async def test_a_camera_that_gives_nothing_any_more_goes_dark(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    await wall.pictures.show(m.Windows(turn=1, camera="close_up"))
    await wall.until(lambda: bool(wall.panes[0].pixels.any()))
    monkeypatch.setattr(camera_link.Camera, "latest", lambda _self: None)
    await wall.until(lambda: wall.told[-1].camera == "dark")
    await asyncio.sleep(0)
    assert not wall.panes[0].pixels.any()


async def test_a_view_without_a_camera_is_said_to_be_dark_and_opens_nothing(wall: Wall) -> None:
    await wall.pictures.show(m.Windows(turn=1, camera="dermoscopy"))
    assert wall.hanging == []
    assert wall.told[-1].camera == "dark"


async def test_the_specialist_is_beside_or_fills_the_screen_and_no_picture_of_hers_is_said(wall: Wall) -> None:
    with wall.camera.held():
        await wall.pictures.show(m.Windows(turn=1, specialist="small"))
        await wall.until(lambda: wall.told[-1].specialist == "dark")
        wall.pictures.theirs = wall.camera
        await wall.until(lambda: wall.told[-1].specialist == "shown")
        assert wall.hanging == [SPECIALIST]
        await wall.pictures.show(m.Windows(turn=1, specialist="large"))
        await wall.until(lambda: wall.told[-1].specialist == "shown")
        assert wall.hanging == [SPECIALIST_LARGE]
        assert wall.panes[-1].pixels.shape[:2] == (preview.LARGE[1], preview.LARGE[0])
        await wall.pictures.show(m.Windows(turn=1))
        assert wall.hanging == []


async def test_where_windows_cannot_be_nothing_is_opened_and_it_is_said_once(tmp_path: Path) -> None:
    wall = Wall(str(video_source.write(tmp_path / "camera.avi", seconds=1)), "mpv")
    wall.pictures.begin()
    for _ in range(3):
        await wall.pictures.show(m.Windows(turn=1, camera="close_up"))
    await wall.pictures.close()
    assert wall.panes == []
    assert wall.told == [m.WindowTold(lacking="mpv")]


def test_what_a_window_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert window_mpv.lacking({"WAYLAND_DISPLAY": "wayland-0"}) == "mpv"
    (tmp_path / "mpv").write_text("#!/bin/sh\n")
    (tmp_path / "mpv").chmod(0o755)
    assert window_mpv.lacking({}) == "display"
    assert window_mpv.lacking({"WAYLAND_DISPLAY": "wayland-0"}) == ""


def test_a_program_that_dies_at_once_is_tried_again_ever_less_often_and_hurts_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tries = tmp_path / "tries"
    (tmp_path / "mpv").write_text(f"#!/bin/sh\necho x >> {tries}\n")
    (tmp_path / "mpv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(window_mpv, "FIRST_PAUSE", 0.01)
    window = window_mpv.MpvWindow(windows.CAMERA)
    try:
        deadline = threading.Event()
        for number in range(400):
            window.show(preview.frame_of(np.full((360, 640, 3), number % 256, np.uint8), number))
            if tries.exists() and len(tries.read_text().splitlines()) >= 3:
                break
            deadline.wait(0.02)
        assert len(tries.read_text().splitlines()) >= 3
        assert not window.showing
    finally:
        window.close()
    assert window.pid == 0
