"""What the bench of a call makes of what a page reported, and the stamps that it reads."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

from tests.call import bench, figures
from tests.call.calls import Measured
from tests.call.scene import BITS, BLOCK, HEIGHT, WIDTH, blocks, read_stamp

EPOCH = 1_000_000.0


def _stamped(milliseconds: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    luma = np.full((HEIGHT, WIDTH), 128, np.uint8)
    luma[:BLOCK, : BITS * BLOCK] = np.repeat(np.array(blocks(milliseconds), np.uint8) * 219 + 16, BLOCK)
    return luma


@pytest.mark.parametrize("height", [720, 480, 360, 240])
def test_a_stamp_is_read_from_a_picture_of_any_size(height: int) -> None:
    smaller = cv2.resize(_stamped(7_654_321), (WIDTH * height // HEIGHT, height), interpolation=cv2.INTER_AREA)
    assert read_stamp(np.asarray(smaller, np.uint8)) == 7_654_321


def test_a_damaged_stamp_is_none() -> None:
    luma = _stamped(7_654_321)
    luma[:BLOCK, 20 * BLOCK : 21 * BLOCK] = 251 - luma[:BLOCK, 20 * BLOCK : 21 * BLOCK]
    assert read_stamp(luma) is None
    assert read_stamp(np.full((HEIGHT, WIDTH), 128, np.uint8)) is None


def _report(
    stamps: list[float], latency: float, tones: list[float] | None = None, ecg: list[list[float]] | None = None
) -> dict[str, Any]:
    return {
        "frames": [[EPOCH + stamp + latency, stamp, 720] for stamp in stamps],
        "tones": [[at, EPOCH + at, n % 8] for n, at in enumerate(tones or [])],
        "ecg": ecg or [],
        "unread": 0,
    }


def _call(report: dict[str, Any], seconds: float, taken: int = 0) -> figures.Call:
    return figures.call(report, EPOCH, EPOCH, EPOCH + 1000 * seconds, (EPOCH, taken, 40.0))


def test_pictures_count_once_and_a_freeze_is_seen() -> None:
    stamps = [float(at) for at in range(0, 19_900, 40) if not 8_000 < at < 8_700]
    found = _call(_report(stamps + stamps[-1:], 50), 20)
    assert found.pictures == len(stamps)
    assert found.freezes == 1
    assert found.picture_gap_s == pytest.approx(0.72, abs=0.03)
    assert (found.p50, found.p95) == (50, 50)
    assert found.fps == pytest.approx(25 * 14.25 / 15, abs=0.3)


def test_a_picture_that_stays_until_the_end_is_a_freeze() -> None:
    found = _call(_report([float(at) for at in range(0, 4_000, 40)], 50), 20)
    assert found.freezes == 1
    assert found.picture_gap_s == pytest.approx(16, abs=0.1)
    assert found.fps == 0


def test_where_no_picture_came_nothing_is_claimed() -> None:
    found = _call(_report([], 0), 20)
    assert (found.fps, found.p50, found.p95, found.freezes) == (None, None, None, None)
    assert (found.picture_gap_s, found.voice_gap) == (20, 20_000)


def test_a_voice_that_ends_is_a_gap_until_the_end() -> None:
    heard = [40.0 * n for n in range(100)]
    assert _call(_report([], 0, heard), 20).voice_gap == pytest.approx(20_000 - heard[-1])
    assert _call(_report([], 0, [*heard, *(at + 4_300 for at in heard)]), 8.3).voice_gap == pytest.approx(340)


def test_ecg_that_never_came_is_infinitely_late() -> None:
    came = [[EPOCH + 40 * n + 80, n] for n in range(500) if n % 40]
    found = _call(_report([], 0, None, came), 20, 500)
    assert found.ecg_complete == pytest.approx(487 / 500)
    assert found.ecg_p50 == 80
    assert found.ecg_p99 == math.inf


def test_what_was_not_measured_is_null_with_its_reason() -> None:
    call = _call(_report([float(at) for at in range(0, 20_000, 40)], 50), 20)
    good = Measured(call, core=0.3, bits=None, first_ms=None, about={})
    runs: bench.Runs = {
        "clean": {"telecart": good, "chromium": "it did not start"},
        "thin": {"telecart": good, "chromium": good},
    }
    told = bench.summary(
        [figure.name for figure in bench.FIGURES], runs, "telecart", bench.Beside(0.25, (300.0, 200.0, 250.0))
    )
    assert told["call_cpu_vs_encode"] == 1.2
    assert told["first_frame_ms"] == 250
    assert told["call_latency_vs_chromium"] is None
    assert told["details"]["not_measured"]["call_latency_vs_chromium"] == "chromium: it did not start"
    assert (told["thin_freezes"], told["thin_p95_vs_chromium"]) == (0, 1)
    assert told["details"]["not_measured"]["k300_voice_gap_ms"] == "not run"
    assert {name for name, value in told.items() if value is None} == set(told["details"]["not_measured"])
    assert "telecart" in bench.table(told)
