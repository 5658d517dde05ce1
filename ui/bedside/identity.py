"""The lines of the identity banner: pure layout in which nothing that identifies is ever cut without a sign (H14)."""

from __future__ import annotations

import dataclasses

from rich.cells import cell_len

from ui.bedside.locales import Words
from ui.bedside.views import ResidentView
from ui.bedside.wrapping import wrap

NAME_ROWS = 6
DETAIL_ROWS = 2
ALLERGY_ROWS = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """``left`` and ``right`` of one row; ``right`` touches the right edge."""

    left: str
    right: str = ""
    strong: bool = False
    more: bool = False


def lines(resident: ResidentView | None, words: Words, width: int) -> tuple[Line, ...]:
    """At least three rows of at most ``width`` cells; rows marked ``more`` say that a touch shows what did not fit."""
    if resident is None:
        hint = wrap(words.nobody_hint, width)
        return (Line(words.nobody, strong=True), *(Line(row) for row in hint), *[Line("")] * (2 - len(hint)))
    return (
        *_names(resident, words, width),
        *_capped(" · ".join((resident.birth, resident.sex, resident.identity)), words, width, DETAIL_ROWS),
        *_allergies(resident.allergies, words, width),
    )


def _names(resident: ResidentView, words: Words, width: int) -> list[Line]:
    name = f"{resident.name}  ({resident.used})" if resident.used else resident.name
    if cell_len(name) + 3 + cell_len(resident.room) <= width:
        return [Line(name, resident.room, strong=True)]
    rows = _capped(name, words, width, NAME_ROWS, strong=True)
    last = rows[-1]
    if not last.more and cell_len(last.left) + 3 + cell_len(resident.room) <= width:
        return [*rows[:-1], dataclasses.replace(last, right=resident.room)]
    return [*rows, *_capped(resident.room, words, width, 1, strong=True)]


def _capped(text: str, words: Words, width: int, most: int, *, strong: bool = False) -> list[Line]:
    rows = wrap(text, width)
    if len(rows) <= most:
        return [Line(row, strong=strong) for row in rows]
    return [
        *(Line(row, strong=strong) for row in rows[: most - 1]),
        Line(_shortened(rows[most - 1], words.see_all.format("…"), width), strong=strong, more=True),
    ]


def _shortened(row: str, sign: str, width: int) -> str:
    """As much of ``row`` as leaves room for the sign that there is more."""
    room = max(width - cell_len(sign) - 1, 0)
    while cell_len(row) > room:
        row = row[:-1]
    return f"{row} {sign}".strip() if width >= cell_len(sign) else "…"[:width]


def _allergies(allergies: tuple[str, ...] | None, words: Words, width: int) -> list[Line]:
    if allergies is None:
        return [Line(row, strong=True) for row in wrap(words.allergies_unknown, width)]
    if not allergies:
        return [Line(row, strong=True) for row in wrap(words.allergies_none, width)]
    whole = wrap(words.allergies + " · ".join(allergies), width)
    if len(whole) <= ALLERGY_ROWS:
        return [Line(row, strong=True) for row in whole]
    for shown in range(len(allergies) - 1, 0, -1):
        sign = words.see_all.format(f"+{len(allergies) - shown}")
        rows = wrap(f"{words.allergies}{' · '.join(allergies[:shown])}  {sign}", width)
        if len(rows) <= ALLERGY_ROWS:
            return [*(Line(row, strong=True) for row in rows[:-1]), Line(rows[-1], strong=True, more=True)]
    return _capped(words.allergies + " · ".join(allergies), words, width, ALLERGY_ROWS, strong=True)
