"""What V4L2 lists of a camera, and the controls set on it (linux/videodev2.h). Not tried on hardware."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)

Ioctl = Callable[[int, bytes], bytes]
"""A request of a device: its number and its structure in, the structure as the driver filled it out. Raises OSError."""

MJPG = int.from_bytes(b"MJPG", "little")

# struct v4l2_frmsizeenum { u32 index, pixel_format, type; union { discrete; stepwise } (six u32); u32 reserved[2]; }
_FRAME_SIZE = struct.Struct("=3I6I2I")
_DISCRETE = 1
VIDIOC_ENUM_FRAMESIZES = 3 << 30 | _FRAME_SIZE.size << 16 | ord("V") << 8 | 74

# struct v4l2_control { u32 id; s32 value; }
_CONTROL = struct.Struct("=Ii")
VIDIOC_S_CTRL = 3 << 30 | _CONTROL.size << 16 | ord("V") << 8 | 28

HORIZONTAL_FLIP, VERTICAL_FLIP = 0x00980914, 0x00980915
AUTO_WHITE_BALANCE, AUTO_EXPOSURE, AUTO_FOCUS = 0x0098090C, 0x009A0901, 0x009A090C

CONTROLS: tuple[tuple[int, int], ...] = (
    # a driver keeps what the last program set: a picture may be mirrored for a chat, never here (H4)
    (HORIZONTAL_FLIP, 0),
    (VERTICAL_FLIP, 0),
    (AUTO_WHITE_BALANCE, 1),
    # V4L2_EXPOSURE_APERTURE_PRIORITY, what UVC cameras know as automatic
    (AUTO_EXPOSURE, 3),
    (AUTO_FOCUS, 1),
)

_MOST_SIZES = 256


def device_of(source: str) -> Path | None:
    """The device that ``source`` names, by its index or its path below /dev; None for anything else."""
    path = Path(f"/dev/video{source}") if source.isdecimal() else Path(source)
    return path if path.is_relative_to("/dev") else None


def prepare(device: Path) -> tuple[int, int] | None:
    """Sets the controls that the camera has; the largest Motion JPEG picture that it lists, (width, height).

    None where it lists none, or cannot be asked: opening it then tells why.
    """
    try:
        opened = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:

        def ioctl(request: int, structure: bytes) -> bytes:
            return fcntl.ioctl(opened, request, structure)

        set_controls(ioctl)
        return max(mjpeg_sizes(ioctl), key=lambda size: size[0] * size[1], default=None)
    finally:
        os.close(opened)


def set_controls(ioctl: Ioctl) -> None:
    """A camera without one of them refuses it with EINVAL, and stays as it is."""
    for control, value in CONTROLS:
        try:
            ioctl(VIDIOC_S_CTRL, _CONTROL.pack(control, value))
        except OSError as exc:
            _log.debug("camera_control_refused", control=f"{control:08x}", errno=exc.errno)


def mjpeg_sizes(ioctl: Ioctl) -> Iterator[tuple[int, int]]:
    """(width, height) of each Motion JPEG mode; of a range, its largest."""
    for index in range(_MOST_SIZES):
        asked = _FRAME_SIZE.pack(index, MJPG, *[0] * 9)
        try:
            _, _, kind, *sizes = _FRAME_SIZE.unpack(ioctl(VIDIOC_ENUM_FRAMESIZES, asked))
        except OSError:
            return
        if kind != _DISCRETE:
            # stepwise or continuous: min_width, max_width, step_width, min_height, max_height, step_height
            yield sizes[1], sizes[4]
            return
        yield sizes[0], sizes[1]
