"""The tooling of docs/hazards.md itself: it has to catch a test that passes with its control switched off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CONTROL = """
def limit(value):
    return min(value, 10)
"""

SWITCHES = """
import control

def no_limit(monkeypatch):
    monkeypatch.setattr(control, "limit", lambda value: value)

def wrong_name(monkeypatch):
    monkeypatch.setattr(control, "limits", lambda value: value)

def breaks_the_test(monkeypatch):
    monkeypatch.setattr(control, "limit", None)
"""

HEAD = """
import pytest
import control

"""


def run(folder: Path, tests: str, *options: str) -> tuple[int, str]:
    """A project of its own with ``tests``, run by pytest: exit status and what it printed."""
    (folder / "control.py").write_text(CONTROL)
    (folder / "switches.py").write_text(SWITCHES)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (folder / "test_it.py").write_text(HEAD + tests)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.hazard_plugin", "-p", "no:cacheprovider", "-rA", *options],
        cwd=folder,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


PROVES = """
@pytest.mark.hazard("H1", without="switches:no_limit")
def test_proves():
    assert control.limit(20) == 10
"""

PROVES_NOTHING = """
@pytest.mark.hazard("H1", without="switches:no_limit")
def test_proves_nothing():
    assert control.limit(5) == 5
"""


@pytest.mark.parametrize("tests", [PROVES, PROVES_NOTHING])
def test_both_pass_with_the_control_on(tmp_path: Path, tests: str) -> None:
    status, said = run(tmp_path, tests, "-m", "hazard")
    assert status == 0, said


def test_a_test_that_fails_without_its_control_is_a_proof(tmp_path: Path) -> None:
    status, said = run(tmp_path, PROVES, "-m", "hazard", "--controls-off")
    assert status == 0, said
    assert "PASSED test_it.py::test_proves[without-H1]" in said


def test_a_test_that_passes_without_its_control_fails_the_run(tmp_path: Path) -> None:
    status, said = run(tmp_path, PROVES + PROVES_NOTHING, "-m", "hazard", "--controls-off")
    assert status == 1, said
    assert "FAILED test_it.py::test_proves_nothing[without-H1]" in said
    assert "the test still passes" in said
    assert "PASSED test_it.py::test_proves[without-H1]" in said


def test_the_control_is_back_on_for_the_next_test(tmp_path: Path) -> None:
    other = "@pytest.mark.hazard('H2', without='switches:no_limit')\ndef test_two(): assert control.limit(30) == 10\n"
    status, said = run(tmp_path, PROVES + other, "--controls-off")
    assert status == 0, said
    assert "2 passed" in said


def test_each_marker_of_a_test_is_proved_by_itself(tmp_path: Path) -> None:
    twice = '@pytest.mark.hazard("H2", without="switches:breaks_the_test")' + PROVES
    status, said = run(tmp_path, twice, "--controls-off")
    assert status == 1, said
    assert "PASSED test_it.py::test_proves[without-H1]" in said
    assert "FAILED test_it.py::test_proves[without-H2]" in said
    assert "the switch broke the test" in said


@pytest.mark.parametrize(
    ("marker", "why"),
    [
        ('@pytest.mark.hazard("H1")', "does not say how its control is switched off"),
        ('@pytest.mark.hazard("H1", without="switches:wrong_name")', "has no attribute 'limits'"),
        ('@pytest.mark.hazard("H1", without="switches:nowhere")', "has no attribute 'nowhere'"),
        ('@pytest.mark.hazard("H1", without="nowhere:no_limit")', "No module named 'nowhere'"),
        ('@pytest.mark.hazard(without="switches:no_limit")', "names one row"),
    ],
)
def test_a_control_that_cannot_be_switched_off_is_an_error(tmp_path: Path, marker: str, why: str) -> None:
    status, said = run(tmp_path, marker + "\ndef test_it(): assert control.limit(20) == 10\n", "--controls-off")
    assert status != 0, said
    assert why in said


def test_what_fails_before_the_test_itself_is_no_proof(tmp_path: Path) -> None:
    tests = """
@pytest.fixture
def limited():
    assert control.limit(20) == 10

@pytest.mark.hazard("H1", without="switches:no_limit")
def test_it(limited):
    pass
"""
    status, said = run(tmp_path, tests, "--controls-off")
    assert status == 1, said
    assert "ERROR test_it.py::test_it[without-H1]" in said


def test_other_tests_do_not_run_with_controls_off(tmp_path: Path) -> None:
    status, said = run(tmp_path, PROVES + "\ndef test_other(): assert False\n", "--controls-off")
    assert status == 0, said
    assert "1 deselected" in said
