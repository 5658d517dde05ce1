"""`telecart residents import`: the residents of a table into the store, all of them or nobody."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from edge import residents_table
from edge.domain.fault import Fault, Reason
from edge.mains import faces
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store
from edge.residents_table import WrongLine, WrongTable
from edge.settings import Settings
from edge.store.face_book import StoredFaces


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """``changed`` of ``residents`` were new or other than before. Where a line is ``wrong``, nobody was taken.

    ``photos`` pictures are new; those of the lines in ``photos_wrong`` were not taken, their residents were.
    """

    residents: int = 0
    changed: int = 0
    wrong: tuple[WrongLine, ...] = ()
    photos: int = 0
    photos_wrong: tuple[WrongLine, ...] = ()


async def bring_in(settings: Settings, path: Path) -> Imported:
    """Beside a running edge or not. Raises Fault where the file cannot be read, or the store does not open."""
    try:
        table = residents_table.read_all(path, settings.site.issuer, demonstration=settings.demo)
    except WrongTable as exc:
        return Imported(wrong=exc.lines)
    found = table.residents
    if not found:
        raise Fault(Reason.SETTINGS, f"{path}: there is nobody in it", "look whether it is the right file")
    by = of_process("residents", "telecart residents import")
    async with own_store(settings, by) as ledger:
        clock = SystemClock()
        changed = await ledger.put_residents(found, clock.now(), by)
        new, wrong = await faces.bring_in(StoredFaces(ledger.thread), table.pictured, path.parent, clock, by)
    return Imported(len(found), changed, photos=new, photos_wrong=wrong)
