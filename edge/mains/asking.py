"""Between the specialist's page and the door: what she asks for goes to edge, what edge gives back goes to her page."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.media import Frame, FrameSource
from edge.door import messages as m
from sync.consult.asks import Asked, Asks, Fetch, Freeze, Note, Point, Still

log = structlog.get_logger()

ANSWER_SECONDS: Final = 60.0
"""After which a page is told that nothing came of what it asked for."""

_WHY: Final = {
    Reason.CALL: "closed",
    Reason.RESIDENT_CHANGED: "closed",
    Reason.NO_RESIDENT: "closed",
    Reason.LINK_LOST: "closed",
    Reason.NOT_ALLOWED: "guest",
    Reason.CAMERA: "camera",
    Reason.PURGED: "gone",
    Reason.UNDECODABLE: "unshowable",
    Reason.CORRUPT_FILE: "unshowable",
    Reason.NO_ROOM: "full",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """Where the specialist points, in thousandths, or None; and what she froze, None for the running picture."""

    at: tuple[int, int] | None = None
    frozen: Frame | None = None


class Asking:
    """Of one call. ``ask`` sends a command to edge; ``show`` is told what the nurse's window is to show of the pointing."""

    def __init__(
        self,
        call_id: str,
        asks: Asks,
        ask: Callable[[m.Command], Awaitable[None]],
        room: FrameSource,
        show: Callable[[Shown], None],
    ) -> None:
        self._call_id = call_id
        self._asks = asks
        self._ask = ask
        self._room = room
        self._show = show
        self._shown = Shown()
        self._awaited: dict[int, asyncio.Future[m.ForSpecialist]] = {}
        self._listed: tuple[m.EarlierCard, ...] | None = None

    async def serve(self) -> None:
        """Until cancelled; then nothing of the pointing is left on the nurse's window."""
        try:
            while True:
                await self._answer(await self._asks.next())
        finally:
            self._show(Shown())

    def came(self, said: m.ForSpecialist) -> None:
        """What was asked for in another call is not this one's."""
        awaited = self._awaited.get(said.ask)
        if said.call_id == self._call_id and awaited is not None and not awaited.done():
            awaited.set_result(said)

    def look(self, snapshot: m.Snapshot) -> None:
        """Tells the page what is here of the resident, whenever that changed."""
        if snapshot.earlier != self._listed and self._asks.list([_line(one) for one in snapshot.earlier]):
            self._listed = snapshot.earlier

    async def _answer(self, asked: Asked) -> None:
        try:
            match asked:
                case Still(id=number, view=view):
                    await self._fetched(number, m.SpecialistStill(call_id=self._call_id, ask=number, view=view))
                case Fetch(id=number, what=what):
                    await self._fetched(number, m.SpecialistFetch(call_id=self._call_id, ask=number, prior_id=what))
                case Note(id=number, text=text):
                    await self._ask(m.SpecialistNote(call_id=self._call_id, text=text))
                    self._asks.tell({"type": "done", "id": number})
                case Point() | Freeze():
                    await self._pointed(asked)
        except Fault as fault:
            log.info("page_refused", what=type(asked).__name__, reason=fault.reason.value)
            if not isinstance(asked, Point | Freeze):
                self._asks.refuse(asked.id, _WHY.get(fault.reason, "failed"))
        except TimeoutError:
            if not isinstance(asked, Point | Freeze):
                self._asks.refuse(asked.id, "failed")

    async def _fetched(self, number: int, command: m.SpecialistStill | m.SpecialistFetch) -> None:
        """Raises Fault as edge refuses, TimeoutError where nothing comes."""
        awaited = self._awaited[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._ask(command)
                said = await awaited
        finally:
            self._awaited.pop(number, None)
        if said.refused:
            self._asks.refuse(number, said.refused)
            return
        await self._asks.send(*_content(number, said))

    async def _pointed(self, asked: Point | Freeze) -> None:
        match asked:
            case Freeze(on=on):
                self._shown = dataclasses.replace(self._shown, frozen=self._room.latest() if on else None)
            case Point(x=x, y=y, shown=shown, frozen=frozen):
                # edge says whether that call is still hers, before the window shows it
                await self._ask(m.SpecialistPoint(call_id=self._call_id, x=x, y=y, shown=shown, frozen=frozen))
                self._shown = dataclasses.replace(self._shown, at=(x, y) if shown else None)
        self._show(self._shown)


def _line(card: m.EarlierCard) -> dict[str, object]:
    return {
        "id": card.prior_id,
        "kind": card.kind,
        "source": card.source,
        "taken": card.taken,
        "title": card.title,
        "device": card.device,
        "device_en": card.device_en,
        "intimate": card.intimate,
    }


def _content(number: int, said: m.ForSpecialist) -> tuple[dict[str, object], bytes]:
    head: dict[str, object] = {
        "id": number,
        "kind": said.kind,
        "view": said.view,
        "source": said.source,
        "taken": said.taken,
        "sha256": said.sha256,
        "ecg": None,
    }
    if said.ecg is None:
        return head, said.jpeg
    head["ecg"] = {
        "leads": said.ecg.leads,
        "hertz": float(said.ecg.hertz),
        "scales": [
            [float(one.microvolts_per_step), float(one.baseline_microvolts)] if one else None for one in said.ecg.scales
        ],
    }
    return head, said.ecg.samples
