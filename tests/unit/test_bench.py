"""`telecart bench`: what it prints. How fast anything is, is measured there and never in a test."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from edge.mains.bench.figure import percentile
from edge.mains.bench.run import FIGURES, as_lines


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.cli", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_one_figure_is_one_json_object_and_nothing_else() -> None:
    done = bench("--json", "--only", "decode_core_share")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(found) == {"decode_core_share", "details"}
    assert 0 < found["decode_core_share"] < 1
    details = found["details"]["decode_core_share"]
    assert details["peer"]["core_share"] > 0
    assert details["limit"] == 0.01
    assert set(details["parts"]) >= {"ecg_12_leads_500_hz", "nonin-2", "heart-rate", "blood-pressure"}


def test_a_figure_that_there_is_not_is_one_line() -> None:
    done = bench("--json", "--only", "warp")
    assert (done.returncode, done.stdout) == (1, "")
    assert all(name in done.stderr for name in FIGURES)
    assert len(done.stderr.splitlines()) == 1


def test_people_read_each_figure_with_its_limit_and_its_peer() -> None:
    peer = {"name": "another", "seconds": 2.0}
    lines = as_lines({"some_ms": 12.5, "details": {"some_ms": {"limit": 10.0, "held": False, "peer": peer}}})
    assert "NOT HELD" in lines[0]
    assert "peer: another: seconds 2" in lines[1]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == value
