"""What each command about a typed value does, and who set scale 2."""

from __future__ import annotations

from edge.acquire.recorder import Recorder
from edge.domain import typed
from edge.domain.audit import Act, Actor
from edge.domain.capture import Capture
from edge.domain.early_warning import ScaleBook
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.operator import Operator
from edge.domain.ports import Clock, Ledger
from edge.door import messages as m


class TypingDesk:
    def __init__(self, recorder: Recorder, ledger: Ledger, scales: ScaleBook, clock: Clock) -> None:
        self._recorder = recorder
        self._ledger = ledger
        self._scales = scales
        self._clock = clock

    async def handle(self, command: m.TypeValue | m.SetScaleTwo, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        match command:
            case m.TypeValue():
                await self._type(command, by)
            case m.SetScaleTwo(encounter_id=encounter_id, on=on):
                await self._scale_two(encounter_id, by, on=on)

    async def _type(self, command: m.TypeValue, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        try:
            said = [typed.Typed(one.name, one.value, one.unit) for one in command.values]
            parts = typed.parse(command.sheet, said)
        except typed.Refused as exc:
            raise Fault(Reason.NOT_ALLOWED, "Cette valeur n'est pas possible", "vérifiez et recommencez") from exc
        asked = typed.unusual(command.sheet, parts)
        if asked and not command.confirmed:
            raise Fault(Reason.NOT_ALLOWED, "Cette valeur est inhabituelle", "confirmez-la à l'écran")
        reading = typed.reading(command.sheet, parts, confirmed=bool(asked))
        now = self._clock.now()
        await self._ledger.note(Act.TYPED, by, now, shown.encounter, command.sheet)
        self._recorder.who(command.encounter_id)
        capture = Capture(reading.kind, reading, typed.BY_HAND, now, f"typed {uuid7()}", operator=Operator.of(by.who))
        await self._recorder.keep_for(capture, shown)

    async def _scale_two(self, encounter_id: str, by: Actor, *, on: bool) -> None:
        """By a doctor in person: a screen where nobody signs in knows of none (H12)."""
        shown = self._recorder.who(encounter_id)
        doctor = Operator.of(by.who)
        if doctor is None:
            raise Fault(Reason.NOT_ALLOWED, "Un médecin identifié règle l'échelle", "présentez un badge de médecin")
        await self._scales.set(shown.encounter, doctor if on else None, self._clock.now(), by)
