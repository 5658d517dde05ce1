"""The screen's end of the door: heard when it opens, patient when it closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.client import DoorClient

log = structlog.get_logger()

FIRST_RETRY, LAST_RETRY = 0.1, 1.0
"""Seconds between attempts while edge is away: it restarts in about a second, so nobody waits longer than that for it."""

ANSWER_WITHIN = 15.0
"""Seconds after which a command counts as unanswered."""


class DoorLink:
    """``heard`` gets every snapshot, ``live`` every stretch of a running signal,

    ``earlier`` every picture, face or ECG that was asked for; ``lost`` is called when the door is closed or cannot be understood.

    ``lost(understood=False)`` means that the other side speaks another version.
    """

    def __init__(
        self,
        path: Path,
        heard: Callable[[m.Snapshot], None],
        live: Callable[[m.LiveTrace], None],
        lost: Callable[[bool], None],
        earlier: Callable[[m.Pictured], None],
    ) -> None:
        self._path = path
        self._heard = heard
        self._live = live
        self._lost = lost
        self._earlier = earlier
        self._door: DoorClient | None = None

    async def run(self) -> None:
        """Until cancelled: connects, listens, and connects again."""
        wait = FIRST_RETRY
        while True:
            try:
                async with DoorClient(self._path, m.UI) as door:
                    self._door = door
                    try:
                        async for said in door.said():
                            wait = FIRST_RETRY
                            if isinstance(said, m.Snapshot):
                                self._heard(said)
                            elif isinstance(said, m.LiveTrace):
                                self._live(said)
                            elif isinstance(said, m.Pictured):
                                self._earlier(said)
                    finally:
                        self._door = None
                log.info("door_closed")
                self._lost(True)
            except Fault as fault:
                log.info("door_not_open", reason=fault.reason)
                self._lost(True)
            except msgspec.MsgspecError as exc:
                log.warning("door_not_understood", error=type(exc).__name__)
                self._lost(False)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LAST_RETRY)

    async def ask(self, command: m.Command) -> None:
        """Returns when edge did it. Raises Fault when it refused, did not answer, or is not there."""
        if self._door is None:
            raise Fault(Reason.LINK_REFUSED, "the door is closed", "try again in a moment")
        try:
            await asyncio.wait_for(self._door.ask(command), ANSWER_WITHIN)
        except TimeoutError as exc:
            raise Fault(Reason.LINK_LOST, "no answer came through the door", "look before trying again") from exc
        except ConnectionError as exc:
            raise Fault(Reason.LINK_LOST, "the door closed", "look before trying again") from exc
