"""What the screen shows in each scene is what was looked at and accepted: the pictures in docs/pictures, text and colours.

Where a scene shall look different from now on: look at the new picture, then keep it with what ACCEPT says.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ui.bedside.drawing import CELL, ROW, kept, svg

FOLDER = Path("docs/pictures")
ACCEPT = "look at it, then keep it with: .venv/bin/python -m ui.bedside.drawing docs/pictures"
KEPT = kept()

_NAME = "{http://www.w3.org/2000/svg}"
_RULE = re.compile(r"\.terminal-\d+-(\w+) \{([^}]*)\}")


def cells(picture: str) -> dict[tuple[int, int], list[str]]:
    """By row and column: the area's colour, then what stands there (a letter, an upper or lower half) and how it is drawn."""
    root = ET.fromstring(picture)
    styles = {name: " ".join(rule.split()) for name, rule in _RULE.findall("".join(root.itertext()))}
    found: dict[tuple[int, int], list[str]] = {}
    for one in root.iter():
        if one.tag not in {f"{_NAME}text", f"{_NAME}rect"} or not (one.get("fill") or one.get("class")):
            continue
        style = styles.get((one.get("class") or "").rpartition("-")[2], one.get("fill", ""))
        half, column = round(float(one.get("y", "0")) / ROW * 2), round(float(one.get("x", "0")) / CELL)
        if one.tag == f"{_NAME}text":
            # its baseline lies in its row
            row, said = int(float(one.get("y", "0")) / ROW), (one.text or "").replace("\xa0", " ")
        else:
            row, whole = half // 2, float(one.get("height", "0")) > ROW * 0.75
            said = ("█" if whole else "▀▄"[half % 2]) * round(float(one.get("width", "0")) / CELL)
        for place, letter in enumerate(said, column):
            if letter != " ":
                found.setdefault((row, place), []).append(f"{letter} {style}")
    return found


def first_difference(now: str, then: str) -> str:
    """One line of what ``now`` shows otherwise than ``then``; "" for nothing."""
    new, old = cells(now), cells(then)
    differing = sorted(place for place in {*new, *old} if new.get(place) != old.get(place))
    if not differing:
        return ""
    row, column = differing[0]
    here, there = ("".join(_letter(one, row, at) for at in range(column, 300)).rstrip()[:40] for one in (new, old))
    seen = (
        f"{there!r} became {here!r}" if here != there else f"{old.get((row, column))} became {new.get((row, column))}"
    )
    return f"{len(differing)} cells differ, the first in row {row}, column {column}: {seen}"


def _letter(of: dict[tuple[int, int], list[str]], row: int, column: int) -> str:
    letter = of.get((row, column), [" "])[-1][0]
    return " " if letter == "█" else letter


@pytest.mark.slow
@pytest.mark.parametrize("name", KEPT)
async def test_a_scene_looks_as_it_was_accepted(tmp_path: Path, name: str) -> None:
    path = FOLDER / name
    drawn = await svg(*KEPT[name])
    (tmp_path / name).write_text(drawn, encoding="utf-8")
    then = path.read_text(encoding="utf-8") if path.exists() else "<svg/>"
    if differs := first_difference(drawn, then):
        pytest.fail(f"{tmp_path / name}: {differs} - {ACCEPT}", pytrace=False)


def test_each_kept_picture_is_of_a_scene() -> None:
    strays = {path.name for path in FOLDER.glob("bedside-*.svg")} - set(KEPT)
    assert not strays, f"{sorted(strays)} - {ACCEPT}"


@pytest.mark.slow
async def test_a_changed_word_and_a_changed_colour_are_seen() -> None:
    drawn = await svg("home")
    assert first_difference(drawn, drawn) == ""
    assert "CONSTANTES" in drawn
    assert "became" in first_difference(drawn.replace("CONSTANTES", "CONSTANTS", 1), drawn)
    fill = re.search(r"-r2 \{ fill: (#\w{6})", drawn)
    assert fill is not None
    assert fill[1] in first_difference(drawn.replace(fill[1], "#123456"), drawn)
    area = re.search(r'<rect fill="(#\w{6})"', drawn)
    assert area is not None
    assert area[1] in first_difference(drawn.replace(area[0], '<rect fill="#123456"', 1), drawn)
