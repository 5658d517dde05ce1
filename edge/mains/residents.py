"""`telecart residents import`: the residents of a table into the store, all of them or nobody."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from edge import residents_table
from edge.domain.fault import Fault, Reason
from edge.domain.listing import completed
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

    ``photos`` pictures are new, ``photos_gone`` were taken away; those of the lines in ``photos_wrong`` were not taken, their
    residents were.
    """

    residents: int = 0
    changed: int = 0
    wrong: tuple[WrongLine, ...] = ()
    photos: int = 0
    photos_gone: int = 0
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
        known = {one.id: one for one in await ledger.patients()}
        told = [completed(one, known.get(one.id), table.spoken_of) for one in found]
        changed = await ledger.put_residents(told, clock.now(), by)
        brought = await faces.bring_in(StoredFaces(ledger.thread), table.pictured, path.parent, clock, by)
    return Imported(len(found), changed, photos=brought.new, photos_gone=brought.gone, photos_wrong=brought.wrong)


async def take_photo_away(settings: Settings, patient_id: str) -> None:
    """She stays. Raises Fault(NO_RESIDENT) where there is no picture of her, or nobody of that id."""
    by = of_process("residents", "telecart residents photo --remove")
    async with own_store(settings, by) as ledger:
        if not await StoredFaces(ledger.thread).take_away(patient_id, SystemClock().now(), by):
            raise Fault(Reason.NO_RESIDENT, "there is no photo of a resident of this id", "look up the id in the table")
