"""Cameras through OpenCV: a webcam, dermatoscope or otoscope by index or device path, or a video file played in real time.

One capture thread fills one slot with the newest frame. There is no queue: a queue of frames only makes the picture late.
The device is open while somebody holds the camera, and at no other time (H20). A camera that speaks Motion JPEG is asked
for its largest picture and for its own bytes: a still is these bytes, and only who watches pays for decoding. Devices
(rather than files): not tried on hardware.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray

from drivers.codec.mjpeg import whole
from drivers.codec.picture import measure
from drivers.link import v4l2
from edge.domain.fault import Fault, Reason
from edge.domain.media import Frame
from edge.domain.photo import Encoding, Photo, View

FRESH_SECONDS = 2.0
"""A frame older than this is not the present any more (H6)."""

SETTLING_FRAMES = 5
"""Frames after opening during which a camera still looks for its exposure."""

REOPEN_AFTER_SECONDS = 1.0
JPEG_QUALITY = 95

LIVE_ROWS = 720
"""A call shows no more rows than this: larger frames are decoded at 1/2, 1/4 or 1/8 while at least so many are left."""

_BUFFERS = 2
"""One being filled while the other is read."""

_BELIEVED_SECONDS = 5.0
_REDUCED = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))

_log = structlog.get_logger(__name__)

Pixels = NDArray[np.uint8]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One frame as the device gave it: ``jpeg`` where it speaks Motion JPEG, else ``pixels`` [row][column][blue, green, red].

    ``at_ns`` is when it was taken, in monotonic nanoseconds, or when it came where the device does not say.
    """

    at_ns: int
    jpeg: bytes = b""
    pixels: Pixels | None = None


def photograph(taken: Taken, view: View) -> Photo:
    """The camera's own JPEG, checked to be whole, or one encoding as baseline JPEG; never mirrored, never turned (H4).

    Raises Fault(UNDECODABLE) for a frame of which something is missing.
    """
    pixels = taken.pixels
    if pixels is None:
        own = whole(taken.jpeg)
        pixels = _decoded(own.jpeg if own else taken.jpeg, cv2.IMREAD_COLOR)
        if own is not None:
            encoding = Encoding.CAMERA_MJPEG_DHT if own.tables_added else Encoding.CAMERA_MJPEG
            return _photo(own.jpeg, pixels, encoding, view)
    encoded, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not encoded:
        raise Fault(Reason.CAMERA, "the picture could not be encoded", "take it again")
    return _photo(jpeg.tobytes(), pixels, Encoding.JPEG_Q95, view)


def _photo(jpeg: bytes, pixels: Pixels, encoding: Encoding, view: View) -> Photo:
    figures = measure(pixels)
    height, width = pixels.shape[:2]
    return Photo(
        jpeg=jpeg,
        width=width,
        height=height,
        encoding=encoding,
        view=view,
        sharpness=float(figures.sharpness),
        brightness=float(figures.brightness),
        overexposed=float(figures.overexposed),
    )


def _decoded(jpeg: bytes, how: int) -> Pixels:
    """Raises Fault(UNDECODABLE)."""
    try:
        # an orientation in the metadata would turn what is shown, and not what is stored
        pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), how | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise Fault(Reason.UNDECODABLE, "the camera's frame is no picture", "take the picture again")
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _live(taken: Taken, full_height: int) -> Frame | None:
    """``taken`` as a call shows it; None where it cannot be decoded: the next one follows at once."""
    pixels = taken.pixels
    if pixels is None:
        how = next((flag for by, flag in _REDUCED if full_height // by >= LIVE_ROWS), cv2.IMREAD_COLOR)
        try:
            pixels = _decoded(taken.jpeg, how)
        except Fault:
            return None
    height, width = pixels.shape[:2]
    return Frame(width=width, height=height, bgr=pixels.data.cast("B"), at_ns=taken.at_ns)


class Camera:
    """``with camera.held():`` opens the device, several holders share it, and the last one to leave closes it.

    ``source`` is an index ("0"), a device path, or a video file, which is repeated without end at its own pace.
    A camera that goes away is opened again every second while it is held.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._holders = 0
        self._watchers = 0
        self._lock = threading.Lock()
        self._arrived = threading.Condition()
        self._newest: Taken | None = None
        self._shown: Frame | None = None
        self._since_opened = 0
        self._fault: Fault | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_open(self) -> bool:
        """Whether the capture thread runs, and with it the device may be open."""
        return self._thread is not None

    @contextlib.contextmanager
    def held(self, *, watching: bool = True) -> Iterator[None]:
        """``watching``: for ``latest``, every frame is decoded. Blocks on leaving until the device is released, for the
        length of one frame, and for at most the ten seconds that OpenCV waits for a device that gives none."""
        with self._lock:
            self._holders += 1
            self._watchers += watching
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
                self._watchers -= watching
                if self._holders == 0 and self._thread is not None:
                    self._stop.set()
                    self._thread.join()
                    self._thread = None
                    self._forget()

    def latest(self) -> Frame | None:
        """The newest frame, or None when there is none of the last two seconds. Never waits."""
        shown = self._shown
        if shown is None or time.monotonic_ns() - shown.at_ns > FRESH_SECONDS * 1e9:
            return None
        return shown

    def still(self, view: View, timeout: float = 8.0) -> Photo:
        """A whole frame taken after this was asked for (H3), within ``timeout`` seconds. Blocks; opens the camera itself.

        Raises Fault(CAMERA).
        """
        if not self.source:
            raise Fault(Reason.CAMERA, "no such camera is configured", "name it under [cameras] in the settings")
        asked = time.monotonic_ns()
        until = time.monotonic() + timeout
        damaged: Fault | None = None
        with self.held(watching=False):
            while True:
                taken, fault = self._next(asked, until)
                if taken is None:
                    nothing = Fault(Reason.CAMERA, "the camera gives no picture", "unplug it and plug it in again")
                    raise fault or damaged or nothing
                try:
                    return photograph(taken, view)
                except Fault as exc:
                    _log.warning("frame_damaged", what=exc.what)
                    damaged = Fault(Reason.CAMERA, "the camera gives damaged pictures only", "check its cable")
                    asked = taken.at_ns

    def _next(self, after_ns: int, until: float) -> tuple[Taken | None, Fault | None]:
        """The newest frame once it is of after ``after_ns``, or None and what ails the camera ``until`` then (monotonic)."""

        def usable() -> bool:
            newest = self._newest
            return newest is not None and newest.at_ns > after_ns and self._since_opened >= SETTLING_FRAMES

        with self._arrived:
            came = self._arrived.wait_for(usable, max(0.0, until - time.monotonic()))
            return (self._newest if came else None), self._fault

    def _forget(self) -> None:
        with self._arrived:
            self._newest = self._shown = None
            self._since_opened = 0
            self._arrived.notify_all()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with contextlib.closing(_Opened(self.source)) as opened:
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
        _log.info("camera_opened", own_jpeg=opened.own_jpeg, width=opened.width, height=opened.height)
        while not self._stop.is_set():
            taken = opened.read(self._stop)
            if taken is None:
                return
            shown = _live(taken, opened.height) if self._watchers else None
            with self._arrived:
                self._newest = taken
                self._shown = shown or self._shown
                self._since_opened += 1
                self._arrived.notify_all()


class _Opened:
    """An open device or file. A file is paced at its own rate; a device paces itself."""

    def __init__(self, source: str) -> None:
        """Raises Fault(CAMERA) when the source does not open."""
        self._is_file = Path(source).is_file()
        device = v4l2.device_of(source)
        size = v4l2.prepare(device) if device else None
        self._device = cv2.VideoCapture(str(device) if device else source, cv2.CAP_V4L2 if device else cv2.CAP_FFMPEG)
        if not self._device.isOpened():
            self._device.release()
            raise Fault(
                Reason.CAMERA, f"the camera {source} does not open", "check its cable and the [cameras] settings"
            )
        self._is_device = device is not None
        self.own_jpeg = self._ask_for_jpeg(size) if device else self._packets()
        self.width = round(self._device.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = round(self._device.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = self._device.get(cv2.CAP_PROP_FPS)
        self._period = 1.0 / rate if 0 < rate <= 240 else 1.0 / 25
        self._due = time.monotonic()

    def _ask_for_jpeg(self, size: tuple[int, int] | None) -> bool:
        """Whether the device gives its own JPEG bytes. Each step opens the stream anew, so the conversion comes last."""
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, _BUFFERS)
        if size is None or not self._device.set(cv2.CAP_PROP_FOURCC, v4l2.MJPG):
            return False
        width, height = size
        self._device.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._device.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        return bool(self._device.set(cv2.CAP_PROP_CONVERT_RGB, 0))

    def _packets(self) -> bool:
        """Whether a file's packets come as they are: JPEGs where it is Motion JPEG."""
        return round(self._device.get(cv2.CAP_PROP_FOURCC)) == v4l2.MJPG and bool(
            self._device.set(cv2.CAP_PROP_FORMAT, -1)
        )

    def read(self, stop: threading.Event) -> Taken | None:
        """The next frame; None when ``stop`` was set meanwhile. Raises Fault(CAMERA) when the camera is gone."""
        if self._is_file:
            self._due = max(self._due + self._period, time.monotonic() - self._period)
            if stop.wait(max(0.0, self._due - time.monotonic())):
                return None
        came, content = self._device.read()
        if not came and self._is_file:
            self._device.set(cv2.CAP_PROP_POS_FRAMES, 0)
            came, content = self._device.read()
        if not came:
            raise Fault(Reason.CAMERA, "the camera stopped giving pictures", "check its cable")
        at_ns = time.monotonic_ns()
        if self._is_device:
            at_ns = taken_at(at_ns, self._device.get(cv2.CAP_PROP_POS_MSEC))
        if self.own_jpeg:
            return Taken(at_ns, jpeg=content.tobytes())
        return Taken(at_ns, pixels=np.ascontiguousarray(content, dtype=np.uint8))

    def close(self) -> None:
        self._device.release()


def taken_at(came_ns: int, driver_ms: float) -> int:
    """When a frame that came at ``came_ns`` was taken, by the driver's own time if that is of the monotonic clock.

    A frame may have waited in the driver's buffers, and then it shows what was before (H3).
    """
    driver_ns = round(driver_ms * 1e6)
    return driver_ns if 0 <= came_ns - driver_ns < _BELIEVED_SECONDS * 1e9 else came_ns
