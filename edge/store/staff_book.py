"""The StaffBook port over the store's thread, and what an admin does with the list."""

from __future__ import annotations

import datetime as dt

from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.domain.staff import Known, Member, Replacement, StaffList
from edge.store.keeping import audit
from edge.store.ledger import EdgeStore
from edge.store.thread import StoreThread


class StoredStaff:
    """What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def take(self, staff: StaffList, by: Actor, now: Instant) -> int:
        """Returns how many are no longer listed. Raises Fault(NOT_ALLOWED) for a list that is not newer."""
        return await self._store.run(lambda s: s.staff.take(staff, by, now))

    async def staff_list(self) -> StaffList | None:
        return await self._store.run(lambda s: s.staff.newest())

    async def day_seen(self) -> dt.date:
        return await self._store.run(lambda s: s.staff.day_seen())

    async def saw_day(self, day: dt.date) -> None:
        await self._store.run(lambda s: s.staff.saw_day(day))

    async def known(self, *, badge: str = "", code: str = "", member_id: str = "") -> Known | None:
        return await self._store.run(lambda s: s.staff.known(badge=badge, code=code, member_id=member_id))

    async def replacements(self) -> tuple[Replacement, ...]:
        return await self._store.run(lambda s: s.staff.replacements())

    async def let_in(self, one: Member, start: str, by: Actor, now: Instant, let_in_by: str) -> Member:
        return await self._store.run(lambda s: s.staff.let_in(one, start, by, now, let_in_by))

    async def send_away(self, member_id: str, by: Actor, now: Instant) -> None:
        """Raises Fault(NOT_ALLOWED) for somebody who is not there as a replacement."""
        await self._store.run(lambda s: s.staff.send_away(member_id, by, now))

    async def close_shifts(self, now: Instant) -> int:
        return await self._store.run(lambda s: s.staff.close_shifts(now))

    async def set_pin(self, member_id: str, pin: str, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: s.staff.set_pin(member_id, pin, by, now))

    async def invite(self, member_id: str, start: str, until: dt.datetime, by: Actor, now: Instant) -> None:
        """Raises Fault(NOT_ALLOWED) for nobody."""
        await self._store.run(lambda s: s.staff.invite(member_id, start, until, by, now))

    async def take_pin_away(self, member_id: str, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: s.staff.take_pin_away(member_id, by, now))

    async def tried(self, member_id: str, *, right: bool, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: s.staff.tried(member_id, right=right, by=by, now=now))

    async def noted(self, act: Act, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: audit.note(s.database, Entry(act, by, now)))
