"""The ECG on its data channel: unreliable and unordered, for SCTP's own repair comes seconds late on a thin line."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import structlog
from aiortc import RTCDataChannel

from sync.consult.ecg.record import Record
from sync.consult.ecg.schedule import Schedule

log = structlog.get_logger()

LABEL = "ecg"
_STALLED = 4 * 1024
"""Bytes in the channel beyond which a newer message would only come late."""


class Ecg:
    """Of one connection; ``record`` is of the call. ``target`` tells the bits a second of the line, ``loss`` the share of
    packets that it loses now, ``widen`` lets the channel's
    packets leave when they are due."""

    def __init__(
        self,
        record: Record,
        target: Callable[[], int],
        loss: Callable[[], float],
        widen: Callable[[RTCDataChannel], None] | None = None,
    ) -> None:
        self._loss = loss
        self._record = record
        self._target = target
        self._widen = widen
        self._schedule: Schedule | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.messages = 0
        self.nonsense = 0

    def take(
        self,
        device: str,
        label: str,
        hertz: float,
        values: Sequence[float],
        lost: int = 0,
        *,
        in_millivolts: bool = True,
    ) -> None:
        """The next stretch of a lead, as it comes; see Record.take."""
        now = time.monotonic()
        if self._record.take(device, label, hertz, values, lost, now, in_millivolts=in_millivolts) is None:
            return
        if self._schedule is not None:
            self._schedule.fresh(now)
            self._changed.set()

    def opened(self, channel: RTCDataChannel) -> None:
        """The page opened its channel. The first one counts, and only one that loses late packets instead of waiting for them."""
        if self._task is not None or channel.ordered or channel.maxRetransmits != 0:
            return
        self._schedule = Schedule(self._record, time.monotonic())
        channel.on("message", self._asked)
        self._task = asyncio.create_task(self._run(channel, self._schedule))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _asked(self, data: object) -> None:
        assert self._schedule is not None
        try:
            self._schedule.asked(data, time.monotonic())
        except ValueError:
            self.nonsense += 1
            if self.nonsense == 1:
                log.warning("ecg_nonsense")
            return
        self._changed.set()

    async def _run(self, channel: RTCDataChannel, schedule: Schedule) -> None:
        while channel.readyState == "open":
            target = self._target()
            if self._loss() > 0:
                schedule.lost(time.monotonic())
            wait = schedule.wait(time.monotonic(), target)
            if wait > 0:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait if wait < 60 else None):
                        await self._changed.wait()
                if (left := schedule.wait(time.monotonic(), target)) > 0:
                    # what is new waits a moment for its neighbours
                    await asyncio.sleep(min(left, 0.02))
                    continue
            if channel.bufferedAmount > _STALLED:
                await asyncio.sleep(0.05)
                continue
            for message in schedule.due(time.monotonic(), target):
                if self._widen is not None:
                    self._widen(channel)
                channel.send(message)
                self.messages += 1
