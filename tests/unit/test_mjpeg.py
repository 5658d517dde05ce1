"""Motion JPEG frames: the camera's own bytes, whole, or none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.mjpeg import STANDARD_TABLES, Whole, whole
from edge.domain.fault import Fault, Reason
from firmware_stubs.video_source import draw
from tests.motion_jpeg import jpeg, scan, segments, without_tables

PICTURE = np.clip(
    draw(3, 640, 360).astype(np.int16) + np.random.default_rng(7).integers(-12, 13, (360, 640, 3)), 0, 255
).astype(np.uint8)
FRAME = jpeg(PICTURE, cv2.IMWRITE_JPEG_QUALITY, 90)
RESTARTS = jpeg(PICTURE, cv2.IMWRITE_JPEG_RST_INTERVAL, 4)


def pixels(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def shapes() -> list[bytes]:
    sampling = [
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    colours = [jpeg(PICTURE[:357, :633], cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor) for factor in sampling]
    return [FRAME, RESTARTS, *colours, jpeg(PICTURE[:357, :633, 0]), jpeg(PICTURE, cv2.IMWRITE_JPEG_OPTIMIZE, 1)]


@pytest.mark.parametrize("frame", shapes())
@pytest.mark.parametrize("padding", [b"", b"\0" * 700, FRAME[-400:]])
def test_a_whole_frame_comes_byte_for_byte_without_what_lies_behind_its_end(frame: bytes, padding: bytes) -> None:
    found = whole(frame + padding)
    assert found is not None
    assert found.jpeg == frame
    assert (found.height, found.width) == pixels(frame).shape[:2]
    assert not found.tables_added


def test_the_tables_that_a_camera_leaves_out_are_added_and_nothing_else() -> None:
    bare = without_tables(FRAME)
    assert len(bare) < len(FRAME) - 400
    found = whole(bare + b"\0\0\0\0")
    assert found is not None
    assert found.tables_added
    assert found.jpeg.replace(STANDARD_TABLES, b"", 1) == bare
    assert scan(found.jpeg) == scan(FRAME)
    assert np.array_equal(pixels(found.jpeg), pixels(FRAME))


def test_the_standard_tables_are_those_that_libjpeg_writes() -> None:
    # libjpeg writes the tables of T.81 K.3 unless it is asked to optimise, each as a segment of its own
    theirs = sorted(segment[4:] for segment in segments(FRAME, 0xC4))
    ours, at = [], 4
    while at < len(STANDARD_TABLES):
        end = at + 17 + sum(STANDARD_TABLES[at + 1 : at + 17])
        ours.append(STANDARD_TABLES[at:end])
        at = end
    assert sorted(ours) == theirs


@pytest.mark.parametrize("frame", [FRAME, without_tables(FRAME), RESTARTS])
@pytest.mark.parametrize(
    "lost", [188, pytest.param(512, marks=pytest.mark.slow), 1024, pytest.param(3072, marks=pytest.mark.slow)]
)
def test_a_frame_that_lost_a_usb_packet_is_refused(frame: bytes, lost: int) -> None:
    begin = len(frame) - len(scan(frame)) + 14
    places = range(begin, len(frame) - lost - 2, max(1, (len(frame) - lost - begin) // 40))
    for at in places:
        with pytest.raises(Fault) as caught:
            whole(frame[:at] + frame[at + lost :])
        assert caught.value.reason is Reason.UNDECODABLE
    assert len(places) > 20


def test_a_restart_interval_that_is_gone_is_missed() -> None:
    first, second = RESTARTS.index(b"\xff\xd2"), RESTARTS.index(b"\xff\xd3")
    with pytest.raises(Fault, match="missing"):
        whole(RESTARTS[:first] + RESTARTS[second:])


def test_a_frame_that_is_cut_short_anywhere_is_refused() -> None:
    for end in [*range(700), *range(700, len(FRAME), 997), len(FRAME) - 1]:
        with pytest.raises(Fault):
            whole(FRAME[:end])


def test_the_rest_of_the_frame_before_in_the_buffer_does_not_make_it_whole() -> None:
    half = len(FRAME) // 2
    with pytest.raises(Fault):
        whole(FRAME[:half] + RESTARTS[half:])


@pytest.mark.parametrize("frame", [jpeg(PICTURE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)])
def test_a_jpeg_of_another_process_is_not_vouched_for(frame: bytes) -> None:
    assert whole(frame) is None


def reason_of(data: bytes) -> tuple[Reason | None, Whole | None]:
    try:
        return None, whole(data)
    except Fault as fault:
        return fault.reason, None


SMALL = jpeg(PICTURE[:48, :64])


@given(st.binary(max_size=400), st.integers(0, len(SMALL)), st.integers(0, 60))
@settings(max_examples=400, deadline=None)
def test_whatever_comes_it_is_a_frame_or_its_own_fault(noise: bytes, at: int, gone: int) -> None:
    for data in (noise, b"\xff\xd8" + noise, SMALL[:at] + noise + SMALL[at + gone :]):
        reason, found = reason_of(data)
        assert reason in {None, Reason.UNDECODABLE}
        assert found is None or found.jpeg.endswith(b"\xff\xd9")
