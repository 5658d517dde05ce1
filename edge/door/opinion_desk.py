"""What each command about an opinion does, and what would go with one now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.contacts import Contact
from edge.domain.audit import Act, Actor, Noted
from edge.domain.binding import OnScreen
from edge.domain.capture import Capture, Line
from edge.domain.consent import Basis, Consent, Scope
from edge.domain.dossier import Document, Situation, missing
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
        consents: Consents,
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
        documents: Callable[[str], Awaitable[Sequence[Document]]] | None = None,
    ) -> None:
        self._documents = documents
        self._recorder = recorder
        self._ledger = ledger
        self._clock = clock
        self._contacts = contacts
        self._consents = consents
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

    async def _ask(self, command: m.AskOpinion, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        try:
            specialty, question = Specialty(command.specialty), Question(command.question)
            urgency = Urgency(command.urgency)
            situation = Situation(command.situation) if command.situation else None
        except ValueError as exc:
            raise Fault(Reason.NOT_ALLOWED, "Cette demande ne se fait pas ainsi", "recommencez") from exc
        act_id = self._consents.next_act(shown.encounter.id)
        consent = await self._consents.basis(shown, act_id)
        if consent is None and urgency is not Urgency.EMERGENCY:
            raise Fault(Reason.NOT_ALLOWED, "Sans accord, pas de demande d'avis", "recueillez l'accord du résident")
        overview = await self._ledger.overview(shown.encounter.id)
        dossier = gather(held(overview.lines), specialty)
        if dossier.lacks and not command.anyway and urgency is not Urgency.EMERGENCY:
            raise Fault(Reason.NOT_ALLOWED, "Il manque quelque chose à la demande", "complétez, ou envoyez quand même")
        addressee = addressed(self._contacts, specialty)
        if consent is None:
            consent = self._emergency(shown, act_id, by)
        papers = tuple(await self._documents(shown.patient.id)) if self._documents else ()
        asked = Opinion(
            *(specialty, question, urgency, consent, addressee, dossier.attached, dossier.gaps),
            situation=situation,
            documents=papers,
            absent=missing(papers) if self._documents else (),
        )
        now = self._clock.now()
        lacking = f", {len(dossier.gaps)} gaps" if dossier.gaps else ""
        agreed = f"{consent.basis}, consent {consent.id}"
        detail = f"{specialty}, {urgency}, {agreed}, {len(dossier.attached)} items, {len(papers)} documents{lacking}"
        capture = Capture(Kind.OPINION, asked, ASKED_HERE, now, f"opinion {act_id}", operator=Operator.of(by.who))
        note, book = Noted(detail, now, by), self._consents.book
        self._recorder.who(command.encounter_id)
        await self._recorder.keep_for(capture, shown, lambda: book.ask(capture, consent, act_id, shown.encounter, note))
        if self._consents.next_act(command.encounter_id) == act_id:
            self._consents.begun()

    def _emergency(self, shown: OnScreen, act_id: str, by: Actor) -> Consent:
        """Who asks at once says so by asking: it is taken down as what it is, with the request. Never over a refusal."""
        return Consent(
            id=str(uuid7()),
            patient_id=shown.patient.id,
            basis=Basis.EMERGENCY,
            scope=Scope.ACT,
            collected=self._clock.now().utc,
            collected_by=Operator.of(by.who),
            act_id=act_id,
        )

    async def _dialled(self, command: m.Dialled, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
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


def cards(
    lines: Sequence[Line], contacts: Sequence[Contact], documents: Sequence[Document] | None = None
) -> tuple[m.DossierCard, ...]:
    """For each specialty, what would go with a request now. ``documents`` None: nobody knows what there is on paper."""
    there = held(lines)
    found = []
    for specialty in Specialty:
        dossier = gather(there, specialty)
        found.append(
            m.DossierCard(
                specialty=specialty.value,
                addressee=addressed(contacts, specialty).label,
                attached=dossier.attached,
                documents=tuple(one.role.value for one in documents or ()),
                absent=tuple(role.value for role in missing(documents)) if documents is not None else (),
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
