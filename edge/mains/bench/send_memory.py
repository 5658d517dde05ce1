"""send_peak_mb: the resident memory that `telecart sync` and its workers ever take while it builds, sends and proves photos of 36 MB."""

from __future__ import annotations

from typing import Final

from edge.domain.delivery import State
from edge.mains.bench import send_objects
from edge.mains.bench.figure import Detail, Figure
from edge.mains.bench.send_scene import Orthanc, ours, theirs

LIMIT: Final = 128.0


def measure() -> Figure:
    """Over C-STORE with proof by C-FIND, and over STOW-RS with proof by WADO-RS, of objects that are frozen and of photos that
    are still to be built, one of them to be turned; MB of 1,000,000 bytes."""
    with Orthanc(send_objects.place() / "orthanc-memory", {}, answers_queries=True).running() as orthanc:
        sent = send_objects.huge()
        peaks = {
            "c_store": ours(orthanc, sent, orthanc.by_store(), State.RECEIVED).peak_mb,
            "stow": ours(orthanc, sent, orthanc.by_stow(), State.RECEIVED).peak_mb,
        }
        unbuilt = send_objects.unbuilt()
        peaks["built_c_store"] = ours(orthanc, unbuilt, orthanc.by_store(), State.RECEIVED).peak_mb
        peaks["built_stow"] = ours(orthanc, unbuilt, orthanc.by_stow(), State.RECEIVED).peak_mb
        peer = theirs(orthanc, sent).peak_mb
    details: dict[str, Detail] = {
        "objects": sent.count,
        "megabytes_each": sent.megabytes / sent.count,
        **peaks,
        "peer": {"name": "dcmtk storescu, which reads no store and proves nothing", "peak_mb": peer},
    }
    return Figure(max(peaks.values()), LIMIT, details)
