"""The badge reader of a cart: what it says is told to whoever keeps the entrance."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import msgspec
import structlog

from drivers.english import english
from drivers.link.badge_keyboard import KeyboardReader
from drivers.link.badge_pcsc import PcscReader
from edge.acquire.attendance import Attendance
from edge.domain.badge import BadgeEvent, BadgeReader, ReaderState, Shown, TakenOut, Unread
from edge.domain.fault import Fault
from edge.door import messages as m
from edge.settings import Badge

log = structlog.get_logger()

LABEL, LABEL_EN = "Lecteur de badge", "Badge reader"


def reader(settings: Badge) -> BadgeReader | None:
    if not settings.reader:
        return None
    return PcscReader(settings.name) if settings.reader == "pcsc" else KeyboardReader(Path(settings.reader))


class Badges:
    """``reader`` None: the cart has none."""

    def __init__(self, reader: BadgeReader | None, attendance: Attendance, changed: Callable[[], None]) -> None:
        self._reader = reader
        self._attendance = attendance
        self._changed = changed
        self._state: ReaderState | None = None

    async def keep(self) -> None:
        """Until cancelled; at once over where there is no reader. What the store cannot do now is told in the log."""
        if self._reader is None:
            return
        async with aclosing(self._reader.events()) as events:  # type: ignore[type-var]
            async for event in events:
                try:
                    await self._take(event)
                except Fault as fault:
                    log.warning("badge_not_taken", reason=fault.reason.value, what=fault.what)
                except Exception:  # a defect with one badge is told, and the next one is read
                    log.exception("badge_not_taken")
                self._changed()

    async def _take(self, event: BadgeEvent) -> None:
        match event:
            case Shown(number):
                await self._attendance.badge(number, stays=isinstance(self._reader, PcscReader))
            case TakenOut(number):
                await self._attendance.badge_out(number)
            case Unread(what):
                self._attendance.unread(what)
            case ReaderState(connected, what):
                self._state = event
                log.info("badge_reader", connected=connected, what=what)

    def among_devices(self, bedside: m.Snapshot) -> m.Snapshot:
        """``bedside`` with the reader as one of its devices."""
        state = self._state
        if state is None:
            return bedside
        card = m.DeviceCard(
            id="badge",
            label=LABEL,
            label_en=LABEL_EN,
            model="badge",
            connected=state.connected,
            what=state.what,
            what_en=english(state.what),
        )
        return msgspec.structs.replace(bedside, devices=(*bedside.devices, card))

    def at_the_entrance(self, screen: m.Snapshot) -> m.Snapshot:
        """``screen`` with what stands at its entrance of the reader, and in English what stands there already."""
        state, card = self._state, screen.attendance
        away = state is not None and not state.connected
        card = msgspec.structs.replace(
            card,
            what_en=english(card.what),
            reader="" if state is None else "away" if away else "here",
            reader_what=f"{LABEL} {state.what}" if state is not None and away else "",
            reader_what_en=f"{LABEL_EN} {english(state.what)}" if state is not None and away else "",
        )
        return msgspec.structs.replace(screen, attendance=card)
