"""`telecart rounds text`: what was done in a round, as transmissions ciblées, to be pasted into the residents' record."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from edge.domain.audit import Act, Entry
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.mains.sync import source_of
from edge.settings import Settings
from edge.store.keeping import audit, reporting, round_list
from edge.store.ledger import open_for_sync
from sync.report import transmission

MOST = 100
"""Rounds that are written at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pasted:
    """One round: ``opened`` in UTC, ``text`` in French."""

    encounter_id: str
    patient_id: str
    opened: dt.datetime
    text: str


def texts(
    settings: Settings, encounter_id: str = "", patient_id: str = "", hours: float | None = None
) -> Sequence[Pasted]:
    """Of that round; or of that resident the rounds of the last ``hours``, oldest first, None for the newest one alone.

    That it was written out is traced. Raises Fault(NOT_ALLOWED) where there is none.
    """
    now = SystemClock().now()
    house = source_of(settings).house
    by = of_process("rounds", "telecart rounds")
    opened = open_for_sync(places_of(settings))
    try:
        wanted: Sequence[str] = [encounter_id]
        if not encounter_id:
            since = None if hours is None else now.utc - dt.timedelta(hours=hours)
            found = round_list.rounds_of(opened.database, patient_id, since, 1 if hours is None else MOST)
            wanted = found[::-1]
        if not wanted:
            raise Fault(Reason.NOT_ALLOWED, "nothing was recorded for this resident in that time", "check the id")
        written = []
        for name in wanted:
            report = reporting.gather(opened.database, opened.blobs, name, "", now)
            text = transmission.text(report, house)
            written.append(Pasted(name, report.patient.id, report.encounter.opened, text))
            trace = Entry(Act.HANDED_OUT, by, now, report.patient.id, name, detail="text of the round")
            with opened.database.write():
                audit.append(opened.database, trace)
    finally:
        opened.database.close()
    return written
