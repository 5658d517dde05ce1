"""What is asked of a camera's driver, against a driver that answers as linux/videodev2.h lays it out."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from drivers.link import camera, v4l2


class Driver:
    """Plays the kernel: byte offsets and numbers by hand from linux/videodev2.h."""

    def __init__(self, sizes: Sequence[bytes], controls: Sequence[int]) -> None:
        self._sizes = sizes
        self.set: dict[int, int] = dict.fromkeys(controls, -1)

    def ioctl(self, request: int, structure: bytes) -> bytes:
        match request:
            case 0xC02C564A:
                return self._size(structure)
            case 0xC008561C:
                return self._control(structure)
        raise OSError(errno.ENOTTY, "inappropriate ioctl")

    def _size(self, structure: bytes) -> bytes:
        assert len(structure) == 44
        assert structure[4:8] == b"MJPG"
        index = int.from_bytes(structure[:4], "little")
        if index >= len(self._sizes):
            raise OSError(errno.EINVAL, "no more")
        return (structure[:8] + self._sizes[index]).ljust(44, b"\0")

    def _control(self, structure: bytes) -> bytes:
        assert len(structure) == 8
        control = int.from_bytes(structure[:4], "little")
        if control not in self.set:
            raise OSError(errno.EINVAL, "no such control")
        self.set[control] = int.from_bytes(structure[4:], "little", signed=True)
        return structure


# type 1 (discrete), width, height
VGA = bytes.fromhex("01000000 80020000 e0010000")
FULL_HD = bytes.fromhex("01000000 80070000 38040000")
# type 3 (stepwise), min_width, max_width, step_width, min_height, max_height, step_height
RANGE = bytes.fromhex("03000000 20000000 200a0000 08000000 20000000 98070000 08000000")


@pytest.mark.parametrize(
    ("listed", "sizes"),
    [([VGA, FULL_HD, VGA], [(640, 480), (1920, 1080), (640, 480)]), ([RANGE], [(2592, 1944)]), ([], [])],
)
def test_the_sizes_that_a_camera_lists(listed: list[bytes], sizes: list[tuple[int, int]]) -> None:
    assert list(v4l2.mjpeg_sizes(Driver(listed, []).ioctl)) == sizes


@pytest.mark.hazard("H4", without="tests.controls_media:a_driver_keeps_its_mirror")
def test_a_camera_that_was_set_to_mirror_is_set_back() -> None:
    driver = Driver([], [0x00980914, 0x00980915])
    v4l2.set_controls(driver.ioctl)
    assert driver.set == {0x00980914: 0, 0x00980915: 0}


def test_exposure_focus_and_white_balance_are_automatic_where_the_camera_can() -> None:
    driver = Driver([], [0x009A0901, 0x009A090C, 0x0098090C, 0x00980900])
    v4l2.set_controls(driver.ioctl)
    # V4L2_EXPOSURE_APERTURE_PRIORITY is 3; brightness (0x00980900) is left as it is
    assert driver.set == {0x009A0901: 3, 0x009A090C: 1, 0x0098090C: 1, 0x00980900: -1}


def test_a_device_that_is_not_there_lists_nothing() -> None:
    assert v4l2.prepare(Path("/dev/video-none")) is None
    # a device of another kind answers ENOTTY
    assert v4l2.prepare(Path("/dev/null")) is None


@pytest.mark.parametrize(
    ("source", "device"),
    [("0", "/dev/video0"), ("/dev/v4l/by-id/usb-x", "/dev/v4l/by-id/usb-x"), ("film.avi", None), ("/tmp/1", None)],
)
def test_which_source_is_a_device(source: str, device: str | None) -> None:
    assert v4l2.device_of(source) == (Path(device) if device else None)


@pytest.mark.hazard("H3", without="tests.controls_media:a_frame_is_as_new_as_its_arrival")
def test_a_frame_that_waited_in_the_driver_is_as_old_as_it_is() -> None:
    came = 5_000_000_000_000
    assert camera.taken_at(came, 4_999_700.0) == 4_999_700_000_000
    # what is no monotonic time of a moment ago is not believed: the wall clock, nothing, the future
    for driver_ms in (1_795_000_000_000.0, 0.0, -1.0, 5_000_001.0, 4_000_000.0):
        assert camera.taken_at(came, driver_ms) == came
