"""Appointments, looked at again whenever somebody wrote or time went by; and what the screens are told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import structlog

from edge.acquire.call import Call
from edge.domain.appointment import Appointment
from edge.domain.fault import Fault
from edge.door import messages as m
from edge.door.appointment_desk import AppointmentDesk, card
from edge.mains.clock import SystemClock
from edge.store.appointment_book import StoredAppointments

log = structlog.get_logger()

_LOOK_EVERY = 1.0
_AT_LEAST_EVERY = 15.0
"""Seconds after which it is looked at although nothing was written: appointments are missed by time going by."""


class Diary:
    """``upon`` puts what is known on a snapshot; ``keep`` knows it anew until it is cancelled."""

    def __init__(self, book: StoredAppointments, clock: SystemClock, changed: Callable[[], None]) -> None:
        self._book = book
        self._clock = clock
        self._changed = changed
        self._known: Sequence[Appointment] = ()
        self._seen: object = None
        self._looked = float("-inf")

    def upon(self, bedside: m.Snapshot, call: Call) -> m.Snapshot:
        return msgspec.structs.replace(bedside, diary=card(self._known, call, self._clock.now().utc))

    async def keep(self, desk: AppointmentDesk) -> None:
        """A store that fails or is busy leaves what was known."""
        while True:
            try:
                await self.look(desk)
            except Fault as fault:
                log.warning("appointments_are_old", reason=fault.reason.value, what=fault.what)
            except Exception:  # a defect of one keeper is told, and ends neither it nor the others
                log.exception("appointments_are_old")
            await asyncio.sleep(_LOOK_EVERY)

    async def look(self, desk: AppointmentDesk) -> None:
        """Raises Fault."""
        written, now = await self._book.written(), asyncio.get_running_loop().time()
        if written == self._seen and now < self._looked + _AT_LEAST_EVERY:
            return
        if changed := await desk.settle():
            log.info("appointments_settled", count=len(changed))
        found = await self._book.all()
        self._seen, self._looked = written, now
        if found != self._known:
            self._known = found
            self._changed()
