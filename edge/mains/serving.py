"""Whoever touches the screen, measures or calls is served: then no release is switched to (H21)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from edge.acquire.call import ACTIVE, Call
from edge.domain.audit import Actor
from edge.domain.fault import Fault
from edge.door import messages as m
from edge.in_use import InUse

log = structlog.get_logger()

IDLE_SECONDS: Final = 300.0
"""After the last touch the screen is not in use any more; as long as until it locks itself."""

_LOOK_EVERY: Final = 0.5

NO_TOUCH: Final[frozenset[type[m.Command]]] = frozenset({m.Hello, m.StillDrawn, m.Watch, m.KeepLook, m.Lock})
"""What a screen asks by itself, and what ends a use: these never wait for an update."""


class Serving:
    """``inner`` does the commands. ``call`` and ``measuring`` say what runs without a touch."""

    def __init__(
        self,
        use: InUse,
        call: Callable[[], Call],
        measuring: Callable[[], bool],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._use, self._call, self._measuring, self._inner = use, call, measuring, inner
        self._monotonic = monotonic
        self._touched = float("-inf")

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault(NOT_ALLOWED) for a touch while the cart is being updated."""
        if by.origin.door == m.UI and type(command) not in NO_TOUCH:
            self._use.begin()
            self._touched = self._monotonic()
        await self._inner(command, by)

    def look(self) -> None:
        """What runs begins a use, and nothing ends it."""
        if self._call().state in ACTIVE or self._measuring():
            try:
                self._use.begin()
            except Fault:
                return  # what is measured is kept all the same
        elif self._monotonic() - self._touched > IDLE_SECONDS:
            self._use.end()

    async def keep(self) -> None:
        try:
            while True:
                try:
                    self.look()
                except Exception:  # a defect of one keeper is told, and ends neither it nor the others
                    log.exception("use_not_kept")
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._use.end()
