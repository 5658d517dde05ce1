"""What each command about a consent does, and what stands on the screen of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from edge.acquire.call import ACTIVE, Call
from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor
from edge.domain.binding import OnScreen
from edge.domain.consent import Basis, Consent, OverRefusal, Scope, last_word, over_refusal
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.operator import Operator
from edge.domain.patient import Patient
from edge.domain.ports import Clock
from edge.door import messages as m


class ConsentDesk:
    """``call`` is the one that runs, ``changed`` ends one that nothing allows any more. ``anonymous``: somebody came in without a badge,

    and may say nothing but that it is an emergency, over no refusal, and take back none. What is nothing about consents goes on to ``inner``.
    """

    def __init__(
        self,
        recorder: Recorder,
        consents: Consents,
        clock: Clock,
        call: Callable[[], Call],
        changed: Callable[[Actor], Awaitable[None]],
        anonymous: Callable[[], bool],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._consents = consents
        self._clock = clock
        self._call = call
        self._changed = changed
        self._anonymous = anonymous
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        match command:
            case m.CollectConsent():
                await self._collect(command, by)
            case m.WithdrawConsent():
                await self._withdraw(command, by)
            case _:
                await self._inner(command, by)

    async def _withdraw(self, command: m.WithdrawConsent, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        if self._anonymous():
            records = await self._consents.book.of(shown.patient.id)
            if any(one.id == command.consent_id and one.basis is Basis.REFUSAL for one in records):
                raise Fault(Reason.NOT_ALLOWED, "Sans badge, un refus ne se retire pas", "présentez votre badge")
        await self._consents.book.withdraw(command.consent_id, shown.encounter, self._clock.now(), by)
        await self._told(by)

    async def _collect(self, command: m.CollectConsent, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        act_id = "" if command.standing else act_of(self._call(), self._consents, shown.encounter.id)
        now = self._clock.now()
        try:
            consent = Consent(
                id=str(uuid7()),
                patient_id=shown.patient.id,
                basis=Basis(command.basis),
                scope=Scope.STANDING if command.standing else Scope.ACT,
                collected=now.utc,
                collected_by=Operator.of(by.who),
                other=command.other.strip(),
                act_id=act_id,
            )
        except ValueError as exc:
            raise Fault(Reason.NOT_ALLOWED, "Cet accord ne se note pas ainsi", "choisissez-le à l'écran") from exc
        if self._anonymous() and consent.basis is not Basis.EMERGENCY:
            raise Fault(Reason.NOT_ALLOWED, "Sans badge, seule l'urgence se note", "présentez votre badge")
        if consent.basis is Basis.EMERGENCY:
            self._refuse_over_refusal(await self._consents.book.of(shown.patient.id), act_id)
        await self._consents.book.collect(consent, shown.encounter, now, by)
        await self._told(by)

    def _refuse_over_refusal(self, records: Sequence[Consent], act_id: str) -> None:
        """What an emergency may not do about a refusal that stands (H19). Raises Fault(NOT_ALLOWED)."""
        match over_refusal(records, act_id):
            case OverRefusal.NEVER:
                what = "La personne vient de refuser cet acte"
                raise Fault(Reason.NOT_ALLOWED, what, "si sa volonté n'est plus connue, retirez d'abord son refus")
            case OverRefusal.NAMED_ONLY if self._anonymous():
                what = "La personne a refusé durablement"
                raise Fault(Reason.NOT_ALLOWED, what, "présentez votre badge ; danger immédiat : appelez le 15")

    async def _told(self, by: Actor) -> None:
        """A call that nothing allows any more ends before anybody is answered (H19, H20)."""
        await self._consents.look(self._recorder.on_screen)
        await self._changed(by)


def act_of(call: Call, consents: Consents, encounter_id: str) -> str:
    """The call that runs, else the call or request that comes next."""
    if call.state in ACTIVE and call.encounter_id == encounter_id:
        return call.call_id
    return consents.next_act(encounter_id)


def card(consents: Consents, call: Call, shown: OnScreen | None) -> m.ConsentCard:
    if shown is None:
        return m.ConsentCard()
    encounter_id = shown.encounter.id
    word = last_word(consents.of(encounter_id), act_of(call, consents, encounter_id))
    return _card(word, shown.patient)


def _card(word: Consent | None, patient: Patient) -> m.ConsentCard:
    protection = patient.protection.value if patient.protection else ""
    if word is None:
        return m.ConsentCard(protection=protection, representative=patient.representative)
    who = word.withdrawn_by if word.withdrawn else word.collected_by
    return m.ConsentCard(
        consent_id=word.id,
        basis=word.basis.value,
        standing=word.scope is Scope.STANDING,
        collected=(word.withdrawn or word.collected).isoformat(),
        by=who.name if who else "",
        other=word.other,
        document=bool(word.document_id),
        withdrawn=word.withdrawn is not None,
        protection=protection,
        representative=patient.representative,
    )
