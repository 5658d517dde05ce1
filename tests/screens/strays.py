"""A cart on which readings wait for a person to say whose they are."""

from __future__ import annotations

import msgspec

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, RESIDENTS


def _item(name: str, kind: str, device: str, *values: tuple[str, str, str | None], age: float = 700.0) -> m.ItemCard:
    return m.ItemCard(
        item_id=name,
        kind=kind,
        device=device,
        model="any",
        taken="2026-11-20T13:20:00Z",
        age_seconds=age,
        values=tuple(m.Value(name=what, value=value, unit=unit) for what, value, unit in values),
    )


PRESSURE = m.StrayCard(
    item=_item(
        "i-pressure",
        "blood_pressure",
        "Tensiomètre",
        *(("systolic", "128", "mm[Hg]"), ("diastolic", "74", "mm[Hg]"), ("pulse_rate", "67", "/min")),
    ),
    why="changed",
    near=("r-212", "r-203"),
)
SPO2 = m.StrayCard(item=_item("i-spo2", "spo2", "Oxymètre", ("spo2", "93", "%")), why="no_resident")
STORED = m.StrayCard(
    item=_item("i-glucose", "glucose", "Lecteur de glycémie", ("glucose", "1.02", "g/L")), why="from_memory"
)
PHOTO = m.StrayCard(item=_item("i-photo", "photo", "Caméra", ("view", "close_up", None)), why="taken_back")
UNREAD = m.UnreadCard(number=7, device="Tensiomètre", taken="2026-11-20T12:02:00Z", reason="checksum")
UNKNOWN = m.ResidentCard(
    id="SANS-IDENTITE-1",
    birth_name="INCONNUE",
    given_names="20/11 14:32 Ch. 214",
    used_name=None,
    birth_date="1946-12-31",
    sex="F",
    room="214",
    identity_status="provisoire",
    allergies=None,
    without_identity=True,
)
BECAME = m.ReconciledCard(resident=msgspec.structs.replace(UNKNOWN, id="SANS-IDENTITE-0"), became="r-203")

WAITING = msgspec.structs.replace(
    NOBODY,
    residents=(*RESIDENTS, UNKNOWN),
    strays=(PRESSURE, SPO2, STORED, PHOTO),
    unread=(UNREAD,),
    reconciled=(BECAME,),
    unassigned=6,
    quarantined=1,
)
WAITING_BESIDE = msgspec.structs.replace(
    BESIDE_JEANNE,
    residents=WAITING.residents,
    strays=WAITING.strays,
    unread=WAITING.unread,
    reconciled=WAITING.reconciled,
    unassigned=6,
    quarantined=1,
)
