"""report_pdf_ms: from a closed round in the store to its report as PDF: vital signs, a 12-lead ECG, four photos of 5 MB, an opinion.

The median of several, each with decoders of its own as in `telecart sync`; what Python has to load is loaded before. ``peak_mb`` is what
`telecart sync` would hold at most, its decoders included; beyond ``peak_limit_mb`` nothing counts as measured.
"""

from __future__ import annotations

import statistics
import time
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.domain.capture import Capture
from edge.domain.identifier import uuid7
from edge.domain.measurement import Component, Kind, Name, Reading
from edge.domain.opinion import ASKED_HERE, Opinion, Question, Specialty, Urgency
from edge.domain.quantity import Quantity, Unit
from edge.domain.report import EncounterReport, House
from edge.mains.bench import report_memory, send_objects
from edge.mains.bench.figure import Figure, Unmeasured
from edge.mains.bench.store_scene import DEVICE, new_store, now, places_in, scratch
from edge.store.keeping.reporting import gather
from sync.report import document

LIMIT: Final = 500.0
_ROUNDS: Final = 7
_PHOTOS: Final = 4
_HOUSE: Final = House("EHPAD", "380012345", "Borne 1", "bench")


def measure(folder: Path | None = None, rounds: int = _ROUNDS) -> Figure:
    with scratch(folder) as place:
        store, encounter = new_store(place / "store")
        try:
            for capture in captures():
                store.journal.save(capture, encounter)

            def made() -> tuple[EncounterReport, bytes]:
                report = gather(store.database, store.blobs, encounter.id, str(uuid7()), now())
                return report, document.pdf(report, _HOUSE, "fr")

            report, pdf = made()
            taken = []
            for _ in range(rounds):
                begun = time.perf_counter()
                made()
                taken.append((time.perf_counter() - begun) * 1e3)
        finally:
            store.database.close()
        peak = report_memory.peak_mb(places_in(place / "store"), encounter.id)
    if peak > report_memory.LIMIT:
        raise Unmeasured(f"a report took {peak:.0f} MB of memory, more than {report_memory.LIMIT:.0f}")
    details = {
        "rounds": rounds,
        "worst_ms": max(taken),
        "photos": len(report.pictures),
        "megabytes_of_photos": sum(one.file.size for one in report.pictures) / 1e6,
        "values": len(report.values),
        "ecgs": len(report.traces),
        "pdf_kilobytes": len(pdf) / 1e3,
        "peak_mb": peak,
        "peak_limit_mb": report_memory.LIMIT,
    }
    return Figure(statistics.median(taken), LIMIT, details)


def captures() -> list[Capture]:
    readings = [
        _reading(kind, name, number, unit)
        for kind, name, number, unit in (
            (Kind.SPO2, Name.SPO2, "96", Unit.PERCENT),
            (Kind.TEMPERATURE, Name.TEMPERATURE, "37.8", Unit.CELSIUS),
            (Kind.HEART_RATE, Name.PULSE_RATE, "71", Unit.PER_MINUTE),
            (Kind.RESPIRATION, Name.RESPIRATORY_RATE, "18", Unit.PER_MINUTE),
            (Kind.WEIGHT, Name.WEIGHT, "58.4", Unit.KILOGRAM),
        )
    ]
    asked = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, consent=True)
    return [
        *readings,
        send_objects.ecg(1),
        *(send_objects.photo(10 + number) for number in range(_PHOTOS)),
        Capture(Kind.OPINION, asked, ASKED_HERE, now(), "bench opinion"),
    ]


def _reading(kind: Kind, name: Name, number: str, unit: Unit) -> Capture:
    reading = Reading(kind, (Component(name, Quantity(Decimal(number), unit)),), b"")
    return Capture(kind, reading, DEVICE, now(), f"bench {kind}")
