"""docs/hazards.md and docs/threats.md against the tests that carry their rows.

``python -m tests.hazard_tables`` writes the state of every row from the markers; tests/unit/test_hazard_tables.py fails
where the tables and the markers differ.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = (ROOT / "docs/hazards.md", ROOT / "docs/threats.md")
NOT_REACHED = "not reached yet"
CONTROLLED = "controlled: "

_ROW = re.compile(r"^\| *(?P<row>[HT]\d+) *\|(?P<hazard>[^|]*)\|(?P<control>[^|]*)\|(?P<state>[^|]*)\|$")
_TEST = re.compile(r"`([^`]+)`")


@dataclasses.dataclass(frozen=True, slots=True)
class Marked:
    """A test (``path::name`` from the root of the project) that carries the marker of ``row``."""

    row: str
    test: str
    has_switch: bool


def rows(table: str) -> dict[str, str]:
    """The state of each row of a table's text. Raises ValueError for a row that stands twice or lacks a cell."""
    found: dict[str, str] = {}
    for line in table.splitlines():
        if not re.match(r"^\| *[HT]\d", line):
            continue
        row = _ROW.match(line)
        if row is None:
            raise ValueError(f"not a row of four cells: {line}")
        if row["row"] in found:
            raise ValueError(f"{row['row']} stands twice")
        if not row["hazard"].strip() or not row["control"].strip():
            raise ValueError(f"{row['row']} has an empty cell")
        found[row["row"]] = row["state"].strip()
    return found


def named_tests(state: str) -> set[str]:
    """The tests that a state names. Raises ValueError for a state that is neither of the two that exist."""
    if state == NOT_REACHED:
        return set()
    tests = set(_TEST.findall(state)) if state.startswith(CONTROLLED) else set()
    if not tests:
        raise ValueError(f"a row is '{CONTROLLED}`test`, ...' or '{NOT_REACHED}', not '{state}'")
    return tests


def _markers(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, bool]]:
    for call in (inner for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Call)):
        if ast.unparse(call.func) == "pytest.mark.hazard" and call.args and isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value), any(keyword.arg == "without" for keyword in call.keywords)


def _marks_of_body(body: Iterable[ast.stmt]) -> list[tuple[str, bool]]:
    """What ``pytestmark = ...`` at the head of a module or class gives to all its tests."""
    assigned = (
        node.value for node in body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    )
    return list(_markers(assigned))


def marked_in(source: str, path: str) -> Iterator[Marked]:
    """The marked tests of one test module."""
    pending: list[tuple[ast.Module | ast.ClassDef, str, list[tuple[str, bool]]]] = [(ast.parse(source), path, [])]
    while pending:
        scope, name, inherited = pending.pop()
        marks = [*inherited, *_marks_of_body(scope.body)]
        for node in scope.body:
            if isinstance(node, ast.ClassDef):
                pending.append((node, f"{name}::{node.name}", [*marks, *_markers(node.decorator_list)]))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                for row, has_switch in {*marks, *_markers(node.decorator_list)}:
                    yield Marked(row, f"{name}::{node.name}", has_switch)


def marked_tests(root: Path = ROOT) -> list[Marked]:
    """Every marked test of the project, in a stable order."""
    return sorted(
        (
            marked
            for path in (root / "tests").rglob("test_*.py")
            for marked in marked_in(path.read_text(), path.relative_to(root).as_posix())
        ),
        key=lambda marked: (marked.row, marked.test),
    )


def differences(tables: Mapping[str, str], marked: Iterable[Marked]) -> list[str]:
    """What is wrong, in plain lines. ``tables`` is the state of every row of every table."""
    wrong: list[str] = []
    tests: dict[str, set[str]] = {}
    for mark in marked:
        tests.setdefault(mark.row, set()).add(mark.test)
        if mark.row not in tables:
            wrong.append(f"{mark.test} is marked {mark.row}, which is no row of any table")
        if not mark.has_switch:
            wrong.append(f"{mark.test} is marked {mark.row} and does not say how that control is switched off")
    for row, state in tables.items():
        try:
            named = named_tests(state)
        except ValueError as exc:
            wrong.append(f"{row}: {exc}")
            continue
        carried = tests.get(row, set())
        wrong += [f"{row} names {test}, which is no test marked {row}" for test in sorted(named - carried)]
        wrong += [f"{row} does not name {test}, which is marked {row}" for test in sorted(carried - named)]
    return wrong


def with_states(table: str, marked: Iterable[Marked]) -> str:
    """The table's text with the state of every row as the markers have it."""
    tests: dict[str, list[str]] = {}
    for mark in marked:
        tests.setdefault(mark.row, []).append(f"`{mark.test}`")
    lines = []
    for line in table.splitlines():
        if row := _ROW.match(line):
            named = tests.get(row["row"])
            state = CONTROLLED + ", ".join(named) if named else NOT_REACHED
            lines.append(f"| {row['row']} |{row['hazard']}|{row['control']}| {state} |")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    marked = marked_tests()
    for table in TABLES:
        table.write_text(with_states(table.read_text(), marked))
        print(f"wrote {table.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
