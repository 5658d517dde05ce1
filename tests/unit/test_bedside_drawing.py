"""The pure drawing of the bedside screen: lines, the identity banner, big digits, the curve."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len

from ui.bedside import braille, digits, identity
from ui.bedside.locales import Words
from ui.bedside.standing_views import SlotView, StatusView
from ui.bedside.views import ResidentView
from ui.bedside.widgets.frame import fitted
from ui.bedside.wrapping import wrap

WORDS = Words()
names = st.text(alphabet="ABCÉÜ 漢-'", min_size=1, max_size=100).filter(str.strip)


def _resident(name: str = "DUPONT Jeanne", used: str = "", allergies: tuple[str, ...] | None = None) -> ResidentView:
    return ResidentView(
        id="r",
        name=name,
        surname=name,
        given="",
        used=used,
        room="Ch. 214",
        birth="Née le 12/03/1938 (88 ans)",
        sex="Femme",
        identity="INS qualifiée",
        it_is="",
        allergies=allergies,
    )


@given(st.text(alphabet="ab 漢", max_size=200), st.integers(2, 60))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(
    names,
    st.one_of(st.just(""), names),
    st.one_of(st.none(), st.lists(names, min_size=0, max_size=50)),
    st.integers(40, 200),
)
def test_no_row_of_the_banner_is_wider_than_the_display_and_nothing_is_cut_without_a_sign(
    name: str, used: str, allergies: list[str] | None, width: int
) -> None:
    held = None if allergies is None else tuple(allergies)
    rows = identity.lines(_resident(name, used, held), WORDS, width)
    assert len(rows) >= 3
    for row in rows:
        gap = 1 if row.right else 0
        assert cell_len(row.left) + gap + cell_len(row.right) <= width
    shown = "".join((row.left + row.right).replace(" ", "") for row in rows)
    whole = name + used + "".join(held or ())
    if not any(row.more for row in rows):
        assert all(part.replace(" ", "") in shown for part in (name, used, *(held or ())))
    assert whole
    assert ("nonrenseignées" in shown) == (held is None)
    assert ("Aucuneallergieconnue" in shown) == (held == ())


def test_how_many_allergies_are_not_shown() -> None:
    rows = identity.lines(_resident(allergies=tuple(f"ALLERGÈNE {n}" for n in range(20))), WORDS, 80)
    last = rows[-1]
    shown = sum(row.left.count("ALLERGÈNE") for row in rows)
    assert last.more
    assert f"+{20 - shown} - toucher pour tout lire" in " ".join(row.left for row in rows)


@pytest.mark.parametrize("text", ["0123456789", "142/85", "36,6", "—", "—/79"])
def test_digits_are_five_rows_high_in_two_sizes(text: str) -> None:
    wide, narrow = digits.draw(text, 200), digits.draw(text, 5 * len(text) + 1)
    assert wide is not None
    assert narrow is not None
    assert len(wide) == len(narrow) == digits.ROWS
    assert len({len(row) for row in wide}) == 1
    assert len(narrow[0]) <= len(wide[0])


def test_digits_that_look_alike_do_not() -> None:
    for width in (6, 4):
        drawn = [digits.draw(str(digit), width) for digit in range(10)]
        assert None not in drawn
        assert len(set(drawn)) == 10


def test_a_number_without_room_or_glyph_is_plain_text() -> None:
    assert digits.draw("142/85", 20) is None
    assert digits.draw("12x", 100) is None
    assert digits.draw("", 100) is None
    assert digits.plain("142/85", 20) == "142/85"
    assert digits.plain("142/85", 4) == "142…"


def _levels(rows: tuple[str, ...]) -> set[int]:
    """Heights, in dots from the top, at which something is drawn."""
    # Unicode 15 chapter 21.1: dots 1 2 3 7 stand in the left column from the top, 4 5 6 8 in the right one
    order = ((0, 3), (1, 4), (2, 5), (6, 7))
    return {
        4 * y + level
        for y, row in enumerate(rows)
        for cell in row
        if cell != " "
        for level, (left, right) in enumerate(order)
        if (ord(cell) - 0x2800) >> left & 1 or (ord(cell) - 0x2800) >> right & 1
    }


def test_a_peak_of_one_sample_is_not_lost() -> None:
    flat = [0.0] * 10_000
    flat[4321] = 2.0
    assert 0 in _levels(braille.curve(flat, 80, 10, calibrate=False))


def test_the_calibration_pulse_is_one_millivolt_high() -> None:
    values = [3.0 if step == 900 else -1.0 if step == 950 else 0.0 for step in range(1000)]
    rows = braille.curve(values, 80, 10)
    pulse = tuple(row[: braille.PULSE_CELLS] for row in rows)
    height = max(_levels(pulse)) - min(_levels(pulse))
    # 40 rows of dots from 3 mV to -1 mV
    assert height == pytest.approx(39 / 4, abs=1)


@pytest.mark.parametrize(
    "values", [(), (0.0,), (math.pi,) * 7, (-5.0, 5.0), (-2.0,), (-1.0, 0.3), (None, None), (None, 1.0)]
)
def test_a_curve_fills_exactly_its_rectangle(values: tuple[float | None, ...]) -> None:
    for columns, rows in ((80, 10), (3, 1), (0, 0)):
        lines = braille.curve(values, columns, rows)
        assert [len(line) for line in lines] == [columns] * rows


def test_the_status_line_shortens_then_leaves_out_whole_slots_and_never_what_is_required() -> None:
    slots = (
        SlotView("○ HORS LIGNE depuis 2 j 03 h", "○ HORS LIGNE 2 j"),
        SlotView("↑ 14 à envoyer (2 j)", "↑ 14 (2 j)"),
        SlotView("IDE C. LEROY", rank=1),
        SlotView("▮▮▮▯ 82 %", "82 %", 3),
        SlotView("Borne 1", rank=4),
    )
    status = StatusView(slots, "10:00")
    assert [" ".join(fitted(status, width).split()) for width in (120, 85)] == [
        "○ HORS LIGNE depuis 2 j 03 h ↑ 14 à envoyer (2 j) IDE C. LEROY ▮▮▮▯ 82 % Borne 1 10:00",
        "○ HORS LIGNE depuis 2 j 03 h ↑ 14 (2 j) IDE C. LEROY 82 % Borne 1 10:00",
    ]
    for width, kept, gone in (
        (66, "10:00", "Borne"),
        (55, "10:00", "82 %"),
        (48, "LEROY", "10:00"),
        (32, "↑ 14 (2 j)", "LEROY"),
    ):
        row = fitted(status, width)
        assert row.startswith("○ HORS LIGNE 2 j   ↑ 14 (2 j)")
        assert kept in row
        assert gone not in row
        assert len(row) == width
