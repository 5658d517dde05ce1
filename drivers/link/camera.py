"""Cameras through OpenCV: a webcam or a dermatoscope by index or device path, or a video file played in real time.

One capture thread fills one slot with the newest frame. There is no queue: a queue of frames only makes the picture late.
The device is open while somebody holds the camera, and at no other time (H20).
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray

from edge.domain.fault import Fault, Reason
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Frame

FRESH_SECONDS = 2.0
"""A frame older than this is not the present any more (H6)."""

SETTLING_FRAMES = 5
"""Frames after opening during which a camera still looks for its exposure."""

REOPEN_AFTER_SECONDS = 1.0
JPEG_QUALITY = 95

_log = structlog.get_logger(__name__)


def _capture(source: str) -> cv2.VideoCapture:
    """Raises Fault(CAMERA) when the source does not open."""
    opened = cv2.VideoCapture(int(source), cv2.CAP_V4L2) if source.isdigit() else cv2.VideoCapture(source)
    if not opened.isOpened():
        opened.release()
        raise Fault(Reason.CAMERA, f"the camera {source} does not open", "check its cable and the camera setting")
    # a driver's own queue of old frames would be delay; drivers that have none ignore this
    opened.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return opened


def photograph(frame: Frame, view: View) -> Photo:
    """``frame`` encoded once as baseline JPEG, never mirrored (H4), with its figures of sharpness and brightness."""
    pixels = np.frombuffer(frame.bgr, dtype=np.uint8).reshape(frame.height, frame.width, 3)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    encoded, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not encoded:
        raise Fault(Reason.CAMERA, "the picture could not be encoded", "take it again")
    return Photo(
        jpeg=jpeg.tobytes(),
        width=frame.width,
        height=frame.height,
        encoding=Encoding.JPEG_Q95,
        view=view,
        sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        brightness=float(grey.mean()),
    )


class Camera:
    """``with camera.held():`` opens the device, several holders share it, and the last one to leave closes it.

    ``source`` is an index ("0"), a device path, or a video file, which is repeated without end at its own pace.
    A camera that goes away is opened again every second while it is held.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._holders = 0
        self._lock = threading.Lock()
        self._arrived = threading.Condition()
        self._newest: Frame | None = None
        self._since_opened = 0
        self._fault: Fault | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_open(self) -> bool:
        """Whether the capture thread runs, and with it the device may be open."""
        return self._thread is not None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Blocks on leaving until the device is released, at most for the length of one frame."""
        with self._lock:
            self._holders += 1
            if self._thread is None:
                self._stop.clear()
                # the thread's log lines name the process as those of its holder do
                run = contextvars.copy_context().run
                self._thread = threading.Thread(target=run, args=(self._run,), name="camera", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if self._holders == 0 and self._thread is not None:
                    self._stop.set()
                    self._thread.join()
                    self._thread = None
                    self._forget()

    def latest(self) -> Frame | None:
        """The newest frame, or None when there is none of the last two seconds."""
        newest = self._newest
        if newest is None or time.monotonic_ns() - newest.at_ns > FRESH_SECONDS * 1e9:
            return None
        return newest

    def still(self, view: View, timeout: float = 8.0) -> Photo:
        """A frame that came after this was asked for (H3), within ``timeout`` seconds. Blocks; opens the camera itself.

        Raises Fault(CAMERA).
        """
        if not self._source:
            raise Fault(Reason.CAMERA, "no camera is configured", "name one as camera in the settings")
        asked = time.monotonic_ns()

        def usable() -> bool:
            newest = self._newest
            return newest is not None and newest.at_ns > asked and self._since_opened >= SETTLING_FRAMES

        with self.held():
            with self._arrived:
                came = self._arrived.wait_for(usable, timeout)
                frame, fault = self._newest, self._fault
            if not came or frame is None:
                raise fault or Fault(Reason.CAMERA, "the camera gives no picture", "unplug it and plug it in again")
            return photograph(frame, view)

    def _forget(self) -> None:
        with self._arrived:
            self._newest = None
            self._since_opened = 0
            self._arrived.notify_all()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with contextlib.closing(_Opened(self._source)) as opened:
                    self._fill_from(opened)
            except Fault as fault:
                _log.warning("camera_lost", what=fault.what)
                self._fault = fault
            except cv2.error as exc:
                _log.warning("camera_driver_failed", code=exc.code)
                self._fault = Fault(Reason.CAMERA, "the camera's driver failed", "unplug it and plug it in again")
            self._forget()
            self._stop.wait(REOPEN_AFTER_SECONDS)

    def _fill_from(self, opened: _Opened) -> None:
        self._fault = None
        _log.info("camera_opened")
        while not self._stop.is_set():
            pixels = opened.read(self._stop)
            if pixels is None:
                return
            height, width = pixels.shape[:2]
            frame = Frame(width=width, height=height, bgr=pixels.data.cast("B"), at_ns=time.monotonic_ns())
            with self._arrived:
                self._newest = frame
                self._since_opened += 1
                self._arrived.notify_all()


class _Opened:
    """An open device or file. A file is paced at its own rate; a device paces itself."""

    def __init__(self, source: str) -> None:
        self._device = _capture(source)
        self._is_file = Path(source).is_file()
        rate = self._device.get(cv2.CAP_PROP_FPS)
        self._period = 1.0 / rate if 0 < rate <= 240 else 1.0 / 25
        self._due = time.monotonic()

    def read(self, stop: threading.Event) -> NDArray[np.uint8] | None:
        """The next frame; None when ``stop`` was set meanwhile. Raises Fault(CAMERA) when the camera is gone."""
        if self._is_file:
            self._due = max(self._due + self._period, time.monotonic() - self._period)
            if stop.wait(max(0.0, self._due - time.monotonic())):
                return None
        came, pixels = self._device.read()
        if not came and self._is_file:
            self._device.set(cv2.CAP_PROP_POS_FRAMES, 0)
            came, pixels = self._device.read()
        if not came:
            raise Fault(Reason.CAMERA, "the camera stopped giving pictures", "check its cable")
        return np.ascontiguousarray(pixels, dtype=np.uint8)

    def close(self) -> None:
        self._device.release()
