"""Invented typed values and an invented score, for pictures and tests: they are nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from edge.door import messages as m
from ui.bedside.messages import Act, Go
from ui.bedside.typed_acts import Observe, OpenSheet, PadEnter, PadKey
from ui.bedside.views import Page


def _typed(number: int, kind: str, age: float, name: str, value: str, unit: str) -> m.ItemCard:
    return m.ItemCard(
        item_id=f"item-{number}",
        kind=kind,
        device="Saisie",
        model="typed",
        taken="2026-11-20T14:30:00Z",
        age_seconds=age,
        values=(m.Value(name=name, value=value, unit=unit),),
        quality=("typed",),
    )


TYPED = (
    _typed(21, "consciousness", 50, "consciousness", "C", "{ACVPU}"),
    _typed(22, "oxygen", 30, "oxygen_flow", "0", "L/min"),
    _typed(23, "pain", 600, "algoplus", "3", "{score}"),
    _typed(24, "respiration", 10, "respiratory_rate", "22", "/min"),
)
"""What a person said of the resident."""


def _part(part: str, points: int, name: str, value: str, unit: str, age: float = 60.0) -> m.News2Part:
    return m.News2Part(part=part, points=points, value=m.Value(name=name, value=value, unit=unit), age_seconds=age)


SCORED = m.News2Card(
    enabled=True,
    parts=(
        _part("respiration", 2, "respiratory_rate", "22", "/min"),
        _part("spo2", 1, "spo2", "94", "%"),
        _part("oxygen", 0, "oxygen_flow", "0", "L/min"),
        _part("systolic", 0, "systolic", "142", "mm[Hg]", 725.0),
        _part("pulse", 0, "pulse_rate", "76", "/min"),
        _part("consciousness", 3, "consciousness", "C", "{ACVPU}"),
        _part("temperature", 1, "temperature", "38.4", "Cel"),
    ),
    total=7,
    risk="high",
    oldest_seconds=725.0,
    window_seconds=3600.0,
)

TYPED_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "vitals-typed": ({"items": TYPED, "live": (), "news2": SCORED}, (Go(Page.VITALS),)),
    "pad": ({}, (Go(Page.VITALS), OpenSheet("blood_pressure"), *map(PadKey, "142/8"))),
    "pad-question": ({}, (Go(Page.VITALS), OpenSheet("spo2"), *map(PadKey, "39"), PadEnter())),
    "pain": ({}, (Go(Page.VITALS), OpenSheet("pain"))),
    "algoplus": (
        {},
        (
            Go(Page.VITALS),
            OpenSheet("algoplus"),
            Observe("algoplus_face", seen=True),
            Observe("algoplus_look", seen=False),
        ),
    ),
    "score": ({"items": TYPED, "news2": SCORED}, (Go(Page.VITALS), Go(Page.SCORE))),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
