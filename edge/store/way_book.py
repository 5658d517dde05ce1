"""The WayBook port over the store's thread, and what the screens are told of what leaves and of what changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.domain.handover import Handover
from edge.domain.item import Payload
from edge.domain.measurement import Instant, Kind
from edge.domain.news2 import ScaleTwo
from edge.domain.photo import Photo, Shows
from edge.domain.reach import Answered
from edge.domain.way import EVERYTHING, Ways
from edge.store.keeping import handovers, scales, standing
from edge.store.ledger import EdgeStore
from edge.store.sending import release, ways
from edge.store.thread import StoreThread


@dataclasses.dataclass(frozen=True, slots=True)
class Stands:
    """What is stored of how the cart stands. ``scales`` are the residents of ``handover`` for whom SpO2 scale 2 is set."""

    answered: tuple[Answered, ...] = ()
    free_at: dict[dt.date, int] = dataclasses.field(default_factory=dict)
    ways: Ways = Ways()  # noqa: RUF009
    handover: Handover = Handover()  # noqa: RUF009
    scales: dict[str, ScaleTwo] = dataclasses.field(default_factory=dict)

    def with_answers(self, answered: tuple[Answered, ...]) -> Stands:
        return dataclasses.replace(self, answered=answered)


class StoredWays:
    """What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED) beside what the port says."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def written(self) -> tuple[int, int]:
        """Is another one whenever anybody wrote to the store, this process included."""
        return await self._store.run(lambda s: (s.database.data_version(), s.database.connection.total_changes))

    async def answered(self) -> tuple[Answered, ...]:
        """One row for each far end."""
        return await self._store.run(lambda s: tuple(standing.answered(s.database)))

    async def stands(self, now: Instant, free: int | None) -> Stands:
        """``free`` bytes of the store's disk, None where that is not known."""

        def work(store: EdgeStore) -> Stands:
            free_at = standing.look_at_disk(store.database, now.utc.date(), free) if free is not None else {}
            changed = handovers.changed(store.database, now.utc)
            found = {one.patient_id: scales.of(store.database, one.patient_id) for one in changed.changes}
            return Stands(
                tuple(standing.answered(store.database)),
                free_at,
                ways.ways(store),
                changed,
                {patient_id: scale for patient_id, scale in found.items() if scale is not None},
            )

        return await self._store.run(work)

    async def send_again(self, item_id: str, now: Instant, by: Actor) -> int:
        wanted = None if item_id == EVERYTHING else item_id
        return len(await self._store.run(lambda s: release.release(s.database, wanted, None, now, by)))

    async def correct_photo(self, item_id: str, shows: Shows, now: Instant, by: Actor) -> None:
        def change(_: Kind, content: Payload) -> Payload:
            if not isinstance(content, Photo):
                raise Fault(Reason.NOT_ALLOWED, "Ce n'est pas une photo", "renvoyez-la, ou changez le résident")
            return dataclasses.replace(
                content, view=shows.view, site=shows.site, side=shows.side, intimate=shows.intimate
            )

        await self._store.run(lambda s: release.correct(s.database, item_id, change, now, by))

    async def read_handover(
        self, through: int, audited: int, now: Instant, by: Actor, patient_ids: Sequence[str] = ()
    ) -> None:
        def work(store: EdgeStore) -> None:
            if patient_ids:
                handovers.put_read_of(store.database, patient_ids, through, audited, now, by)
            else:
                handovers.put_read(store.database, through, audited, now, by)

        await self._store.run(work)
