"""How the cart stands, looked at again and again: far ends, disk, battery, what waits, what changed since the last handover."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable

import msgspec
import structlog

from drivers.english import english
from edge.acquire.attendance import Attendance
from edge.acquire.power import read
from edge.acquire.strip import Strips
from edge.domain import reach as rules
from edge.domain.battery import SHORT_SECONDS, Power, Step, step
from edge.domain.disk_days import days_left
from edge.domain.fault import Fault
from edge.domain.patient import Patient
from edge.door import messages as m, standing_card as card
from edge.door.snapshot import standing_in_english
from edge.mains.clock import SystemClock
from edge.settings import Settings
from edge.store.disk.space import Room
from edge.store.ledger import StoredLedger
from edge.store.way_book import Stands, StoredWays

log = structlog.get_logger()

_LOOK_EVERY = 1.0
"""Seconds between looks at the far ends' answers and the battery."""

_AT_LEAST_EVERY = 30.0
"""Seconds after which what waits is looked through although nothing was written: leases end."""

_SHARE = 20
"""What a look took, times this, is how long the next one waits: what waits for weeks must not keep readings waiting."""


class Stand:
    """``upon`` puts what is known on a snapshot; ``keep`` and ``keep_power`` know it anew until they are cancelled."""

    def __init__(
        self,
        settings: Settings,
        ledger: StoredLedger,
        book: StoredWays,
        clock: SystemClock,
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._changed = changed
        self._names = [end.name for end in settings.heard]
        self._stands = Stands()
        self._residents: dict[str, Patient] = {}
        self._power: Power | None = None
        self._next = 0.0
        self._shown: object = None
        self._page = 0

    @property
    def battery(self) -> Step:
        return step(self._power)

    def turn(self, page: int) -> None:
        """Which page of the handover is wanted, counted from 0."""
        self._page = page
        self._changed()

    # --- what the screens are told

    def upon(self, bedside: m.Snapshot) -> m.Snapshot:
        """``bedside`` with how the cart stands now. Ages are those of this moment."""
        now, found = self._clock.now(), self._stands
        power = card.power(self._power)
        standing = m.StandingCard(
            reach=card.reach(rules.contact(found.answered, self._names, now), found.answered),
            power=power,
            days_left=self._days_left(now.utc.date(), bedside.disk_free_bytes),
            ways=card.ways(found.ways, self._residents, now),
            stopped=card.stopped(found.ways, self._residents, now),
            handover=card.handover(found.handover, found.ways, self._residents, now, self._scoring(), self._page),
        )
        said, said_en = card.warnings(power)
        return msgspec.structs.replace(
            bedside,
            standing=standing_in_english(standing, english),
            warning=" ".join(line for line in (bedside.warning, said) if line),
            warning_en=" ".join(line for line in (bedside.warning_en, said_en) if line),
        )

    def _days_left(self, today: dt.date, free: int | None) -> int | None:
        return None if free is None else days_left(self._stands.free_at, today, free, Room().for_readings)

    def _scoring(self) -> card.Scoring | None:
        chosen = self._settings.news2
        window = dt.timedelta(minutes=chosen.window_minutes)
        return card.Scoring(window, self._stands.scales) if chosen.enabled else None

    # --- what is known

    async def keep(self) -> None:
        """A store that fails or is busy leaves what was known: its age says so."""
        while True:
            try:
                await self._look()
            except Fault as fault:
                log.warning("standing_is_old", reason=fault.reason.value, what=fault.what)
            except Exception:  # told; the age of what is known says the rest
                log.exception("standing_is_old")
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now, written = self._clock.now(), await self._book.written()
        if written == self._shown and loop.time() < self._next + _AT_LEAST_EVERY:
            return
        if loop.time() < self._next:
            # the far ends in any case: that nobody answers is said at once (H23)
            self._stands = self._stands.with_answers(await self._book.answered())
            return
        began = time.perf_counter()
        self._stands = await self._book.stands(now, self._ledger.posture.free_bytes)
        self._residents = {one.id: one for one in await self._ledger.patients()}
        self._next = loop.time() + _SHARE * (time.perf_counter() - began)
        self._shown = written
        self._changed()

    async def keep_power(self, strips: Strips, attendance: Attendance) -> None:
        """Warns, closes what is recorded, locks (H25). Nothing is begun that would be cut."""
        before = Step.NONE
        while True:
            try:
                before = await self._look_at_power(before, strips, attendance)
            except Exception:  # told; the battery is looked at again
                log.exception("battery_not_read")
            await asyncio.sleep(_LOOK_EVERY)

    async def _look_at_power(self, before: Step, strips: Strips, attendance: Attendance) -> Step:
        """Returns how far the battery has run down now."""
        self._power = await asyncio.to_thread(read, self._settings.power_supply)
        now = self.battery
        if now is not before:
            log.info("battery", battery=self._power.percent if self._power else None, state=now.name.lower())
            self._changed()
        if (state := strips.state) is not None and not state.ending:
            too_long = now >= Step.SHORT and state.seconds > SHORT_SECONDS
            if now >= Step.CLOSE or too_long:
                strips.stop()
        if now >= Step.LOCK > before:
            await _locked(attendance)
            self._changed()
        return now


async def _locked(attendance: Attendance) -> None:
    try:
        await attendance.lock()
    except Fault as fault:
        # it is locked all the same; only the trace of it could not be written
        log.warning("lock_not_noted", reason=fault.reason.value, what=fault.what)
