"""docs/hazards.md and docs/threats.md say of every row either which tests prove its control, or that it has none yet."""

from __future__ import annotations

import pytest

from tests import hazard_tables as ht


def every_row() -> dict[str, str]:
    tables: dict[str, str] = {}
    for table in ht.TABLES:
        tables |= ht.rows(table.read_text())
    return tables


def test_every_hazard_and_threat_has_its_row() -> None:
    assert list(every_row()) == [f"H{n}" for n in range(1, 26)] + [f"T{n}" for n in range(1, 22)]


def test_the_tables_are_what_the_tests_prove() -> None:
    assert ht.differences(every_row(), ht.marked_tests()) == [], "to write the tables: python -m tests.hazard_tables"


MODULE = """
import pytest
pytestmark = pytest.mark.hazard("H1", without="c:all")

@pytest.mark.hazard("H2", without="c:one")
@pytest.mark.slow
async def test_one(): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.hazard("H3"))])
def test_two(x): ...

@pytest.mark.hazard("H4", without="c:four")
class TestThree:
    def test_four(self): ...
    def not_a_test(self): ...
"""


def test_markers_are_found_on_functions_classes_parameters_and_modules() -> None:
    found = {(marked.row, marked.test.partition("::")[2], marked.has_switch) for marked in ht.marked_in(MODULE, "t.py")}
    assert found == {
        ("H1", "test_one", True),
        ("H2", "test_one", True),
        ("H1", "test_two", True),
        ("H3", "test_two", False),
        ("H1", "TestThree::test_four", True),
        ("H4", "TestThree::test_four", True),
    }


PROVEN = ht.Marked("H1", "t.py::test_one", has_switch=True)


@pytest.mark.parametrize(
    ("state", "marked", "wrong"),
    [
        ("not reached yet", [], ""),
        ("controlled: `t.py::test_one`", [PROVEN], ""),
        ("controlled: `t.py::test_one`", [], "which is no test marked H1"),
        ("controlled: `t.py::test_one`, `t.py::test_two`", [PROVEN], "H1 names t.py::test_two"),
        ("not reached yet", [PROVEN], "does not name t.py::test_one"),
        ("controlled", [], "not 'controlled'"),
        ("safe", [], "not 'safe'"),
        ("controlled: `t.py::test_one`", [ht.Marked("H1", "t.py::test_one", has_switch=False)], "switched off"),
        ("not reached yet", [ht.Marked("H99", "t.py::test_one", has_switch=True)], "H99, which is no row"),
    ],
)
def test_each_difference_is_told(state: str, marked: list[ht.Marked], wrong: str) -> None:
    found = ht.differences({"H1": state}, marked)
    assert len(found) == bool(wrong)
    assert wrong in "".join(found)


def test_a_row_cannot_stand_twice_or_be_half_empty() -> None:
    with pytest.raises(ValueError, match="twice"):
        ht.rows("| H1 | a | b | not reached yet |\n| H1 | a | b | not reached yet |")
    with pytest.raises(ValueError, match="empty"):
        ht.rows("| H1 | a | | not reached yet |")
    with pytest.raises(ValueError, match="four cells"):
        ht.rows("| H1 | a | b |")


def test_written_tables_have_no_differences() -> None:
    text = ht.with_states("# t\n\n| H1 | a | b | x |\n| H2 | a | b | x |\n", [PROVEN])
    assert ht.rows(text) == {"H1": "controlled: `t.py::test_one`", "H2": "not reached yet"}
    assert ht.differences(ht.rows(text), [PROVEN]) == []
