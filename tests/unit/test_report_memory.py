"""What a report takes of the machine's memory, whatever its photos weigh."""

from __future__ import annotations

from pathlib import Path

from edge.mains.bench import report_memory, report_pdf
from edge.mains.bench.store_scene import new_store, places_in


def test_a_report_of_four_photos_of_five_megabytes_takes_little_memory(tmp_path: Path) -> None:
    """Measured: 157 MB, of which 95 are what Python and the libraries of sync take."""
    store, encounter = new_store(tmp_path)
    for capture in report_pdf.captures():
        store.journal.save(capture, encounter)
    store.database.close()
    assert 20 < report_memory.peak_mb(places_in(tmp_path), encounter.id, 1) < 1.5 * report_memory.LIMIT
