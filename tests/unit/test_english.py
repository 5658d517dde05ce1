"""What is said at the bedside has an English of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.english import CLAUSES, english
from drivers.link.ble import words

ROOT = Path(__file__).parents[2]
SAYING = [
    *ROOT.glob("drivers/link/**/*.py"),
    *(ROOT / "drivers/codec" / name for name in ("user_control.py", "record_access.py")),
    ROOT / "edge/door/device_desk.py",
]
FRENCH = re.compile(r"[éèàçêùîÉÀ]|\b(?:le|la|les|une?|des|pas|rien|vous)\b")


def said() -> Iterator[str]:
    """Every string of the links and dialogues that is French, docstrings and comments aside."""
    for path in SAYING:
        tree = ast.parse(path.read_text())
        documentation = {
            id(statement.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            for statement in node.body
            if isinstance(statement, ast.Expr)
        }
        strings = (
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        )
        yield from (text for text in strings if FRENCH.search(text) and " " in text.strip())


def test_there_is_french_to_find() -> None:
    assert len(set(said())) > 30
    assert words.FORGOTTEN in set(said())


@pytest.mark.parametrize("line", sorted(set(said())))
def test_every_line_of_a_link_or_dialogue_has_its_english(line: str) -> None:
    assert not FRENCH.search(english(line))


@pytest.mark.parametrize(("french", "other"), CLAUSES.items())
def test_a_clause_is_french_on_one_side_and_english_on_the_other(french: str, other: str) -> None:
    assert other
    assert not FRENCH.search(other)
    assert french.endswith(".") == other.endswith(".")


def test_the_name_of_the_device_stays() -> None:
    assert english(f"Tensiomètre : {words.FORGOTTEN}") == "Tensiomètre : has forgotten the cart: pair it again."
