"""What is sent to measure sending: ECGs of 203 kB, photos of 5 MB, of 15 MB and of 36 MB, made once for the figures of one run."""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import functools
import random
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.domain.capture import Capture
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.domain.waveform import Scale, Waveform
from edge.mains.bench.send_scene import Frozen, capture_of, frozen, saved
from edge.mains.bench.store_scene import scratch
from firmware_stubs.camera_card import picture

SMALL, LARGE, HEAVY, HUGE = 200, 60, 12, 4
_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_INSTANTS: Final = 8_400
"""At 1000 a second: of twelve leads they are 202 kB."""
_TAKEN: Final = dt.datetime(2026, 3, 4, 12, 5, 6)  # noqa: DTZ001 - a camera's own clock


@functools.cache
def place() -> Path:
    """A folder on a disk, gone when this process ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(scratch(None))


@functools.cache
def small() -> Frozen:
    return frozen(place() / "small", SMALL, ecg)


@functools.cache
def large() -> Frozen:
    return frozen(place() / "large", LARGE, photo)


@functools.cache
def heavy() -> Frozen:
    return frozen(place() / "heavy", HEAVY, lambda number: _photo(number, 5_000, 3_600, 70.0))


@functools.cache
def huge() -> Frozen:
    return frozen(place() / "huge", HUGE, lambda number: _photo(number, 7_200, 5_300, 90.0))


@functools.cache
def unbuilt() -> Frozen:
    """Photos as they were saved: of 36 MB, and of 12 million pixels held upright, of which the object has 36 MB."""
    jpeg = picture(1, _TAKEN, width=4_000, height=3_000, grain=30.0, orientation=6)
    upright = Photo(jpeg, 3_000, 4_000, Encoding.IMPORTED, View.CLOSE_UP, 80.0, 120.0)
    turned = [capture_of(Kind.PHOTO, upright, HUGE + number) for number in range(2)]
    return saved(place() / "unbuilt", [*(_photo(number, 7_200, 5_300, 90.0) for number in range(2)), *turned])


def ecg(number: int) -> Capture:
    """A 12-lead ECG."""
    samples = random.Random(number).randbytes(_INSTANTS * len(_LEADS) * 2)  # noqa: S311
    return capture_of(
        Kind.ECG, Waveform(_LEADS, Decimal(1000), (Scale(Decimal("1.25")),) * len(_LEADS), samples), number
    )


def photo(number: int) -> Capture:
    """Of 5 MB, as a camera's card holds it."""
    return _photo(number, 3_200, 2_400, 30.0)


def _photo(number: int, width: int, height: int, grain: float) -> Capture:
    jpeg = _jpeg(width, height, grain)
    return capture_of(Kind.PHOTO, Photo(jpeg, width, height, Encoding.IMPORTED, View.CLOSE_UP, 80.0, 120.0), number)


@functools.cache
def _jpeg(width: int, height: int, grain: float) -> bytes:
    return picture(1, _TAKEN, width=width, height=height, grain=grain)
