"""What the specialist of a call asks for: of the resident of that call and of nobody else, while it lasts and is agreed to."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from edge.acquire.call import OPEN, Call
from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor
from edge.domain.binding import OnScreen
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.domain.photo import Shows
from edge.domain.ports import Clock
from edge.domain.specialist_note import SpecialistNote, readable
from edge.door import messages as m
from edge.door.earlier_desk import EarlierDesk
from edge.door.still_messages import MOST_BYTES

MOST_STILLS: Final = 40
"""Of one call."""

_TAKEN = "Le médecin a pris une photo : elle est enregistrée."
_NOTED = "Le médecin a écrit une note pour le compte rendu."
_POINTS_NO_MORE = "Le médecin ne montre plus rien."
_ROWS = ("en haut", "au milieu", "en bas")
_COLUMNS = ("à gauche", "au centre", "à droite")


class NoteBook(Protocol):
    """Where notes are kept. Raises Fault(STORE_IO | NO_ROOM)."""

    async def add(self, note: SpecialistNote, encounter_id: str, now: Instant, by: Actor) -> None: ...


class SpecialistDesk:
    """``take`` asks media for a still in the name of an operator and says its request; ``tell`` hands something to media;
    ``noted`` lets the screen show a note that is saved.

    ``inner`` does every other command.
    """

    def __init__(
        self,
        recorder: Recorder,
        consents: Consents,
        earlier: EarlierDesk,
        notes: NoteBook,
        clock: Clock,
        call: Callable[[], Call],
        take: Callable[[Shows, Actor, Operator | None], Awaitable[str]],
        tell: Callable[[m.ForSpecialist], bool],
        noted: Callable[[SpecialistNote], None],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._consents = consents
        self._earlier = earlier
        self._notes = notes
        self._clock = clock
        self._call = call
        self._take = take
        self._tell = tell
        self._noted = noted
        self._inner = inner
        self._asked: dict[str, m.SpecialistStill] = {}
        self._taken = ("", 0)

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault(CALL) where that call is not open any more, Fault(NOT_ALLOWED) for a guest."""
        match command:
            case m.SpecialistStill():
                await self._still(command, by)
            case m.SpecialistFetch():
                await self._fetch(command, by)
            case m.SpecialistPoint():
                self._point(command)
            case m.SpecialistNote():
                await self._note(command, by)
            case m.SubmitStill():
                await self._submitted(command, by)
            case m.StillFailed():
                await self._inner(command, by)
                self._none(command.request_id, "camera")
            case _:
                await self._inner(command, by)

    def _here(self, call_id: str) -> OnScreen:
        """Whom that call is about, who is on screen (H1), while she agrees to it (H19)."""
        call, shown = self._call(), self._recorder.on_screen
        open_here = call.call_id == call_id and call.state in OPEN and not call.parked
        if shown is None or not open_here or shown.encounter.id != call.encounter_id:
            raise Fault(Reason.CALL, "that call is not open for who is on screen", "call again")
        if not self._consents.allows(call.encounter_id, call.call_id):
            raise Fault(Reason.CALL, "nothing allows that call any more", "call again")
        if call.guest or call.visitor.invited:
            raise Fault(Reason.NOT_ALLOWED, "a guest sees no record", "")
        return shown

    # --- a still

    async def _still(self, asked: m.SpecialistStill, by: Actor) -> None:
        self._here(asked.call_id)
        of, count = self._taken
        count = count if of == asked.call_id else 0
        if count >= MOST_STILLS:
            raise Fault(Reason.NO_ROOM, "too many stills in one call", "end the call and begin another")
        self._taken = (asked.call_id, count + 1)
        who = self._call().visitor
        operator = Operator(who.name, who.rpps) if who.name or who.rpps else None
        self._asked[await self._take(Shows.of(asked.view), by, operator)] = asked

    async def _submitted(self, still: m.SubmitStill, by: Actor) -> None:
        """The bytes that were saved are those that are told, with their SHA-256."""
        asked = self._asked.get(still.request_id)
        try:
            await self._inner(still, by)
        except Fault:
            self._none(still.request_id, "failed")
            raise
        self._asked.pop(still.request_id, None)
        if asked is None:
            return
        self._recorder.notice = _TAKEN
        self._hand_over(
            m.ForSpecialist(
                call_id=asked.call_id,
                ask=asked.ask,
                kind="photo",
                view=asked.view,
                taken=self._clock.now().utc.isoformat(),
                jpeg=still.jpeg,
                sha256=hashlib.sha256(still.jpeg).hexdigest(),
            )
        )

    def _none(self, request_id: str, why: str) -> None:
        if asked := self._asked.pop(request_id, None):
            self._tell(m.ForSpecialist(call_id=asked.call_id, ask=asked.ask, refused=why))

    # --- what is here of her

    async def _fetch(self, asked: m.SpecialistFetch, by: Actor) -> None:
        shown = self._here(asked.call_id)
        prior, content = await self._earlier.opened(asked.prior_id, by)
        if self._here(asked.call_id) is not shown:
            raise Fault(Reason.RESIDENT_CHANGED, "the resident changed while it was read", "ask again")
        bytes_of = content.jpeg or (content.ecg.samples if content.ecg else b"")
        if not bytes_of or len(bytes_of) > MOST_BYTES:
            raise Fault(Reason.UNDECODABLE, "it cannot be shown on that page", "open it elsewhere")
        self._hand_over(
            m.ForSpecialist(
                call_id=asked.call_id,
                ask=asked.ask,
                kind=prior.kind.value,
                view=prior.title,
                source=prior.source,
                taken=prior.taken,
                jpeg=content.jpeg or b"",
                ecg=m.WholeEcg.of(content.ecg, prior.taken, prior.device) if content.ecg and not content.jpeg else None,
                sha256=hashlib.sha256(bytes_of).hexdigest(),
            )
        )

    def _hand_over(self, said: m.ForSpecialist) -> None:
        """Nothing of her leaves for a call that ended, or that she took back, while it was being read."""
        try:
            self._here(said.call_id)
        except Fault:
            return
        self._tell(said)

    # --- pointing, writing

    def _point(self, said: m.SpecialistPoint) -> None:
        self._here(said.call_id)
        if not said.shown:
            self._recorder.notice = _POINTS_NO_MORE
            return
        where = f"{_ROWS[min(2, said.y * 3 // 1000)]}, {_COLUMNS[min(2, said.x * 3 // 1000)]}"
        frozen = " Image figée." if said.frozen else ""
        self._recorder.notice = f"Le médecin montre : {where} de l'image.{frozen}"

    async def _note(self, said: m.SpecialistNote, by: Actor) -> None:
        shown = self._here(said.call_id)
        try:
            text = readable(said.text)
        except ValueError:
            raise Fault(Reason.UNDECODABLE, "a note with nothing that can be printed", "write it again") from None
        who, now = self._call().visitor, self._clock.now()
        note = SpecialistNote(said.call_id, text, who.name, who.rpps, now.utc)
        await self._notes.add(note, shown.encounter.id, now, by)
        self._recorder.notice = _NOTED
        if self._call().call_id == said.call_id:
            self._noted(note)
