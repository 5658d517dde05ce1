"""Invented appointments, for pictures and tests."""

from __future__ import annotations

from collections.abc import Mapping

from edge.door import messages as m
from ui.bedside.diary_acts import ChooseDay, ChooseField, ChooseHour, ChooseQuarter
from ui.bedside.messages import Act, Go
from ui.bedside.views import Page


def _one(number: int, patient_id: str, starts: str, **more: object) -> m.AppointmentCard:
    fields: dict[str, object] = {"expected": starts, "minutes": 20, "state": "planned", "addressee": "Dr Sophie Vidal"}
    return m.AppointmentCard(id=f"rdv-{number}", patient_id=patient_id, starts=starts, **{**fields, **more})  # type: ignore[arg-type]


LATE = _one(
    1,
    "r-214",
    "2026-11-20T14:25:00+01:00",
    expected="2026-11-20T14:45:00+01:00",
    specialty="cardiology",
    request_id="q-1",
    delay=20,
    delay_by="Dr Sophie Vidal",
    delay_at="2026-11-20T14:20:00+01:00",
    reminded=True,
)
OTHERS = _one(2, "r-203", "2026-11-20T16:00:00+01:00", addressee="Dr Paul Vasseur", specialty="wounds")
LATER = _one(3, "r-214", "2026-11-24T10:15:00+01:00", specialty="geriatrics", addressee="Équipe mobile de gériatrie")
MISSED = _one(4, "r-214", "2026-11-20T09:00:00+01:00", state="missed", why="no_doctor", specialty="dermatology")
RINGING = _one(5, "r-203", "2026-11-20T14:30:00+01:00", state="away", rings=True, reminded=True)

DIARY = m.DiaryCard(appointments=(LATE, OTHERS, LATER, MISSED))
CALLED_BACK = m.DiaryCard(appointments=(RINGING, LATER))
PARKED = m.CallCard(call_id="c-2", state="waiting", parked=True)

DIARY_SCENES: Mapping[str, tuple[dict[str, object], tuple[Act, ...]]] = {
    "home-reminded": ({"diary": DIARY}, ()),
    "diary": ({"diary": DIARY}, (Go(Page.DIARY),)),
    "planning": (
        {"diary": DIARY},
        (
            *(Go(Page.DIARY), Go(Page.PLANNING)),
            *(ChooseDay("2026-11-24"), ChooseHour(14), ChooseQuarter(15), ChooseField("cardiology")),
        ),
    ),
    "called-back": ({"diary": CALLED_BACK, "call": PARKED}, (Go(Page.VITALS),)),
}
"""What the cart says beside the usual, and what is touched."""
