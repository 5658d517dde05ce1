"""What the resident on screen agreed to, and to which act: nothing opens without it (H19)."""

from __future__ import annotations

from typing import Protocol

from edge.domain.audit import Actor, Noted
from edge.domain.binding import OnScreen
from edge.domain.capture import Capture, Saved
from edge.domain.consent import Basis, Consent, basis_for, last_word
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant
from edge.domain.patient import Encounter


class ConsentBook(Protocol):
    """Where consents are kept. Each raises Fault(STORE_IO | STORE_DAMAGED)."""

    async def of(self, patient_id: str) -> tuple[Consent, ...]:
        """All that was ever taken down of this resident."""
        ...

    async def collect(self, consent: Consent, encounter: Encounter, now: Instant, by: Actor) -> None: ...

    async def withdraw(self, consent_id: str, encounter: Encounter, now: Instant, by: Actor) -> None:
        """Raises Fault(NOT_ALLOWED) for one that does not stand, or is of another resident."""
        ...

    async def ask(self, capture: Capture, consent: Consent, act_id: str, encounter: Encounter, note: Noted) -> Saved:
        """A request, what is noted of it, and ``consent`` where it is not taken down yet: all of it or nothing.

        Raises Fault(NOT_ALLOWED) where that consent does not allow the act by now: then nothing was written.
        """
        ...


class Consents:
    """Of the resident on screen only: whoever comes on screen is read anew, and asked anew for her next act."""

    def __init__(self, book: ConsentBook) -> None:
        self.book = book
        self._encounter_id = ""
        self._records: tuple[Consent, ...] = ()
        self._next = ""

    async def look(self, shown: OnScreen | None) -> tuple[Consent, ...]:
        """Reads what is kept of who is ``shown``, and returns it."""
        records = await self.book.of(shown.patient.id) if shown else ()
        self._follow(shown.encounter.id if shown else "")
        self._records = records
        return records

    def of(self, encounter_id: str) -> tuple[Consent, ...]:
        """What was read last; nothing of anybody else."""
        return self._records if encounter_id and encounter_id == self._encounter_id else ()

    def next_act(self, encounter_id: str) -> str:
        """The id of the call or request that comes next in this encounter. What was agreed to it counts for nothing else."""
        self._follow(encounter_id)
        return self._next

    def begun(self) -> None:
        """The act that came next has begun: the one after it is another."""
        self._next = str(uuid7())

    def allows(self, encounter_id: str, act_id: str) -> bool:
        """By what was read last, at once."""
        return basis_for(self.of(encounter_id), act_id) is not None

    async def basis(self, shown: OnScreen, act_id: str) -> Consent | None:
        """What allows the act, read now. Raises Fault(NOT_ALLOWED) where she refused."""
        records = await self.look(shown)
        word = last_word(records, act_id)
        if word is not None and word.stands and word.basis is Basis.REFUSAL:
            raise Fault(Reason.NOT_ALLOWED, "La personne a refusé", "respectez son refus, ou retirez-le s'il a changé")
        return basis_for(records, act_id)

    def _follow(self, encounter_id: str) -> None:
        if encounter_id != self._encounter_id:
            self._encounter_id, self._records = encounter_id, ()
            self.begun()
