"""What a person does about what does not leave, that she read the handover, and what is begun on the last of the battery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from edge.domain.audit import Actor
from edge.domain.battery import SHORT_SECONDS, Step
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Shows
from edge.domain.ports import Clock
from edge.domain.way import WayBook
from edge.door import messages as m

_PLUG = "branchez le chariot et recommencez"


class StandingDesk:
    """``battery`` is how far it has run down; ``inner`` does every other command; ``turn`` hears which page is wanted."""

    def __init__(
        self,
        book: WayBook,
        clock: Clock,
        battery: Callable[[], Step],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
        turn: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._book = book
        self._turn = turn
        self._clock = clock
        self._battery = battery
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        now = self._clock.now()
        match command:
            case m.SendAgain(item_id=item_id):
                await self._book.send_again(item_id, now, by)
            case m.CorrectPhoto():
                await self._book.correct_photo(command.item_id, _shows(command), now, by)
            case m.ReadHandover(through=through, audited=audited, patient_ids=patient_ids):
                await self._book.read_handover(through, audited, now, by, patient_ids)
            case m.TurnHandover(page=page):
                self._turn(page)
            case m.StartStrip() if self._battery() >= Step.CLOSE:
                raise Fault(Reason.TRACE, "Batterie presque vide : aucun tracé ne commence", _PLUG)
            case m.RecordSound(seconds=seconds) if self._too_long(seconds):
                raise Fault(Reason.SOUND, "Batterie presque vide : son trop long", _PLUG)
            case _:
                await self._inner(command, by)

    def _too_long(self, seconds: float) -> bool:
        step = self._battery()
        return step >= Step.CLOSE or (step >= Step.SHORT and seconds > SHORT_SECONDS)


def _shows(command: m.CorrectPhoto) -> Shows:
    """Raises Fault(NOT_ALLOWED)."""
    try:
        return Shows.of(command.view, command.site, command.side, intimate=command.intimate)
    except ValueError as exc:
        raise Fault(
            Reason.NOT_ALLOWED, "Une photo ne montre pas cela", "choisissez la partie du corps, puis le côté"
        ) from exc
