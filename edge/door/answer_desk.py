"""What each command about answers does: only for who is on screen, and only by who has a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from edge.acquire.recorder import Recorder
from edge.domain.answer import Leaf
from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.domain.ports import Clock
from edge.door import messages as m


class Book(Protocol):
    """What returns is durable. Raises Fault(NOT_ALLOWED | STORE_IO | STORE_DAMAGED)."""

    async def acknowledge(self, number: int, encounter_id: str, now: Instant, by: Actor) -> None: ...

    async def to_print(self, number: int, encounter_id: str, now: Instant, by: Actor) -> bytes: ...

    async def to_read(self, number: int, encounter_id: str) -> bytes: ...

    async def shown(self, number: int, encounter_id: str, page: int, now: Instant, by: Actor) -> None: ...

    async def match(self, number: int, request_id: str, now: Instant, by: Actor, patient_id: str = "") -> None: ...

    async def set_aside(self, number: int, now: Instant, by: Actor) -> None: ...

    async def chase(self, request_id: str, encounter_id: str, now: Instant, by: Actor) -> None: ...


class AnswerDesk:
    """``printed`` sends a PDF to the site's printer, None where there is none. What is nothing about answers goes on to ``inner``.

    ``leaf`` draws a page of a PDF, in its worker, and raises Fault(UNDECODABLE); ``tell`` hands it to the bedside screen.
    """

    def __init__(
        self,
        recorder: Recorder,
        book: Book,
        clock: Clock,
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
        printed: Callable[[bytes], Awaitable[None]] | None,
        leaf: Callable[[bytes, int], Awaitable[Leaf]],
        tell: Callable[[m.AnswerPage], None],
    ) -> None:
        self._leaf = leaf
        self._tell = tell
        self._printed = printed
        self._recorder = recorder
        self._book = book
        self._clock = clock
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        match command:
            case m.AcknowledgeAnswer(encounter_id=encounter_id, answer=number):
                self._recorder.who(encounter_id)
                _named(by, "Une personne nommée prend connaissance d'une réponse")
                await self._book.acknowledge(number, encounter_id, self._clock.now(), by)
            case m.MatchAnswer(answer=number, request_id=request_id, patient_id=patient_id):
                _named(by, "Une personne nommée dit à qui est une réponse")
                await self._book.match(number, request_id, self._clock.now(), by, patient_id)
            case m.SetAnswerAside(answer=number):
                _named(by, "Une personne nommée dit à qui est une réponse")
                await self._book.set_aside(number, self._clock.now(), by)
            case m.ChaseOpinion(encounter_id=encounter_id, request_id=request_id):
                self._recorder.who(encounter_id)
                await self._book.chase(request_id, encounter_id, self._clock.now(), by)
            case m.PrintAnswer(encounter_id=encounter_id, answer=number):
                self._recorder.who(encounter_id)
                if self._printed is None:
                    raise Fault(Reason.NOT_ALLOWED, "Aucune imprimante n'est réglée", "prévenez le support")
                await self._printed(await self._book.to_print(number, encounter_id, self._clock.now(), by))
            case m.ShowAnswer(encounter_id=encounter_id, answer=number, page=page):
                await self._show(number, encounter_id, page, by)
            case _:
                await self._inner(command, by)

    async def _show(self, number: int, encounter_id: str, page: int, by: Actor) -> None:
        """Only what is the resident's who is on screen, before and after it was drawn (H1)."""
        self._recorder.who(encounter_id)
        pdf = await self._book.to_read(number, encounter_id)
        try:
            leaf = await self._leaf(pdf, page)
        except Fault as fault:
            if fault.reason is not Reason.UNDECODABLE:
                raise
            raise Fault(Reason.UNDECODABLE, "Ce document ne s'affiche pas ici", "imprimez-le") from fault
        await self._book.shown(number, encounter_id, leaf.page, self._clock.now(), by)
        self._recorder.who(encounter_id)
        self._tell(
            m.AnswerPage(answer=number, encounter_id=encounter_id, jpeg=leaf.jpeg, page=leaf.page, pages=leaf.pages)
        )


def _named(by: Actor, what: str) -> None:
    """Raises Fault(NOT_ALLOWED) for who is nobody by name."""
    if Operator.of(by.who) is None:
        raise Fault(Reason.NOT_ALLOWED, what, "présentez votre badge")
