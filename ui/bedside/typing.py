"""From keys to values: what a pad holds, and what it asks before it hands it on. Pure.

Nothing is dropped without a sign: a digit too many stands there until a person corrects it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from edge.domain import typed
from edge.domain.quantity import Unit
from edge.domain.typed import Refused, Typed
from ui.bedside.locales import Words

BACK, COMMA, SLASH = "back", ",", "/"

_LONGEST = 5
"""Characters of one number: one digit more than any that is possible has, so that a slip is seen."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pad:
    """What stands on the pad: of which sheet, for which encounter, and whether the question of what is unusual is asked."""

    sheet: str = "blood_pressure"
    encounter_id: str = ""
    text: str = ""
    asking: str = ""
    wrong: str = ""

    @property
    def numbers(self) -> int:
        return len(typed.SHEETS[self.sheet][1])

    @property
    def has_comma(self) -> bool:
        return any(entry.places for entry in typed.SHEETS[self.sheet][1])


def press(pad: Pad, key: str) -> Pad:
    """After ``key``: a digit, COMMA, SLASH or BACK. One that makes no sense where it stands changes nothing."""
    pad = dataclasses.replace(pad, asking="", wrong="")
    parts = pad.text.split(SLASH)
    last = parts[-1]
    match key:
        case "back":
            return dataclasses.replace(pad, text=pad.text[:-1])
        case ",":
            fits = pad.has_comma and last != "" and COMMA not in last
        case "/":
            fits = len(parts) < pad.numbers and last != ""
        case _:
            fits = key.isdigit() and len(last) < _LONGEST
    return dataclasses.replace(pad, text=pad.text + key) if fits else pad


def values(sheet: str, numbers: Sequence[str]) -> tuple[Typed, ...]:
    """In the units of the sheet."""
    entries = typed.SHEETS[sheet][1]
    return tuple(
        Typed(entry.name, number.replace(COMMA, "."), entry.unit)
        for entry, number in zip(entries, numbers, strict=True)
    )


def check(pad: Pad, words: Words) -> tuple[Pad, tuple[Typed, ...] | None]:
    """What OK does: the values where they can be handed on, else the pad with a question or with what is wrong."""
    numbers = pad.text.rstrip(COMMA).split(SLASH)
    if len(numbers) != pad.numbers or "" in numbers:
        return dataclasses.replace(pad, wrong=words.typed_unfinished if pad.numbers > 1 else ""), None
    found = values(pad.sheet, numbers)
    try:
        parts = typed.parse(pad.sheet, found)
    except Refused:
        what = words.tiles[pad.sheet]
        return dataclasses.replace(pad, wrong=words.typed_impossible.format(what, pad.text)), None
    if typed.unusual(pad.sheet, parts):
        return dataclasses.replace(pad, asking=question(pad, words)), found
    return pad, found


def question(pad: Pad, words: Words) -> str:
    unit = unit_of(pad.sheet, words)
    return words.typed_question.format(words.tiles[pad.sheet], f"{pad.text} {unit}".strip())


def unit_of(sheet: str, words: Words) -> str:
    unit: Unit = typed.SHEETS[sheet][1][0].unit
    return words.units.get(unit, unit.value)
