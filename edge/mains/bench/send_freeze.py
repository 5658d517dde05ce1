"""photo_to_dicom_ms and ecg_to_dicom_ms: from a saved photo of 5 MB, or a saved 12-lead ECG, to its DICOM object: built, checked,
encrypted, flushed and named by its row. Medians."""

from __future__ import annotations

from typing import Final

from edge.mains.bench import send_objects
from edge.mains.bench.figure import Figure, percentile
from edge.mains.bench.send_scene import Frozen

PHOTO_LIMIT: Final = 50.0
ECG_LIMIT: Final = 20.0


def photo() -> Figure:
    return _figure(send_objects.large(), PHOTO_LIMIT)


def ecg() -> Figure:
    return _figure(send_objects.small(), ECG_LIMIT)


def _figure(made: Frozen, limit: float) -> Figure:
    taken = made.freezing_ms
    details = {"objects": made.count, "megabytes_each": made.megabytes / made.count, "p95_ms": percentile(taken, 0.95)}
    return Figure(percentile(taken, 0.5), limit, details)
