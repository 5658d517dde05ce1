"""What edge does beside the readings, for as long as it runs: each goes on by itself, and a store that is busy ends none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from edge.acquire.attendance import Attendance
from edge.acquire.call import ACTIVE
from edge.domain.fault import Fault
from edge.door.desk import Desk
from edge.mains.clock import SystemClock
from edge.store.ledger import StoredLedger

log = structlog.get_logger()

_PURGE_EVERY = 3600.0
"""Seconds between looks for what is past its retention."""

_BETWEEN_FILES = 0.05
"""Seconds between two files that are encrypted anew: readings go first."""

_REPORTS_EVERY = 20.0
"""Seconds between looks for answers that stand in no report yet."""

_LOOK_EVERY = 1.0
"""Seconds between looks at who is there."""


async def keep_purging(ledger: StoredLedger, clock: SystemClock, copies_days: int) -> None:
    """What is proven received goes after its retention: a batch at a time, so that nobody's reading waits for it."""
    while True:
        try:
            while certificate := await ledger.purge(clock.now()):
                log.info("purged", certificate=certificate.id, items=len(certificate.items))
                await asyncio.sleep(0)
            if went := await ledger.purge_copies(clock.now(), copies_days):
                log.info("copies_purged", items=went)
        except Fault as fault:
            log.warning("not_purged", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("not_purged")
        await asyncio.sleep(_PURGE_EVERY)


async def keep_files(ledger: StoredLedger) -> None:
    """A rekey that nobody finished is finished, a file at a time; then what no row names goes, some of it every hour."""
    while True:
        try:
            renewed = 0
            while await ledger.renew_file():
                renewed += 1
                await asyncio.sleep(_BETWEEN_FILES)
            if renewed:
                log.info("rekey_finished", files=renewed)
            if swept := await ledger.sweep():
                log.info("files_swept", files=len(swept))
        except Fault as fault:
            log.warning("files_not_kept", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("files_not_kept")
        await asyncio.sleep(_PURGE_EVERY)


async def keep_reports(ledger: StoredLedger, clock: SystemClock) -> None:
    """A report to which an answer came since is followed by another one; answers that come together make one."""
    while True:
        try:
            if made := await ledger.renew_reports(clock.now()):
                log.info("reports_renewed", count=made)
        except Fault as fault:
            log.warning("reports_not_renewed", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("reports_not_renewed")
        await asyncio.sleep(_REPORTS_EVERY)


async def keep_attendance(attendance: Attendance, desk: Desk, changed: Callable[[], None]) -> None:
    """Locks a screen that nobody touches, but not before a call; also while the store is busy with itself."""
    while True:
        try:
            if desk.call.state in ACTIVE and not desk.call.parked:
                attendance.touched()
            if await attendance.tick():
                changed()
        except Fault as fault:
            log.warning("attendance_not_kept", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("attendance_not_kept")
        await asyncio.sleep(_LOOK_EVERY)


async def keep_staff(attendance: Attendance, ledger: StoredLedger, changed: Callable[[], None]) -> None:
    """Hears of a new staff list."""
    version = -1
    while True:
        try:
            if (found := await ledger.version()) != version:
                version = found
                await attendance.refresh()
                changed()
        except Fault as fault:
            log.warning("staff_not_read", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("staff_not_read")
        await asyncio.sleep(_LOOK_EVERY)
