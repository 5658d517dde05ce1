"""What each command about whose something is does. The cart never decides: a person said so (H1, H2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.domain.patient import Encounter, Sex
from edge.domain.ports import Clock
from edge.domain.whose import WhoseBook
from edge.door import messages as m


class AssignDesk:
    """``inner`` does every other command. Raises Fault where one cannot be done; then nothing has changed."""

    def __init__(
        self,
        recorder: Recorder,
        book: WhoseBook,
        clock: Clock,
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._book = book
        self._clock = clock
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        now = self._clock.now()
        match command:
            case m.AssignItem(item_id=item_id, patient_id=patient_id):
                await self._book.assign(item_id, patient_id, now, by)
            case m.LeaveAside(item_id=item_id):
                await self._book.set_aside(item_id, now, by)
            case m.MoveItem(item_id=item_id, patient_id=patient_id):
                await self._book.move(item_id, patient_id, now, by)
            case m.MoveRound(encounter_id=encounter_id, patient_id=patient_id):
                await self._move_round(encounter_id, patient_id, by)
            case m.NewResident():
                await self._new_resident(command, by)
            case m.Reconcile(patient_id=patient_id, became=became):
                await self._reconcile(patient_id, became, by)
            case m.TakeBack(patient_id=patient_id):
                await self._book.take_back(patient_id, now, by)
            case m.LookedAt(number=number):
                await self._book.looked(number, now, by)
            case _:
                await self._inner(command, by)

    async def _instead(self, patient_id: str, by: Actor) -> Encounter | None:
        """``patient_id`` is on screen from now: what is measured next is not of whoever was there wrongly."""
        await self._inner(m.SelectResident(patient_id=patient_id), by)
        shown = self._recorder.on_screen
        return shown.encounter if shown and shown.patient.id == patient_id else None

    async def _move_round(self, encounter_id: str, patient_id: str, by: Actor) -> None:
        shown = self._recorder.on_screen
        into = None
        if shown and shown.encounter.id == encounter_id and shown.patient.id != patient_id:
            into = await self._instead(patient_id, by)
        await self._book.move_round(encounter_id, patient_id, self._clock.now(), by, into)

    async def _new_resident(self, command: m.NewResident, by: Actor) -> None:
        try:
            sex = Sex(command.sex)
        except ValueError as exc:
            raise Fault(Reason.NOT_ALLOWED, "Sexe non renseigné", "choisissez homme ou femme") from exc
        patient = await self._book.new_resident(sex, command.room, command.about_years, self._clock.now(), by)
        await self._inner(m.SelectResident(patient_id=patient.id), by)

    async def _reconcile(self, patient_id: str, became: str, by: Actor) -> None:
        shown = self._recorder.on_screen
        if shown and shown.patient.id == patient_id:
            await self._instead(became, by)
        await self._book.reconcile(patient_id, became, self._clock.now(), by)
