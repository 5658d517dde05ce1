"""``python -m edge.mains.bench.store_memory DATABASE BLOBS KEY``: megabytes of a process that opens a store and works with it.

A process of its own, since memory that was once had is not given back.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import Final

_WORK: Final = 300
_OF_EVERY_PROCESS: Final = ("asyncio", "msgspec", "structlog", "edge.domain.ports")


def main() -> None:
    bare = _resident("VmRSS")
    for module in _OF_EVERY_PROCESS:
        importlib.import_module(module)
    before = _resident("VmRSS")
    from edge.mains.bench.store_queue import PROMISED
    from edge.mains.bench.store_scene import RESIDENT, now, reading
    from edge.store.ledger import Places, open_for_edge
    from edge.store.sending import outbox

    loaded = _resident("VmRSS")
    places = Places(*(Path(argument) for argument in sys.argv[1:]))
    with contextlib.closing((store := open_for_edge(places, PROMISED, "demonstration")).database):
        _, encounter = store.journal.open_encounter(RESIDENT.id, now(), "TC")
        patients = store.journal.patients()
        for number in range(_WORK):
            store.journal.save(reading(), encounter)
            store.journal.lines(encounter.id)
            store.journal.latest(patients[number % len(patients)].id)
            outbox.standing(store)
        found = {"interpreter": bare, "before": before, "loaded": loaded, "peak": _resident("VmHWM")}
    sys.stdout.write(json.dumps(found))


def _resident(what: str) -> float:
    """Megabytes (proc(5), status)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


if __name__ == "__main__":
    main()
