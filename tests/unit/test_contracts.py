"""What the contracts of .importlinter cannot say of themselves."""

from __future__ import annotations

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / ".importlinter"


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(CONTRACTS)
    return parser


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_new_room_has_to_say_where_it_stands() -> None:
    rooms = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(contracts()["importlinter"]["root_packages"].split()) == rooms


def test_every_contract_is_a_sentence() -> None:
    names = [section["name"] for name, section in contracts().items() if name.startswith("importlinter:contract:")]
    assert names
    assert all(len(name.split()) >= 4 and name[0].isupper() for name in names)


@pytest.mark.parametrize("file", sorted((ROOT / "edge/domain").rglob("*.py")), ids=lambda file: file.stem)
def test_the_domain_imports_the_standard_library_only(file: Path) -> None:
    foreign = {name.split(".")[0] for name in imported(file) if not name.startswith("edge.domain")}
    assert foreign <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("room", ["edge", "drivers", "sync", "ui", "firmware_stubs"])
def test_no_module_grows_past_four_hundred_lines(room: str) -> None:
    long = {str(path): len(path.read_text().splitlines()) for path in (ROOT / room).rglob("*.py")}
    assert {path: lines for path, lines in long.items() if lines > 400} == {}


def test_no_room_for_things_without_a_name() -> None:
    nameless = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
    rooms = ("edge", "drivers", "sync", "ui", "firmware_stubs", "tests")
    assert not [path for room in rooms for path in (ROOT / room).rglob("*") if path.stem in nameless]
