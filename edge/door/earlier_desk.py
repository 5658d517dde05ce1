"""Earlier pictures and ECGs of the resident on screen: listed with every snapshot, handed out one at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from edge.acquire.recorder import Recorder
from edge.domain.audit import Act, Actor
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Photo
from edge.domain.ports import Clock, Ledger
from edge.domain.prior import EarlierBook, Opened, Prior
from edge.domain.waveform import Waveform
from edge.door import messages as m, snapshot
from edge.door.still_messages import MOST_BYTES


class EarlierDesk:
    """``open_copy`` reads the DICOM file of a far end, in its worker; ``tell`` hands a picture to the bedside screen."""

    def __init__(
        self,
        recorder: Recorder,
        ledger: Ledger,
        book: EarlierBook,
        clock: Clock,
        open_copy: Callable[[bytes], Awaitable[Opened]],
        tell: Callable[[m.Earlier], None],
    ) -> None:
        self._recorder = recorder
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._open_copy = open_copy
        self._tell = tell

    async def show(self, prior_id: str, by: Actor) -> None:
        """Only what is the resident's who is on screen, before and after it was read (H1).

        Raises Fault(NO_RESIDENT | RESIDENT_CHANGED | PURGED | UNDECODABLE | CORRUPT_FILE).
        """
        prior, content, encounter_id = await self._open(prior_id, by)
        self._tell(_said(prior, content, encounter_id))

    async def show_ecg(self, prior_id: str, by: Actor) -> None:
        """All of an ECG, to be drawn. As ``show``; Fault(UNDECODABLE) also for one that is too long for the door."""
        prior, content, encounter_id = await self._open(prior_id, by)
        if content.ecg is None or len(content.ecg.samples) > MOST_BYTES:
            raise Fault(Reason.UNDECODABLE, "Ce tracé ne s'affiche pas ici", "ouvrez-le ailleurs")
        whole = m.WholeEcg.of(content.ecg, prior.taken, prior.device)
        self._tell(m.Earlier(prior_id=prior.id, encounter_id=encounter_id, ecg=whole))

    async def picture(self, prior_id: str, by: Actor) -> bytes:
        """The JPEG of an earlier photo, for who is at the cart to see beside the running one. As ``show``."""
        _, content, _ = await self._open(prior_id, by)
        if content.jpeg is None:
            raise Fault(Reason.UNDECODABLE, "Ce document ne s'affiche pas ici", "ouvrez-le ailleurs")
        return content.jpeg

    async def opened(self, prior_id: str, by: Actor) -> tuple[Prior, Opened]:
        """As ``show``, for the specialist of an open call: the caller sees to that."""
        prior, content, _ = await self._open(prior_id, by)
        return prior, content

    async def _open(self, prior_id: str, by: Actor) -> tuple[Prior, Opened, str]:
        """What it is, what is in it, and for which encounter."""
        shown = self._recorder.on_screen
        if shown is None:
            raise Fault(Reason.NO_RESIDENT, "Aucun résident choisi", "choisissez le résident")
        listed = await self._book.earlier(shown.patient.id)
        prior = next((one for one in listed if one.id == prior_id), None)
        if prior is None:
            raise Fault(Reason.PURGED, "Cette image n'est plus ici", "regardez là où elle a été envoyée")
        content = await self._content(shown.patient.id, prior)
        await self._ledger.note(Act.SHOWN, by, self._clock.now(), shown.encounter, _words(prior))
        if self._recorder.on_screen is not shown:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez")
        return prior, content, shown.encounter.id

    async def _content(self, patient_id: str, prior: Prior) -> Opened:
        if prior.source:
            return await self._open_copy(await self._book.copy(patient_id, prior.id))
        match (await self._ledger.load(prior.id)).payload:
            case Photo(jpeg=jpeg):
                return Opened(jpeg=jpeg)
            case Waveform() as ecg:
                return Opened(ecg=ecg)
            case _:
                raise Fault(Reason.UNDECODABLE, "Ce document ne s'affiche pas ici", "ouvrez-le ailleurs")


def _words(prior: Prior) -> str:
    return f"{prior.kind.value}, {prior.id}" + (f", from {prior.source}" if prior.source else "")


def _said(prior: Prior, content: Opened, encounter_id: str) -> m.Earlier:
    if content.jpeg is None and content.ecg is None:
        raise Fault(Reason.UNDECODABLE, "Ce document ne s'affiche pas ici", "ouvrez-le ailleurs")
    return m.Earlier(
        prior_id=prior.id,
        encounter_id=encounter_id,
        jpeg=content.jpeg or b"",
        trace=snapshot.trace_of(prior.id, content.ecg) if content.ecg else None,
    )


def cards(priors: Sequence[Prior]) -> tuple[m.EarlierCard, ...]:
    return tuple(
        m.EarlierCard(
            prior_id=one.id,
            kind=one.kind.value,
            source=one.source,
            taken=one.taken,
            title=one.title,
            site=one.site.value if one.site else "",
            side=one.side.value if one.side else "",
            region=one.region,
            who=one.who,
            device=one.device,
            intimate=one.intimate,
        )
        for one in priors
    )
