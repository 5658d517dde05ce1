"""What the screen asks and is shown of answers to requests for an opinion."""

from __future__ import annotations

import msgspec

from edge.door.command import Command


class AcknowledgeAnswer(Command, frozen=True):
    """Whoever signed in took note of the answer ``answer`` for the resident of ``encounter_id``, who was on screen when it was
    touched. Refused where somebody else is by now (H1), and from who is nobody by name.
    """

    encounter_id: str
    answer: int


class ChaseOpinion(Command, frozen=True):
    """The request was asked again, by telephone or otherwise. Refused unless it waits to be."""

    encounter_id: str
    request_id: str


class PrintAnswer(Command, frozen=True):
    """The PDF of an answer to the site's printer; refused before somebody took note of it, and for another resident's (H1)."""

    encounter_id: str
    answer: int


class ShowAnswer(Command, frozen=True):
    """Asks for page ``page``, from 0, of the PDF of an answer: it comes as AnswerPage, once. Refused for another resident's (H1), of
    a prescription before somebody took note of it, and where it cannot be drawn: then it can still be printed.
    """

    encounter_id: str
    answer: int
    page: int = 0


class MatchAnswer(Command, frozen=True):
    """Somebody with a name says that the answer, of which nobody knew it, answers this request of this resident. Refused where the
    request is another one's by now (H1).
    """

    answer: int
    request_id: str
    patient_id: str


class SetAnswerAside(Command, frozen=True):
    """Somebody with a name says that the answer is for nobody here."""

    answer: int


class AnswerCard(msgspec.Struct, frozen=True, kw_only=True):
    """``lines`` are its words; of a prescription none before somebody took note of it. ``given`` and ``acknowledged`` are ISO 8601,
    "" for not. ``waits``: somebody has to take note of it. ``superseded``: a later version of it came. ``why``: a word of
    edge.domain.answer.Loose where nobody knows whose it is.
    """

    answer: int
    kind: str
    author: str
    rpps: str = ""
    given: str = ""
    lines: tuple[str, ...] = ()
    pdf_bytes: int = 0
    acknowledged: str = ""
    acknowledged_by: str = ""
    waits: bool = False
    superseded: bool = False
    why: str = ""


class RequestCard(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it stands; ``state`` is a word of edge.domain.opinion. ``late_seconds`` past its delay, negative before it."""

    request_id: str
    patient_id: str
    specialty: str
    urgency: str
    state: str
    addressee: str = ""
    asked: str = ""
    late_seconds: float = 0.0
    chased: int = 0
    undone: bool = False
    waits: bool = False
    to_chase: bool = False
    answers: tuple[AnswerCard, ...] = ()


class FollowCard(msgspec.Struct, frozen=True, kw_only=True):
    """``to_read``, ``to_chase`` and ``loose`` count over the whole site and name nobody: they stand on the locked screen too.

    ``requests`` are those of who is on screen, the worst first, with what answered them; ``others`` those of other residents about
    which something is to be done, without what answered them. ``strays`` are answers of which nobody knows whose they are,
    ``candidates`` the requests that they may answer, of everybody. ``printer``: an answer that somebody took note of can be printed.
    """

    to_read: int = 0
    to_chase: int = 0
    loose: int = 0
    requests: tuple[RequestCard, ...] = ()
    others: tuple[RequestCard, ...] = ()
    strays: tuple[AnswerCard, ...] = ()
    candidates: tuple[RequestCard, ...] = ()
    printer: bool = False


ANSWERS: frozenset[type[Command]] = frozenset(
    {AcknowledgeAnswer, ChaseOpinion, PrintAnswer, ShowAnswer, MatchAnswer, SetAnswerAside}
)
AnyAnswer = AcknowledgeAnswer | ChaseOpinion | PrintAnswer | ShowAnswer | MatchAnswer | SetAnswerAside
