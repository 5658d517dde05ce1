"""Invented answers to requests for an opinion, for pictures and tests: nobody wrote them."""

from __future__ import annotations

from collections.abc import Mapping

from edge.door import messages as m
from ui.bedside.answer_acts import OpenPaper, PickAnswer, PickRequest
from ui.bedside.messages import Act, Go
from ui.bedside.views import Page

REPORT = m.AnswerCard(
    answer=7,
    kind="report",
    author="Dr Linh Nguyen",
    rpps="10009876543",
    given="2026-11-20T12:10:00Z",
    lines=(
        "Plaie propre, bourgeon sain, sans signe d'infection.",
        "Pansement hydrocolloïde trois fois par semaine ; nouvelle photo dans sept jours.",
    ),
    pdf_bytes=48_211,
    waits=True,
)
PRESCRIPTION = m.AnswerCard(
    answer=8,
    kind="prescription",
    author="Dr Linh Nguyen",
    rpps="10009876543",
    given="2026-11-20T12:12:00Z",
    pdf_bytes=31_870,
    waits=True,
)
NOTED = m.AnswerCard(
    answer=3,
    kind="report",
    author="Dr Paul Vasseur",
    given="2026-11-12T16:40:00Z",
    lines=("Pas d'argument pour une insuffisance cardiaque. Poursuivre le traitement.",),
    acknowledged="2026-11-12T17:05:00Z",
    acknowledged_by="C. LEROY",
)
ANSWERED = m.RequestCard(
    request_id="item-31",
    patient_id="r-214",
    specialty="dermatology",
    urgency="routine",
    state="répondu",
    addressee="CHU, dermatologie",
    asked="2026-11-19T13:31:00Z",
    late_seconds=-500_000.0,
    waits=True,
    answers=(PRESCRIPTION, REPORT),
)
LATE = m.RequestCard(
    request_id="item-32",
    patient_id="r-214",
    specialty="geriatrics",
    urgency="emergency",
    state="à relancer",
    addressee="Équipe mobile gériatrie",
    asked="2026-11-20T08:02:00Z",
    late_seconds=12_600.0,
    to_chase=True,
)
BEFORE = m.RequestCard(
    request_id="item-9",
    patient_id="r-214",
    specialty="cardiology",
    urgency="soon",
    state="répondu",
    asked="2026-11-11T10:00:00Z",
    answers=(NOTED,),
)
ELSEWHERE = m.RequestCard(
    request_id="item-40",
    patient_id="r-203",
    specialty="wounds",
    urgency="soon",
    state="répondu",
    asked="2026-11-18T09:00:00Z",
    waits=True,
)
STRAY = m.AnswerCard(
    answer=12,
    kind="report",
    author="Dr Anne Kerbrat",
    rpps="10004445556",
    given="2026-11-20T10:05:00Z",
    lines=("Consultation de suivi : cicatrisation en bonne voie, poursuivre les soins.",),
    pdf_bytes=22_410,
    why="subject",
)
FOLLOWING = m.FollowCard(
    to_read=2,
    to_chase=1,
    loose=1,
    requests=(LATE, ANSWERED, BEFORE),
    others=(ELSEWHERE,),
    strays=(STRAY,),
    candidates=(LATE, ELSEWHERE, ANSWERED),
)

_SHOWS_PICTURES = {"windows": m.WindowCard(possible=True)}

ANSWER_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "answers": ({"following": FOLLOWING, **_SHOWS_PICTURES}, (Go(Page.ANSWERS),)),
    "answers-paper": (
        {"following": FOLLOWING, **_SHOWS_PICTURES},
        (Go(Page.ANSWERS), OpenPaper(REPORT.answer)),
    ),
    "answers-stray": ({"following": FOLLOWING}, (Go(Page.ANSWERS), PickAnswer(STRAY.answer))),
    "answers-confirm": (
        {"following": FOLLOWING},
        (
            Go(Page.ANSWERS),
            PickRequest(STRAY.answer, ELSEWHERE.request_id, ELSEWHERE.patient_id),
        ),
    ),
    "answers-home": ({"following": FOLLOWING}, ()),
    "answers-elsewhere": (
        {
            "following": m.FollowCard(to_read=1, others=(ELSEWHERE,)),
            "resident": None,
            "items": (),
            "live": (),
            "trace": None,
        },
        (),
    ),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
