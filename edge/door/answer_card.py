"""What a screen may show of requests for an opinion and what came back. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Final

from edge.domain.answer import AnswerKind, Arrived, Loose
from edge.domain.followed import Followed, Standing
from edge.domain.opinion import OpinionState
from edge.door import messages as m

MOST_LINES: Final = 60
MOST_OTHERS: Final = 60
MOST_HERS: Final = 20
MOST_STRAYS: Final = 20
MOST_CANDIDATES: Final = 60


def follow(standing: Standing, patient_id: str, now: dt.datetime, *, printer: bool = False) -> m.FollowCard:
    """``patient_id``: who is on screen, "" for nobody."""
    hers = [one for one in standing.requests if patient_id and one.patient_id == patient_id]
    others = [one for one in standing.requests if one.patient_id != patient_id and (one.waits or one.to_chase)]
    return m.FollowCard(
        to_read=standing.to_read,
        to_chase=standing.to_chase,
        loose=len(standing.loose),
        requests=tuple(request(one, now, whole=True) for one in hers[:MOST_HERS]),
        others=tuple(request(one, now, whole=False) for one in others[:MOST_OTHERS]),
        strays=tuple(map(answer, standing.loose[:MOST_STRAYS])),
        candidates=tuple(request(one, now, whole=False) for one in _candidates(standing)) if standing.loose else (),
        printer=printer,
    )


def _candidates(standing: Standing) -> list[Followed]:
    """What an answer may answer: first what waits for one, then what has one, the newest first."""
    there = [one for one in standing.requests if one.patient_id and not one.undone]
    return sorted(there, key=lambda one: (one.stands.state is OpinionState.ANSWERED, -one.asked.timestamp()))[
        :MOST_CANDIDATES
    ]


def of_nobody(card: m.FollowCard) -> m.FollowCard:
    """The counts alone."""
    return m.FollowCard(to_read=card.to_read, to_chase=card.to_chase, loose=card.loose)


def request(one: Followed, now: dt.datetime, *, whole: bool) -> m.RequestCard:
    return m.RequestCard(
        request_id=one.request_id,
        patient_id=one.patient_id,
        specialty=one.opinion.specialty.value,
        urgency=one.opinion.urgency.value,
        state=one.stands.state.value,
        addressee=one.opinion.addressee.label,
        asked=one.asked.isoformat(),
        late_seconds=(now - one.stands.due).total_seconds(),
        chased=one.stands.chased,
        undone=one.undone,
        waits=one.waits,
        to_chase=one.to_chase,
        answers=tuple(map(answer, one.arrived)) if whole else (),
    )


def answer(one: Arrived) -> m.AnswerCard:
    said, by = one.answer, one.answer.acknowledged_by
    withheld = said.kind is AnswerKind.PRESCRIPTION and said.acknowledged is None
    return m.AnswerCard(
        answer=one.number,
        kind=said.kind.value,
        author=said.author.name,
        rpps=said.author.rpps,
        given=said.given.isoformat(),
        lines=() if withheld else tuple(line for line in said.text.splitlines() if line.strip())[:MOST_LINES],
        pdf_bytes=one.pdf_bytes,
        acknowledged=said.acknowledged.isoformat() if said.acknowledged else "",
        acknowledged_by=(by.name or by.rpps) if by else "",
        waits=one.waits,
        superseded=one.superseded,
        why=one.why.value if one.why else Loose.UNNAMED.value if one.loose else "",
    )
