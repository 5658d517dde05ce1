"""`telecart report`: the report of an encounter, or what its billing needs, in a file; or on its way to those who get reports."""

from __future__ import annotations

import os
from pathlib import Path

from edge.domain.audit import Act, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.report import EncounterReport, Language
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import destinations, places_of
from edge.mains.sync import source_of
from edge.settings import Settings
from edge.store.keeping import audit
from edge.store.keeping.reporting import gather
from edge.store.keeping.reports import Reports
from edge.store.ledger import open_for_sync
from edge.store.sending.outbox import Opened


def write(settings: Settings, encounter_id: str, to: Path, language: Language) -> None:
    """The report as it is now, not encrypted, for its owner only. Raises Fault."""
    from sync.report import document

    opened = open_for_sync(places_of(settings))
    try:
        report = _gathered(opened, encounter_id)
        _trace(opened, report, "report, to a file")
        _put(to, document.pdf(report, source_of(settings).house, language))
    finally:
        opened.database.close()


def write_slip(settings: Settings, encounter_id: str, to: Path | None, language: Language) -> str:
    """What the billing needs, as text, and as PDF where ``to`` says where. Raises Fault."""
    from sync.report import slip

    opened = open_for_sync(places_of(settings))
    try:
        report = _gathered(opened, encounter_id)
        _trace(opened, report, "billing slip")
        house = source_of(settings).house
        if to is not None:
            _put(to, slip.pdf(report, house, language))
        return slip.text(report, house, language)
    finally:
        opened.database.close()


def send(settings: Settings, encounter_id: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """The id of the report that was promised, and to whom. The one before it counts no more. Raises Fault."""
    opened = open_for_sync(places_of(settings))
    try:
        now, by = SystemClock().now(), of_process("report", "telecart report --send")
        reports = Reports(opened.database, opened.blobs, destinations(settings))
        with opened.database.write():
            number = reports.ask(encounter_id, language, now)
            detail = f"report {number}, to be sent"
            audit.append(opened.database, Entry(Act.REPORTED, by, now, "", encounter_id, number, detail))
        return number, reports.to
    finally:
        opened.database.close()


def _gathered(opened: Opened, encounter_id: str) -> EncounterReport:
    return gather(opened.database, opened.blobs, encounter_id, str(uuid7()), SystemClock().now())


def _trace(opened: Opened, report: EncounterReport, what: str) -> None:
    """First: no copy without its trace."""
    by = of_process("report", "telecart report")
    entry = Entry(Act.REPORTED, by, SystemClock().now(), report.patient.id, report.encounter.id, detail=what)
    audit.note(opened.database, entry)


def _put(to: Path, content: bytes) -> None:
    """Raises Fault(STORE_IO), also where there is a file already."""

    def owned(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    try:
        with open(to, "xb", opener=owned) as file:
            file.write(content)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{to}: {exc.strerror}", "name a new file") from exc
