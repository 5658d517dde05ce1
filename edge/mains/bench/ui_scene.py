"""The bedside screen under measurement: `telecart ui` as it is, on a terminal of 106 by 33 cells, behind edge's own door."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from edge.door import messages as m
from edge.mains.bench.figure import Unmeasured
from edge.mains.bench.ui_terminal import COLUMNS, ROWS, Door, Terminal
from edge.mains.children import telecart

PAGES: Final = 5
BAR: Final = ROWS - 3
"""A row of the fixed buttons."""

VITALS, ECG = 1, 2
APART: Final = 0.42
"""Seconds between two taps: sooner is taken for the same finger."""

QUIET: Final = 0.09
"""Seconds without a byte after which a screen is complete."""

_WHOLE_PAGE: Final = 1000
"""Bytes: less is no new page."""

_JEANNE: Final = m.ResidentCard(
    id="r-214", birth_name="BENCH", given_names="Jeanne", used_name="BANC", birth_date="1938-03-12", sex="F", room="214",
    identity_status="qualifiee", allergies=("Pénicilline", "Arachide"),
)  # fmt: skip


def _value(name: str, value: str, unit: str) -> m.Value:
    return m.Value(name=name, value=value, unit=unit)


def _item(number: int, kind: str, device: str, *values: m.Value) -> m.ItemCard:
    return m.ItemCard(
        item_id=f"item-{number}", kind=kind, device=device, model="bench", taken="2026-11-20T14:30:00Z", age_seconds=40.0,
        values=values, state="kept",
    )  # fmt: skip


_ITEMS: Final = (
    _item(1, "blood_pressure", "Brassard", _value("systolic", "142", "mm[Hg]"), _value("diastolic", "85", "mm[Hg]")),
    _item(2, "spo2", "Oxymètre", _value("spo2", "94", "%"), _value("pulse_rate", "76", "/min")),
    _item(3, "temperature", "Thermomètre", _value("temperature", "38.4", "Cel")),
    _item(4, "weight", "Balance", _value("weight", "62.4", "kg")),
    _item(5, "glucose", "Lecteur de glycémie", _value("glucose", "5.6", "mmol/L")),
)
SCENE: Final = m.Snapshot(
    cart="Borne 3", demo=True, clock="2026-11-20T14:32:00+01:00", resident=_JEANNE, encounter_id="e-1", items=_ITEMS,
    residents=(_JEANNE,), waiting=m.Waiting(kept=5, oldest_seconds=300, last_received_seconds=70),
)  # fmt: skip


@contextlib.asynccontextmanager
async def bedside(program: str = "", *more: str) -> AsyncIterator[tuple[Terminal, Door]]:
    """The screen at its first page, complete: `telecart ui`, or a ``program`` for a Python of its own, which is given the door."""
    with tempfile.TemporaryDirectory(prefix="telecart-bench-") as made:
        folder = Path(made)
        door = Door(folder / "door.sock", SCENE)
        async with door.open(), Terminal(_argv(folder, program, more)) as terminal:
            await door.visited()
            await terminal.frame("BENCH")
            await terminal.rest(0.5)
            yield terminal, door


def command(folder: Path) -> list[str]:
    (folder / "telecart.toml").write_text(f'data = "{folder}"\n', encoding="utf-8")
    return telecart(folder / "telecart.toml", "ui")


async def turn(terminal: Terminal, page: int) -> float:
    """Seconds from the tap on the fixed button to the last byte of the page. Raises Unmeasured."""
    begin, heard = time.perf_counter(), terminal.heard
    await terminal.tap((2 * page + 1) * COLUMNS // (2 * PAGES), BAR)
    await terminal.more_than(heard)
    ended = await terminal.rest(QUIET)
    if terminal.heard - heard < _WHOLE_PAGE:
        raise Unmeasured(f"a tap on the fixed button {page + 1} brings no page here")
    return ended - begin


def _argv(folder: Path, program: str, more: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-c", program, str(folder / "door.sock"), *more] if program else command(folder)
