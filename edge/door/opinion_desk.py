"""What each command about an opinion does, and what would go with one now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from edge.acquire.recorder import Recorder
from edge.contacts import Contact
from edge.domain.audit import Act, Actor
from edge.domain.binding import OnScreen
from edge.domain.capture import Capture, Line
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.measurement import Kind
from edge.domain.operator import Operator
from edge.domain.opinion import (
    ASKED_HERE,
    Addressee,
    Held,
    Missing,
    Opinion,
    Question,
    Specialty,
    Urgency,
    gather,
)
from edge.domain.photo import Photo
from edge.domain.ports import Clock, Ledger
from edge.domain.sound import Sound
from edge.door import messages as m


class OpinionDesk:
    """``contacts`` are those of the settings. What is nothing about opinions goes on to ``inner``."""

    def __init__(
        self,
        recorder: Recorder,
        ledger: Ledger,
        clock: Clock,
        contacts: Sequence[Contact],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._ledger = ledger
        self._clock = clock
        self._contacts = contacts
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        match command:
            case m.AskOpinion():
                await self._ask(command, by)
            case m.Dialled():
                await self._dialled(command, by)
            case _:
                await self._inner(command, by)

    def _shown(self, encounter_id: str) -> OnScreen:
        """Raises Fault(NO_RESIDENT | RESIDENT_CHANGED)."""
        shown = self._recorder.on_screen
        if shown is None:
            raise Fault(Reason.NO_RESIDENT, "Aucun résident choisi", "choisissez le résident")
        if shown.encounter.id != encounter_id:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident a changé", "regardez l'écran et recommencez")
        return shown

    async def _ask(self, command: m.AskOpinion, by: Actor) -> None:
        shown = self._shown(command.encounter_id)
        try:
            specialty, question = Specialty(command.specialty), Question(command.question)
            urgency = Urgency(command.urgency)
        except ValueError as exc:
            raise Fault(Reason.NOT_ALLOWED, "Cette demande ne se fait pas ainsi", "recommencez") from exc
        if not command.consent and urgency is not Urgency.EMERGENCY:
            raise Fault(Reason.NOT_ALLOWED, "Sans accord, pas de demande d'avis", "recueillez l'accord du résident")
        overview = await self._ledger.overview(shown.encounter.id)
        dossier = gather(held(overview.lines), specialty)
        if dossier.lacks and not command.anyway and urgency is not Urgency.EMERGENCY:
            raise Fault(Reason.NOT_ALLOWED, "Il manque quelque chose à la demande", "complétez, ou envoyez quand même")
        addressee = addressed(self._contacts, specialty)
        asked = Opinion(specialty, question, urgency, command.consent, addressee, dossier.attached, dossier.gaps)
        now = self._clock.now()
        agreed = "with consent" if command.consent else "without consent"
        lacking = f", {len(dossier.gaps)} gaps" if dossier.gaps else ""
        detail = f"{specialty}, {urgency}, {agreed}, {len(dossier.attached)} items{lacking}"
        await self._ledger.note(Act.OPINION, by, now, shown.encounter, detail)
        self._shown(command.encounter_id)
        capture = Capture(Kind.OPINION, asked, ASKED_HERE, now, f"opinion {uuid7()}", operator=Operator.of(by.who))
        await self._recorder.keep_for(capture, shown)

    async def _dialled(self, command: m.Dialled, by: Actor) -> None:
        shown = self._shown(command.encounter_id)
        role = next((one.role for one in self._contacts if one.label == command.contact), None)
        if role is None:
            raise Fault(Reason.NOT_ALLOWED, "Ce contact n'est plus dans les réglages", "choisissez-en un autre")
        await self._ledger.note(Act.DIALLED, by, self._clock.now(), shown.encounter, role)


def addressed(contacts: Iterable[Contact], specialty: Specialty) -> Addressee:
    """Who answers for ``specialty`` here; nobody by name where the settings have none."""
    return next((Addressee(one.label, one.rpps) for one in contacts if one.specialty == specialty.value), Addressee())


def held(lines: Iterable[Line]) -> list[Held]:
    """What a request may attach, newest first."""
    return [Held(line.item_id, line.kind, _wrong(line)) for line in lines if not line.entered_in_error]


def _wrong(line: Line) -> Missing | None:
    match line.payload:
        case Photo() as photo:
            if photo.too_bright:
                return Missing.OVEREXPOSED
            return Missing.DARK if photo.too_dark else Missing.BLURRED if photo.too_blurred else None
        case Sound() as sound:
            return Missing.FAINT if sound.too_quiet or sound.too_loud else None
        case _:
            return None


def cards(lines: Sequence[Line], contacts: Sequence[Contact]) -> tuple[m.DossierCard, ...]:
    """For each specialty, what would go with a request now."""
    there = held(lines)
    found = []
    for specialty in Specialty:
        dossier = gather(there, specialty)
        found.append(
            m.DossierCard(
                specialty=specialty.value,
                addressee=addressed(contacts, specialty).label,
                attached=dossier.attached,
                gaps=tuple(m.GapCard(missing=gap.missing.value, item_id=gap.item_id) for gap in dossier.gaps),
            )
        )
    return tuple(found)


def contact_cards(contacts: Iterable[Contact], english: Callable[[str], str]) -> tuple[m.ContactCard, ...]:
    return tuple(
        m.ContactCard(
            label=one.label,
            label_en=one.label_en or english(one.label),
            role=one.role,
            number=one.number,
            hours=one.hours,
            video=one.video,
        )
        for one in contacts
    )
