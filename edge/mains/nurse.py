"""A scripted nurse: does at the door what the bedside screen does, and goes on after any process was restarted."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from pathlib import Path

from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.client import DoorClient

_AGAIN = 0.2


def all_received(snapshot: m.Snapshot) -> bool:
    """Nothing waits any more, and something arrived."""
    counts = snapshot.waiting
    return counts.received > 0 and not (counts.kept or counts.pending or counts.sent or counts.needs_person)


class Nurse:
    """``async with Nurse(door) as nurse``. ``shown_as_saved`` collects every item that any screen ever showed as saved."""

    def __init__(self, door: Path, role: str = m.UI) -> None:
        self._role = role
        self._path = door
        self._client: DoorClient | None = None
        self._came = asyncio.Condition()
        self.snapshot: m.Snapshot | None = None
        self.shown_as_saved: set[str] = set()

    async def __aenter__(self) -> Nurse:
        self._task = asyncio.create_task(self._keep_looking())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            with contextlib.suppress(Fault, OSError):
                async with DoorClient(self._path, self._role) as client:
                    self._client = client
                    async for said in client.said():
                        if isinstance(said, m.Snapshot):
                            await self._look(said)
            self._client = None
            await asyncio.sleep(_AGAIN)

    async def _look(self, snapshot: m.Snapshot) -> None:
        self.shown_as_saved |= {item.item_id for item in snapshot.items}
        async with self._came:
            self.snapshot = snapshot
            self._came.notify_all()

    async def until(self, seen: Callable[[m.Snapshot], bool], seconds: float, what: str) -> m.Snapshot:
        """The first snapshot for which ``seen`` holds. Raises Fault(LINK_LOST) that names ``what`` after ``seconds``."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds), self._came:
                while self.snapshot is None or not seen(self.snapshot):
                    await self._came.wait()
                return self.snapshot
        except TimeoutError:
            raise Fault(Reason.LINK_LOST, f"after {seconds:.0f} s there was still no {what}", "read the logs") from None

    async def ask(self, command: m.Command, seconds: float = 30.0) -> None:
        """Asks until it is answered, across restarts. Raises Fault where it is refused."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if self._client is not None:
                        try:
                            await self._client.ask(command)
                        except Fault as fault:
                            if fault.reason is not Reason.LINK_LOST:
                                raise
                        else:
                            return
                    await asyncio.sleep(_AGAIN)
        except TimeoutError:
            raise Fault(Reason.LINK_LOST, f"nobody answered {type(command).__name__}", "read the logs") from None

    async def agree(self, *, basis: str = "person", seconds: float = 30.0) -> None:
        """The resident on screen says, for the call or request that comes next, what ``basis`` says (edge.domain.consent)."""
        seen = await self.until(lambda s: bool(s.encounter_id), seconds, "resident on screen")
        await self.ask(m.CollectConsent(encounter_id=seen.encounter_id or "", basis=basis), seconds)
