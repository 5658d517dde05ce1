"""Appointments of a FHIR R4 server, as another source beside the cart's own screen (https://hl7.org/fhir/R4/appointment.html).

    GET Appointment?date=ge...    those from yesterday on, page by page, on the same server
    status    booked, arrived, checked-in: planned; cancelled, entered-in-error: taken back; any other says nothing
    start, end or minutesDuration (20 minutes where neither says anything that can be)
    participant.actor   a Patient, by reference or identifier, must be exactly one resident of ours (H1); another with a display
                        is the doctor
    basedOn   a ServiceRequest of ours is its dossier

It says nothing about a delay: R4 has no element for one. AppointmentResponse is not read.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import quote

import aiohttp

from edge.domain.answer import named
from edge.domain.appointment import LONGEST, SHORTEST, Offered
from edge.domain.fault import Fault, Reason
from edge.domain.opinion import Addressee
from edge.domain.patient import Patient
from edge.domain.text import sanitise_line
from sync.fhir import terms
from sync.fhir.canonical import Resource
from sync.record import about
from sync.record.fhir_answer import based_on
from sync.record.fhir_answers import FhirAnswers

USUAL: Final = dt.timedelta(minutes=20)
_PLANNED: Final = frozenset({"booked", "arrived", "checked-in"})
_TAKEN_BACK: Final = frozenset({"cancelled", "entered-in-error"})
_MOST_PAGES: Final = 200
_LONGEST_ORIGIN: Final = 64


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """``whose`` is what it says of whom it is about."""

    whose: about.About
    offered: Offered


class FhirAppointments(FhirAnswers):
    """The same server as of answers, asked for something else. Every look reads all that is ahead: one that was moved is there too."""

    async def appointments(self) -> AsyncIterator[Seen]:
        """Raises Fault; what came before it stays."""
        since = (self._now() - dt.timedelta(days=1)).date().isoformat()
        url: str | None = f"{self._url}/Appointment?date=ge{quote(since)}&_count=50"
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=10.0)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            for _ in range(_MOST_PAGES):
                if url is None:
                    return
                page = await self._ask(session, url)
                if page.get("resourceType") != "Bundle":
                    raise Fault(Reason.DESTINATION_BUSY, f"what answers for {self.name} is no FHIR server")
                for entry in _dicts(page.get("entry")):
                    resource = entry.get("resource")
                    if isinstance(resource, dict) and (seen := seen_in(resource)) is not None:
                        yield seen
                url = self._next(page, url)
        what = f"the pages of {self.name} have no end"
        raise Fault(Reason.DESTINATION_BUSY, what, "ask its administrator where it stays so")

    def of(self, seen: Seen, residents: Sequence[Patient]) -> str:
        """Whose it is; "" where it is nobody's, or may be more than one's."""
        if not seen.whose:
            return ""
        found = [one.id for one in residents if about.is_hers(seen.whose, one, self._oids)]
        return found[0] if len(found) == 1 else ""


def seen_in(resource: Resource) -> Seen | None:
    """None where it is no appointment, or says nothing that a cart takes."""
    status, origin = str(resource.get("status")), resource.get("id")
    if resource.get("resourceType") != "Appointment" or not isinstance(origin, str) or len(origin) > _LONGEST_ORIGIN:
        return None
    starts, ends = _instant(resource.get("start")), _instant(resource.get("end"))
    if starts is None or status not in _PLANNED | _TAKEN_BACK:
        return None
    actors = [actor for one in _dicts(resource.get("participant")) if isinstance(actor := one.get("actor"), dict)]
    hers = [actor for actor in actors if _is_patient(actor, resource)]
    if len(hers) != 1:
        return None
    whose = about.subject_of({**resource, "subject": hers[0]})
    requests = named(based_on(resource))
    return Seen(
        whose,
        Offered(
            origin=origin,
            starts=starts,
            lasts=_lasts(starts, ends, resource.get("minutesDuration")),
            addressee=next(
                (said for one in actors if one not in hers and (said := _addressee(one)).label), Addressee()
            ),
            requests=tuple(requests),
            taken_back=status in _TAKEN_BACK,
        ),
    )


def _is_patient(actor: Resource, resource: Resource) -> bool:
    if actor.get("type") == "Patient" or "Patient/" in str(actor.get("reference", "")):
        return True
    reference = str(actor.get("reference", ""))
    return reference.startswith("#") and any(
        one.get("resourceType") == "Patient" and one.get("id") == reference[1:]
        for one in _dicts(resource.get("contained"))
    )


def _addressee(actor: Resource) -> Addressee:
    identifier = actor.get("identifier")
    number = ""
    if isinstance(identifier, dict) and identifier.get("system") == terms.RPPS:
        number = str(identifier.get("value", ""))
    number = number if len(number) == 11 and number.isascii() and number.isdigit() else ""
    return Addressee(" ".join(sanitise_line(str(actor.get("display", ""))).split())[:80], number)


def _lasts(starts: dt.datetime, ends: dt.datetime | None, minutes: object) -> dt.timedelta:
    said = USUAL
    if ends is not None:
        said = ends - starts
    elif isinstance(minutes, int) and 0 < minutes < 24 * 60:
        said = dt.timedelta(minutes=minutes)
    return said if SHORTEST <= said <= LONGEST else USUAL


def _instant(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(value))
        return found.astimezone(dt.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _dicts(value: object) -> list[Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
