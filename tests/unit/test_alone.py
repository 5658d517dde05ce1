"""What is tried again alone after a run of many, and what stays a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import alone

STEADY = "def test_it():\n    assert True\n"
BROKEN = "def test_it():\n    assert False\n"
ONCE_IN_TWO = """
from pathlib import Path
def test_it():
    tried = Path("tried")
    tried.touch()
    with tried.open("a") as more:
        more.write("x")
    assert len(tried.read_text()) % 2
"""
OF_A_HAZARD = "import pytest\n@pytest.mark.hazard('H1')\ndef test_it():\n    assert True\n"


def tried_again(folder: Path, source: str, failed: list[str]) -> int:
    (folder / "test_one.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = hazard\n", encoding="utf-8")
    cache = folder / alone.FAILED
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(dict.fromkeys(failed, True)), encoding="utf-8")
    return alone.main()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


OPTION = "def pytest_addoption(parser):\n    parser.addoption('--controls-off', action='store_true')\n"
ONE = ["test_one.py::test_it"]


def test_what_passes_alone_is_named_as_unsteady(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert tried_again(folder, STEADY, ONE) == 0
    assert "unsteady" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("source", "failed"),
    [
        pytest.param(BROKEN, ONE, id="fails alone too"),
        pytest.param(ONCE_IN_TWO, ONE, id="fails alone once in two"),
        pytest.param(OF_A_HAZARD, ONE, id="proves the control of a hazard"),
        pytest.param(STEADY, ["test_one.py"], id="a file that could not be read"),
        pytest.param(STEADY, [f"test_one.py::test_{number}" for number in range(alone.MOST + 1)], id="too many"),
        pytest.param(STEADY, [], id="nothing failed, and yet the run did"),
    ],
)
def test_what_stays_a_failure(folder: Path, source: str, failed: list[str]) -> None:
    assert tried_again(folder, source, failed) == 1


def test_with_the_controls_off_a_test_of_a_hazard_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "conftest.py").write_text(OPTION, encoding="utf-8")
    assert tried_again(folder, OF_A_HAZARD, ONE) == 1
    monkeypatch.setattr("sys.argv", ["alone", alone.CONTROLS_OFF])
    assert tried_again(folder, OF_A_HAZARD, ONE) == 0
    assert tried_again(folder, BROKEN, ONE) == 1
