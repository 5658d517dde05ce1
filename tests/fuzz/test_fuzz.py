"""The short form of `make fuzz`: every target for a moment, and one that must break."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests import needs
from tests.fuzz.__main__ import fuzz
from tests.fuzz.targets import targets

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _fuzzer() -> None:
    if importlib.util.find_spec("atheris") is None:
        needs.lacking("atheris", "its wheels are for x86-64 with glibc only")


@pytest.mark.parametrize("name", sorted(set(targets()) - {"planted"}))
def test_only_its_own_fault_comes_out(name: str, tmp_path: Path) -> None:
    _, held, what = fuzz(name, 2, tmp_path)
    assert held, what


def test_a_planted_defect_is_found(tmp_path: Path) -> None:
    _, held, what = fuzz("planted", 60, tmp_path)
    assert not held
    assert "IndexError: the planted defect" in what
    assert "input 167c" in what
