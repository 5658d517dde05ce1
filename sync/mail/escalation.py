"""An opinion that nobody gave in time, as a message for the site's mailbox; and the loop that hands them in, each once.

A message that the server took although the line broke before it said so goes again, under the same Message-ID and with the same bytes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final, Protocol

import structlog

from edge.domain.delivery import Event
from edge.domain.escalation import EscalationBook, Overdue
from edge.domain.fault import Fault
from edge.domain.item import Frozen, InMemory
from edge.domain.measurement import Instant
from edge.domain.opinion import Specialty, Urgency
from edge.domain.ports import Outcome
from edge.domain.report import House
from sync.mail.message import Envelope

log = structlog.get_logger()

_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)
_LONGEST_WAIT: Final = 3600.0
"""Seconds between two attempts where the server refuses."""

SPECIALTIES: Final[Mapping[Specialty, str]] = MappingProxyType(
    {
        Specialty.DERMATOLOGY: "dermatologie",
        Specialty.CARDIOLOGY: "cardiologie",
        Specialty.WOUNDS: "plaies et cicatrisation",
        Specialty.GERIATRICS: "gériatrie",
    }
)
URGENCIES: Final[Mapping[Urgency, str]] = MappingProxyType(
    {Urgency.ROUTINE: "non urgent", Urgency.SOON: "rapide (48 h)", Urgency.EMERGENCY: "URGENT (2 h)"}
)


def message_id(one: Overdue, sender: str) -> str:
    """Of this delay of this request, in angle brackets (RFC 5322, 3.6.4)."""
    return f"<{one.request_id}.overdue.{one.event}@{sender.rpartition('@')[2]}>"


def build(one: Overdue, house: House, envelope: Envelope) -> bytes:
    """The whole message, each line ended as SMTP wants it: the same delay, the same bytes. Nothing in it is about whom it was asked."""
    made = EmailMessage(policy=_POLICY)
    made["Subject"] = f"Avis sans réponse : {SPECIALTIES[one.specialty]}, {URGENCIES[one.urgency]}"
    made["From"] = envelope.sender
    made["To"] = ", ".join(envelope.recipients)
    made["Date"] = format_datetime(one.noted.astimezone(dt.UTC))
    made["Message-ID"] = message_id(one, envelope.sender)
    if one.urgency is Urgency.EMERGENCY:
        made["X-Priority"] = "1"
    lines = [
        f"{house.name}, borne {house.station} : une demande d'avis n'a pas reçu de réponse dans son délai.",
        "\n".join(
            [
                f"Spécialité : {SPECIALTIES[one.specialty]}",
                f"Urgence : {URGENCIES[one.urgency]}",
                f"Destinataire : {one.addressee or 'non précisé'}",
                f"Demandé le : {_when(one.asked, house)}",
                f"Réponse attendue au plus tard le : {_when(one.due, house)}",
                *([f"Déjà relancé : {one.chased} fois"] if one.chased else []),
                f"Demande n° {one.request_id}",
            ]
        ),
        "Appelez le destinataire, puis notez la relance sur la borne (page AVIS), où figure la personne concernée.",
        *(["DÉMONSTRATION / DEMONSTRATION"] if house.demonstration else []),
    ]
    made.set_content("\n\n".join([*lines, ""]))
    return made.as_bytes()


def _when(at: dt.datetime, house: House) -> str:
    return f"{at.astimezone(house.zone):%d/%m/%Y %H:%M}"


class Mailer(Protocol):
    """Whoever hands in messages: a MailboxDestination."""

    name: str

    async def send(self, objects: Sequence[Frozen]) -> Sequence[Outcome]: ...


class Escalating:
    """Tells one mailbox, every ``every_seconds``, what it was not told yet; a refusal makes it ask less often, and loses nothing."""

    def __init__(
        self,
        book: EscalationBook,
        mailer: Mailer,
        envelope: Envelope,
        house: House,
        now: Callable[[], Instant],
        every_seconds: float,
    ) -> None:
        self._book = book
        self._mailer = mailer
        self._envelope = envelope
        self._house = house
        self._now = now
        self._every = every_seconds

    async def run(self) -> None:
        """Until cancelled."""
        wait = self._every
        while True:
            try:
                all_told = await self.once()
            except Fault as fault:
                log.warning(
                    "escalation_failed", destination=self._mailer.name, reason=fault.reason.value, what=fault.what
                )
                all_told = False
            except Exception:  # a defect is told, and does not end what else is handed in
                log.exception("escalation_failed", destination=self._mailer.name)
                all_told = False
            wait = self._every if all_told else min(wait * 2, _LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def once(self) -> bool:
        """Whether nothing is left to tell. Raises Fault where the store fails."""
        waiting = {str(one.event): one for one in await self._book.to_tell(self._mailer.name, self._now())}
        if not waiting:
            return True
        outcomes = await self._mailer.send([self._frozen(one) for one in waiting.values()])
        left = len(waiting)
        for outcome in outcomes:
            if outcome.event is Event.ACCEPTED:
                await self._book.told(waiting[outcome.item_id], self._mailer.name, self._now())
                left -= 1
            else:
                log.warning("escalation_not_sent", destination=self._mailer.name, what=outcome.what)
        log.info("escalations", destination=self._mailer.name, count=len(waiting) - left)
        return left == 0

    def _frozen(self, one: Overdue) -> Frozen:
        content = build(one, self._house, self._envelope)
        return Frozen(str(one.event), "", "", InMemory(content), hashlib.sha256(content).hexdigest())
