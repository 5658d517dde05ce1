"""Invented readings that wait for a person to say whose they are, for pictures and tests."""

from __future__ import annotations

from collections.abc import Mapping

from edge.door import messages as m
from ui.bedside.messages import Act, Go
from ui.bedside.views import Page
from ui.bedside.whose_acts import FindKey, PickStray


def _item(name: str, kind: str, device: str, device_en: str, *values: tuple[str, str, str]) -> m.ItemCard:
    return m.ItemCard(
        item_id=name,
        kind=kind,
        device=device,
        device_en=device_en,
        model="any",
        taken="2026-11-20T13:20:00Z",
        age_seconds=700.0,
        values=tuple(m.Value(name=what, value=value, unit=unit) for what, value, unit in values),
    )


STRAYS = (
    m.StrayCard(
        item=_item(
            "stray-1",
            "blood_pressure",
            "Tensiomètre",
            "Blood pressure monitor",
            ("systolic", "128", "mm[Hg]"),
            ("diastolic", "74", "mm[Hg]"),
        ),
        why="changed",
        near=("r-212", "r-203"),
    ),
    m.StrayCard(item=_item("stray-2", "spo2", "Oxymètre", "Oximeter", ("spo2", "93", "%")), why="no_resident"),
    m.StrayCard(
        item=_item("stray-3", "glucose", "Lecteur de glycémie", "Glucose meter", ("glucose", "1.02", "g/L")),
        why="from_memory",
    ),
)
UNREAD = (m.UnreadCard(number=7, device="Tensiomètre", taken="2026-11-20T12:02:00Z", reason="checksum"),)

_WAIT: Mapping[str, object] = {"strays": STRAYS, "unread": UNREAD, "unassigned": 3, "quarantined": 1}

WHOSE_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "whose": (_WAIT, (Go(Page.WHOSE),)),
    "whose-choose": (_WAIT, (Go(Page.WHOSE), PickStray("stray-1"))),
    "find": ({}, (Go(Page.FIND), *map(FindKey, "1203"))),
    "unknown": ({}, (Go(Page.UNKNOWN),)),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
