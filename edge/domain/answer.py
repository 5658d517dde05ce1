"""What comes back to a request for an opinion: who says what, and who in the house has taken note of it. Pure.

An answer belongs to the request that it names by its identifier, and to nobody by name alone: one that names none, or
several, waits for a person. Nothing is acted on before somebody took note of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Final, Protocol

from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.domain.patient import Patient


class AnswerKind(enum.StrEnum):
    REPORT = "report"
    PRESCRIPTION = "prescription"
    COME = "come"  # she is to be seen in person
    DECLINED = "declined"  # whoever was asked does not answer it
    RETRACTED = "retracted"  # what came before under the same origin counts no more
    READ = "read"  # only that the request was read


SAYS: Final = frozenset(
    {AnswerKind.REPORT, AnswerKind.PRESCRIPTION, AnswerKind.COME, AnswerKind.DECLINED, AnswerKind.RETRACTED}
)
"""What a person has to take note of."""

ANSWERS: Final = frozenset({AnswerKind.REPORT, AnswerKind.PRESCRIPTION, AnswerKind.COME, AnswerKind.DECLINED})
"""What ends the waiting."""


class Loose(enum.StrEnum):
    """Why nobody knows whose an answer is; a person says it."""

    UNNAMED = "unnamed"  # it names no request of this cart
    SEVERAL = "several"  # it names more than one
    SUBJECT = "subject"  # it says to be about another resident than its request, or about whom cannot be told


LONGEST_TEXT: Final = 20_000
"""Characters of an answer that are kept as text; its PDF has the rest."""

LARGEST_PDF: Final = 20 * 1024 * 1024
"""Bytes."""

MOST_LEAVES: Final = 20
"""Pages of a PDF that a screen shows; the paper has them all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Leaf:
    """Page ``page``, from 0, of a PDF of ``pages``, as a JPEG."""

    jpeg: bytes
    page: int
    pages: int


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


@dataclasses.dataclass(frozen=True, slots=True)
class Came:
    """What a source has. ``names`` is every text of it that may name a request by its identifier: subject, references,
    metadata. ``origin`` is what it is a version of there: a later one takes the place of the one before.

    ``about`` is whom it says to be about, as (system, value) of each identifier; ("", number) is her number at the source itself,
    ("", "") that it says somebody who cannot be told. Empty: it says nobody.
    ``mark`` is what the source wants back in ``taken``. Raises ValueError for a PDF that is none, or too large.
    """

    key: str
    origin: str
    names: tuple[str, ...]
    kind: AnswerKind
    author: Operator
    given: dt.datetime
    text: str
    pdf: bytes | None = None
    mark: str = ""
    about: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.pdf is not None and not self.pdf.startswith(b"%PDF-"):
            raise ValueError("what came as a PDF is none")
        if self.pdf is not None and len(self.pdf) > LARGEST_PDF:
            raise ValueError("the PDF is too large")


_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def named(texts: Iterable[str]) -> tuple[str, ...]:
    """The identifiers in ``texts`` that may be those of requests of ours, each once."""
    found = (match for text in texts for match in _UUID.findall(text[:10_000].lower()))
    return tuple(dict.fromkeys(found))[:50]


@dataclasses.dataclass(frozen=True, slots=True)
class Arrived:
    """An answer as it is kept, without its PDF: ``pdf_bytes`` of that, 0 for none. ``superseded``: a later version of it came.

    ``loose``: nobody knows yet to which request, and ``why``. ``aside``: a person said that it is for nobody here.
    """

    number: int
    answer: Answer
    received: dt.datetime
    pdf_bytes: int = 0
    superseded: bool = False
    why: Loose | None = None
    aside: bool = False

    @property
    def loose(self) -> bool:
        return not self.answer.opinion_id

    @property
    def waits(self) -> bool:
        """Whether somebody has still to take note of it."""
        return self.answer.kind in SAYS and not self.superseded and self.answer.acknowledged is None


class Source(Protocol):
    """Where answers come from. Asked again and again; what was not told as taken comes again."""

    name: str

    def look(self, waiting: Sequence[str], cursor: str) -> AsyncIterator[Came]:
        """What is there of requests ``waiting`` (their ids), after ``cursor``. Raises Fault where it does not answer."""
        ...

    def hers(self, came: Came, patient: Patient) -> bool:
        """Whether what ``came`` says of whom it is about is this resident; True where it says nothing. Pure."""
        ...

    async def taken(self, came: Came) -> None:
        """It is durable here. Raises Fault where the source cannot be told: then it comes again."""
        ...

    def reached(self) -> str:
        """The cursor for the next look, after one that ended by itself."""
        ...


Hers = Callable[[Came, Patient], bool]
"""As Source.hers."""


def whoever(_came: Came, _patient: Patient) -> bool:
    """Of a source that says of nobody whom its answers are about."""
    return True


class AnswerBook(Protocol):
    """What sync knows of the store. What returns is durable; Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    async def waiting(self) -> Sequence[str]:
        """Ids of the requests of which an answer may still come, as they were asked and as they stand."""
        ...

    async def known(self, key: str) -> bool: ...

    async def take(self, came: Came, source: str, now: Instant, hers: Hers) -> bool:
        """False where it was here already. One of which not ``hers`` says that it is about its request's resident is nobody's."""
        ...

    async def cursor(self, source: str) -> str: ...

    async def reached(self, source: str, cursor: str) -> None: ...
