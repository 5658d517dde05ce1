"""The screen's end of its worker: asked from a thread, so that nothing on the screen waits for a picture."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from ui.drawing.messages import Drawn, Wanted

WORKER: Final = ("ui.drawing.worker",)

_MEBIBYTE: Final = 1024 * 1024
LIMITS: Final = Limits(
    memory_bytes=256 * _MEBIBYTE,
    cpu_seconds=10,
    wall_seconds=20.0,
    start_seconds=20.0,
    object_bytes=40 * _MEBIBYTE,
    answer_bytes=24 * _MEBIBYTE,
    objects=200,
    idle_seconds=300.0,
)


class DrawingHand:
    """One picture at a time. A worker that dies is started again for the next one."""

    def __init__(self, command: Sequence[str] = WORKER, limits: Limits = LIMITS) -> None:
        self._sandbox = Sandbox(command, Drawn, limits)
        self._one = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._sandbox.pid

    @property
    def confined(self) -> bool:
        """Whether the kernel confined the worker that was started last."""
        return self._sandbox.confined

    async def draw(self, wanted: Wanted) -> Drawn:
        """Raises Fault(UNDECODABLE) where it cannot be drawn, Fault(LINK_REFUSED) where there is nobody to draw."""
        async with self._one:
            try:
                return await asyncio.to_thread(self._draw, wanted)
            except NotStarted as exc:
                raise Fault(Reason.LINK_REFUSED, "nobody draws on this machine", "tell the support") from exc

    def _draw(self, wanted: Wanted) -> Drawn:
        return self._sandbox.read(msgspec.msgpack.encode(wanted))

    def close(self) -> None:
        """What is being drawn is not waited for."""
        if (pid := self._sandbox.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._sandbox.close()
