"""`telecart consent`: what residents agreed to, and what is brought on paper: an authorisation with its document."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.domain.consent import Basis, Consent, Scope
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.operator import Operator
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.consent_book import StoredConsents

LARGEST_DOCUMENT: Final = 20 << 20
"""Bytes."""


async def listed(settings: Settings, patient_id: str) -> tuple[Consent, ...]:
    """Of this resident, of all where it is ""; the oldest first."""
    async with own_store(settings, of_process("consent", "telecart consent list")) as ledger:
        book = StoredConsents(ledger.thread)
        return await (book.of(patient_id) if patient_id else book.of_all())


async def add(
    settings: Settings, patient_id: str, basis: Basis, other: str, collected_by: Operator, document: Path | None
) -> Consent:
    """One that stands until it is withdrawn. Raises Fault(NOT_ALLOWED) for one that says too little, Fault(NO_RESIDENT)."""
    by, now = of_process("consent", "telecart consent add"), SystemClock().now()
    content = _pdf(document)
    try:
        consent = Consent(
            str(uuid7()), patient_id, basis, Scope.STANDING, now.utc, collected_by, other=" ".join(other.split())
        )
    except ValueError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"not noted: {exc}", "say it with --other, or at the bedside") from exc
    async with own_store(settings, by) as ledger:
        return await StoredConsents(ledger.thread).collect_with(consent, content, now, by)


async def withdraw(settings: Settings, consent_id: str) -> Consent:
    """A call that rests on it ends at once. Raises Fault(NOT_ALLOWED) where none of that id stands."""
    by = of_process("consent", "telecart consent withdraw")
    async with own_store(settings, by) as ledger:
        return await StoredConsents(ledger.thread).withdraw_any(consent_id, SystemClock().now(), by)


async def complete(settings: Settings, consent_id: str, other: str, document: Path | None) -> Consent:
    """A name or a document that comes later. Raises Fault(NOT_ALLOWED) where none of that id stands."""
    by, content = of_process("consent", "telecart consent complete"), _pdf(document)
    async with own_store(settings, by) as ledger:
        book = StoredConsents(ledger.thread)
        return await book.complete(consent_id, " ".join(other.split()), content, SystemClock().now(), by)


async def document(settings: Settings, consent_id: str) -> bytes:
    """As it was brought. Raises Fault(NOT_ALLOWED) where there is none."""
    async with own_store(settings, of_process("consent", "telecart consent document")) as ledger:
        book = StoredConsents(ledger.thread)
        one = next((one for one in await book.of_all() if one.id == consent_id), None)
        content = await book.document(one) if one else None
        if content is None:
            raise Fault(Reason.NOT_ALLOWED, "no document of that consent is here", "look it up: telecart consent list")
        return content


def _pdf(path: Path | None) -> bytes:
    """Raises Fault(CORRUPT_FILE)."""
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_DOCUMENT + 1)
    except OSError as exc:
        raise Fault(Reason.CORRUPT_FILE, f"{path} cannot be read: {exc.strerror}", "give another file") from exc
    if not content.startswith(b"%PDF-") or len(content) > LARGEST_DOCUMENT:
        raise Fault(Reason.CORRUPT_FILE, f"{path} is no PDF of at most 20 MB", "scan it anew as a PDF")
    return content
