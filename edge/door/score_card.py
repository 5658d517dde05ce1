"""The early warning score as a screen may show it: from what is saved, never from what runs. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from edge.domain import early_warning
from edge.domain.capture import Line
from edge.domain.early_warning import Found
from edge.domain.measurement import Component, Instant
from edge.domain.news2 import Observation, Part, ScaleTwo, Score, score
from edge.door import messages as m

AgeOf = Callable[[Instant, Instant], float]


@dataclasses.dataclass(frozen=True, slots=True)
class News2:
    """As the site turned it on, and who set scale 2 for the resident on screen."""

    window: dt.timedelta
    scale_two: ScaleTwo | None = None


def news2(
    lines: Sequence[Line],
    now: Instant,
    window: dt.timedelta,
    *,
    age: AgeOf,
    value: Callable[[Component], m.Value],
    scale_two: ScaleTwo | None = None,
) -> m.News2Card:
    """Of the items of the encounter on screen. ``age`` is in seconds, whatever happened to the wall clock since."""

    def taken(line: Line) -> dt.datetime:
        return now.utc - dt.timedelta(seconds=age(line.taken, now))

    found = early_warning.parts(lines, taken)
    counted = score(_observations(found), now.utc, scale_two=scale_two, fresh=window)
    return m.News2Card(
        enabled=True,
        parts=tuple(_part(part, found.get(part), counted, now, value) for part in Part),
        total=counted.total,
        risk=counted.risk.value if counted.risk else "",
        oldest_seconds=_since(counted.oldest, now),
        window_seconds=window.total_seconds(),
        scale_two_by=scale_two.set_by if scale_two else "",
    )


def _observations(found: dict[Part, Found]) -> dict[Part, Observation]:
    return {part: one.observation for part, one in found.items()}


def _part(
    part: Part, found: Found | None, counted: Score, now: Instant, value: Callable[[Component], m.Value]
) -> m.News2Part:
    why = counted.lacking.get(part)
    return m.News2Part(
        part=part.value,
        points=counted.points.get(part),
        why=why.value if why else "",
        value=value(found.component) if found else None,
        age_seconds=_since(found.observation.taken, now) if found else None,
    )


def _since(taken: dt.datetime | None, now: Instant) -> float | None:
    return None if taken is None else max(0.0, (now.utc - taken).total_seconds())
