"""An invented cart that has been offline for two days, for pictures and tests: its residents are nobody."""

from __future__ import annotations

from collections.abc import Mapping

from edge.door import messages as m
from ui.bedside.messages import Act, Go
from ui.bedside.standing_acts import OpenStopped, Relabel
from ui.bedside.views import Page

HOUR = 3600.0
OFFLINE = m.ReachCard(state="offline", seconds=51 * HOUR, silent=("pacs", "dossier"))
PARTLY = m.ReachCard(state="partly", seconds=2 * HOUR, silent=("pacs",))
ANSWERS = m.ReachCard(state="answers", seconds=12.0)
REFUSED = m.ReachCard(state="offline", seconds=3 * HOUR, silent=("pacs",), refusing=("pacs",))


def _value(name: str, value: str, unit: str, *quality: str) -> m.Value:
    return m.Value(name=name, value=value, unit=unit, quality=quality)


def _item(
    number: int, kind: str, age: float, *values: m.Value, quality: tuple[str, ...] = (), site: str = ""
) -> m.ItemCard:
    return m.ItemCard(
        item_id=f"stood-{number}",
        kind=kind,
        device="Brassard",
        model="demo",
        taken="2026-11-20T13:10:00Z",
        age_seconds=age,
        values=values,
        quality=quality,
        state="needs_person",
        site=site,
        side="L" if site else "",
    )


WAYS = (
    m.WayCard(
        patient_id="r-214",
        name="DUPONT Jeanne Marie",
        room="214",
        pending=5,
        needs_person=1,
        oldest_seconds=51 * HOUR,
    ),
    m.WayCard(patient_id="r-203", name="PETIT Odette", room="203", pending=4, oldest_seconds=30 * HOUR, under_way=1),
    m.WayCard(patient_id="r-212", name="DUPONT Jeannine", room="212", kept=2, pending=1, oldest_seconds=7 * HOUR),
    m.WayCard(patient_id="r-218", name="GIRARD Yvette", room="218", sent=2, oldest_seconds=0.5 * HOUR),
)
STOPPED = (
    m.StoppedCard(
        item=_item(1, "photo", 26 * HOUR, m.Value(name="view", value="close_up", unit=None), site="heel"),
        patient_id="r-214",
        name="DUPONT Jeanne Marie",
        destinations=("pacs",),
        reason="object_invalid",
        what="the object is not valid: LateralityRequired",
    ),
    m.StoppedCard(
        item=_item(
            2, "blood_pressure", 3 * HOUR, _value("systolic", "98", "mm[Hg]"), _value("diastolic", "61", "mm[Hg]")
        ),
        patient_id="r-207",
        name="ROUX Marcel",
        destinations=("dossier",),
        reason="destination_refused",
        what="the FHIR server knows another person under this resident's name",
    ),
)
_SCORE = m.News2Card(
    enabled=True,
    parts=tuple(
        m.News2Part(part=part, points=points, value=_value(part, "1", "/min"), age_seconds=60.0)
        for part, points in (
            *(("respiration", 2), ("spo2", 2), ("oxygen", 0), ("systolic", 2)),
            *(("pulse", 2), ("consciousness", 0), ("temperature", 1)),
        )
    ),
    total=9,
    risk="high",
    oldest_seconds=300.0,
    window_seconds=HOUR,
)
CHANGES = (
    m.ChangeCard(
        patient_id="r-203",
        name="PETIT Odette",
        room="203",
        allergies=(),
        values=(
            _item(11, "spo2", 2 * HOUR, _value("spo2", "94", "%", "low_perfusion"), _value("pulse_rate", "76", "/min")),
            _item(12, "temperature", 2 * HOUR, _value("temperature", "36.8", "Cel")),
        ),
        photos=2,
        waits=4,
        newest_seconds=2 * HOUR,
        newest="2026-11-20T11:30:00Z",
    ),
    m.ChangeCard(
        patient_id="r-214",
        name="DUPONT Jeanne Marie",
        room="214",
        allergies=("Pénicilline", "Arachide"),
        values=(
            _item(13, "blood_pressure", HOUR, _value("systolic", "98", "mm[Hg]"), _value("diastolic", "61", "mm[Hg]")),
            _item(14, "spo2", HOUR, _value("spo2", "93", "%"), _value("pulse_rate", "112", "/min")),
            _item(15, "respiration", HOUR, _value("respiratory_rate", "22", "/min"), quality=("typed",)),
            _item(16, "temperature", HOUR, _value("temperature", "38.4", "Cel")),
        ),
        more=3,
        ecgs=1,
        undone=1,
        waits=5,
        needs_person=1,
        newest_seconds=HOUR,
        newest="2026-11-20T12:32:00Z",
        news2=_SCORE,
        scored_seconds=HOUR,
    ),
    m.ChangeCard(
        patient_id="r-218",
        name="GIRARD Yvette",
        room="218",
        sounds=1,
        taken_away=1,
        newest_seconds=5 * HOUR,
        newest="2026-11-20T08:30:00Z",
    ),
)
HANDOVER = m.HandoverCard(through=812, audited=4031, read_seconds=8 * HOUR, read_by="Camille Leroy", changes=CHANGES)
POWER = m.PowerCard(percent=82)

STANDING = m.StandingCard(reach=OFFLINE, power=POWER, days_left=71, ways=WAYS, stopped=STOPPED, handover=HANDOVER)
"""Two days offline, two things to correct."""

WAITING = m.Waiting(
    kept=2, pending=10, sent=2, received=1204, needs_person=2, oldest_seconds=51 * HOUR, last_received_seconds=51 * HOUR
)
_AWAY: Mapping[str, object] = {"standing": STANDING, "waiting": WAITING, "live": ()}
_NURSE = m.AttendanceCard(
    required=True,
    name="Camille LEROY",
    role="infirmier",
    may=("choose_resident", "measure", "photo", "ecg", "call", "handover", "undo", "reconcile", "type_value"),
)
_LOW = {
    **_AWAY,
    "standing": m.StandingCard(reach=PARTLY, power=m.PowerCard(percent=9, step=2), ways=WAYS),
    "warning": "Batterie 9 % : tracés et sons de 30 s au plus. Branchez le chariot.",
    "warning_en": "Battery 9 %: traces and sounds of 30 s at most. Plug the cart in.",
}

STANDING_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "home-offline": ({**_AWAY, "attendance": _NURSE}, ()),
    "outbox": (_AWAY, (Go(Page.OUTBOX),)),
    "outbox-empty": (
        {"standing": m.StandingCard(reach=ANSWERS), "waiting": m.Waiting(received=1218, last_received_seconds=40.0)},
        (Go(Page.OUTBOX),),
    ),
    "stopped": (_AWAY, (Go(Page.OUTBOX), OpenStopped("stood-1"))),
    "stopped-view": (_AWAY, (Go(Page.OUTBOX), OpenStopped("stood-1"), Relabel())),
    "handover": (_AWAY, (Go(Page.HANDOVER),)),
    "handover-nothing": (
        {"standing": m.StandingCard(reach=ANSWERS, handover=m.HandoverCard(read_seconds=600.0, read_by="C. Leroy"))},
        (Go(Page.HANDOVER),),
    ),
    "battery-low": (_LOW, ()),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
