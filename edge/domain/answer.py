"""What comes back to a request for an opinion: who says what, and who in the house has taken note of it. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain.operator import Operator


class AnswerKind(enum.StrEnum):
    REPORT = "report"
    PRESCRIPTION = "prescription"
    COME = "come"  # she is to be seen in person
    READ = "read"  # only that the request was read


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """``key`` is the same however often the answer comes (its source and the number it has there). ``opinion_id`` is the request
    that it answers, "" where that cannot be told: then a person says it. ``author`` is who answers, as the source says it.

    ``pdf`` is what came with it, None for text only. Nothing is acted on before ``acknowledged_by`` is somebody.
    """

    key: str
    opinion_id: str
    kind: AnswerKind
    author: Operator
    given: dt.datetime
    text: str
    pdf: bytes | None = None
    acknowledged: dt.datetime | None = None
    acknowledged_by: Operator | None = None
