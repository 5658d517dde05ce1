"""How a request for an opinion stands, from what happened to it, and in which order the site looks at them. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from edge.domain.answer import ANSWERS, AnswerKind, Arrived
from edge.domain.opinion import NEXT, Opinion, OpinionEvent, OpinionState, Urgency, next_state


@dataclasses.dataclass(frozen=True, slots=True)
class Happened:
    event: OpinionEvent
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Stands:
    """``since`` it stands so; ``due`` is until when an answer was expected, counted from when it was asked last."""

    state: OpinionState
    since: dt.datetime
    due: dt.datetime
    chased: int = 0


def followed(asked: dt.datetime, within: dt.timedelta, happened: Iterable[Happened], now: dt.datetime) -> Stands:
    """By the table of edge.domain.opinion. What cannot happen any more changes nothing.

    That it is overdue is seen from the time; a request that was only read and not answered is overdue as one that was not.
    """
    stands = Stands(OpinionState.ASKED, asked, asked + within)
    for one in sorted((h for h in happened if h.event is not OpinionEvent.OVERDUE), key=lambda h: h.at):
        stands = _overdue(stands, one.at)
        if (stands.state, one.event) not in NEXT:
            continue
        state = next_state(stands.state, one.event)
        if one.event is OpinionEvent.CHASED:
            stands = Stands(state, one.at, one.at + within, stands.chased + 1)
        else:
            stands = dataclasses.replace(stands, state=state, since=one.at)
    return _overdue(stands, now)


def _overdue(stands: Stands, at: dt.datetime) -> Stands:
    if at <= stands.due or (stands.state, OpinionEvent.OVERDUE) not in NEXT:
        return stands
    since = max(stands.due, stands.since)
    return dataclasses.replace(stands, state=next_state(stands.state, OpinionEvent.OVERDUE), since=since)


def told_by(arrived: Sequence[Arrived]) -> list[Happened]:
    """What answers say of their request: one that was taken back by its author says nothing."""
    found = []
    for one in arrived:
        if one.answer.kind is AnswerKind.READ:
            found.append(Happened(OpinionEvent.WAS_READ, one.received))
        elif one.answer.kind in ANSWERS and not one.superseded:
            found.append(Happened(OpinionEvent.WAS_ANSWERED, one.received))
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Followed:
    """A request as it stands now, of the resident whose it is now. ``undone``: by the site, whatever came of it before."""

    request_id: str
    patient_id: str
    encounter_id: str
    opinion: Opinion
    asked: dt.datetime
    stands: Stands
    arrived: tuple[Arrived, ...] = ()
    undone: bool = False

    @property
    def waits(self) -> bool:
        """Whether an answer is there of which nobody took note."""
        return any(one.waits for one in self.arrived)

    @property
    def to_chase(self) -> bool:
        return self.stands.state is OpinionState.TO_CHASE

    @property
    def over(self) -> bool:
        """Nothing is to be done about it."""
        return not self.waits and self.stands.state in {OpinionState.ANSWERED, OpinionState.UNDONE}


_URGENCIES = {Urgency.EMERGENCY: 0, Urgency.SOON: 1, Urgency.ROUTINE: 2}


def worst_first(requests: Iterable[Followed]) -> list[Followed]:
    """What nobody answered in time, then answers that nobody took note of, then what waits, then what is over; within each the
    more urgent, then what was expected earlier.
    """

    def place(one: Followed) -> tuple[int, int, dt.datetime]:
        rank = 0 if one.to_chase else 1 if one.waits else 3 if one.over else 2
        return rank, _URGENCIES[one.opinion.urgency], one.stands.due

    return sorted(requests, key=place)


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """All that is followed, the worst first, and the answers of which nobody knows to which request."""

    requests: tuple[Followed, ...] = ()
    loose: tuple[Arrived, ...] = ()

    @property
    def to_read(self) -> int:
        return sum(one.waits for one in self.requests)

    @property
    def to_chase(self) -> int:
        return sum(one.to_chase for one in self.requests)
