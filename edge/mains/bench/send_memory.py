"""send_peak_mb: the resident memory that `telecart sync` ever takes while it sends, and proves, photos of 36 MB."""

from __future__ import annotations

from typing import Final

from edge.domain.delivery import State
from edge.mains.bench import send_objects
from edge.mains.bench.figure import Detail, Figure
from edge.mains.bench.send_scene import Orthanc, ours, theirs

LIMIT: Final = 128.0


def measure() -> Figure:
    """Over C-STORE with proof by C-FIND, and over STOW-RS with proof by WADO-RS; MB of 1,000,000 bytes."""
    with Orthanc(send_objects.place() / "orthanc-memory", {}, answers_queries=True).running() as orthanc:
        sent = send_objects.huge()
        peaks = {
            "c_store": ours(orthanc, sent, orthanc.by_store(), State.RECEIVED).peak_mb,
            "stow": ours(orthanc, sent, orthanc.by_stow(), State.RECEIVED).peak_mb,
        }
        peer = theirs(orthanc, sent).peak_mb
    details: dict[str, Detail] = {
        "objects": sent.count,
        "megabytes_each": sent.megabytes / sent.count,
        **peaks,
        "peer": {"name": "dcmtk storescu, which reads no store and proves nothing", "peak_mb": peer},
    }
    return Figure(max(peaks.values()), LIMIT, details)
