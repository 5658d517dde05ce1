"""``python -m edge.mains.bench.report_memory DATABASE BLOBS KEY ENCOUNTER ROUNDS``: makes the report of an encounter as `telecart sync` does.

A process of its own, since memory that was once had is not given back, and whoever measures has had photos in it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from edge.domain.identifier import uuid7
from edge.domain.report import House
from edge.mains.bench.figure import Unmeasured
from edge.mains.clock import SystemClock
from edge.mains.sync import keep_memory_small
from edge.store.keeping.reporting import gather
from edge.store.ledger import Places, open_for_sync
from sync.report import document

LIMIT: Final = 200.0
"""MB of 1,000,000 bytes, with all that `telecart sync` has loaded."""
_ROUNDS: Final = 3
_LOOK: Final = 0.005
_HOUSE: Final = House("EHPAD", "380012345", "Borne 1", "bench")


def peak_mb(places: Places, encounter_id: str, rounds: int = _ROUNDS) -> float:
    """Resident memory of it and of its decoders, at most, as far as it was seen (MB). Raises Unmeasured."""
    from edge.mains.bench.send_scene import Family

    arguments = [str(one) for one in (places.database, places.blobs, places.key)]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", __name__, *arguments, encounter_id, str(rounds)]
    )
    family, peak = Family(process.pid), 0.0
    while process.poll() is None:
        peak = max(peak, family.shared_mb())
        time.sleep(_LOOK)
    if process.returncode:
        raise Unmeasured("a report is not made here in a process of its own")
    return peak


def main() -> None:
    *paths, encounter_id, rounds = sys.argv[1:]
    keep_memory_small()
    with contextlib.closing((opened := open_for_sync(Places(*(Path(one) for one in paths)))).database):
        for _ in range(int(rounds)):
            now = SystemClock().now()
            document.pdf(gather(opened.database, opened.blobs, encounter_id, str(uuid7()), now), _HOUSE, "fr")


if __name__ == "__main__":
    main()
