"""docs/sending-faults.md names tests that exist, every test of the faults, and words that sync really says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/sending-faults.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TABLE.splitlines() if line.startswith("|")][
    2:
]
NAMES = (
    "integration/test_sending_faults",
    "integration/test_sending_lease",
    "integration/test_sending_nonsense",
    "faults/test_sync_kills",
)
OURS = [ROOT / f"tests/{name}.py" for name in NAMES]


def defined_in(path: Path) -> set[str]:
    defined = (
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {f"{path.relative_to(ROOT)}::{one.name}" for one in defined if one.name.startswith("test_")}


def named(row: list[str]) -> set[str]:
    return set(re.findall(r"`(tests/[^`]+)`", row[3]))


def said() -> str:
    """Every text of the modules that speak to far ends, with a blank for what is filled in."""
    texts = []
    for module in [*(ROOT / "sync").rglob("*.py"), ROOT / "edge/domain/delivery.py"]:
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.JoinedStr():
                    texts.append(
                        "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
                    )
                case ast.Constant(value=str(text)):
                    texts.append(text)
    return "\n".join(texts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].split(":")[0])
def test_a_row_names_tests_that_exist_and_words_that_are_said(row: list[str]) -> None:
    assert len(row) == 4
    assert named(row)
    for test in named(row):
        assert test in defined_in(ROOT / test.split("::")[0])
    for words in re.findall(r'"([^"]+)"', row[2]):
        assert words in said(), words


def test_every_test_of_a_fault_has_its_row() -> None:
    assert set().union(*map(defined_in, OURS)) <= set().union(*map(named, ROWS))
