"""The store is used by one thread of each process; everybody else awaits it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from edge.domain.posture import Posture
from edge.store.damage.reopen import REST_EVERY, Holds, Keeper
from edge.store.disk.space import Room

Opened = TypeVar("Opened", bound=Holds)
Result = TypeVar("Result")


class StoreThread(Generic[Opened]):
    """``async with StoreThread(open_it) as store: await store.run(lambda opened: ...)``; calls run one after another.

    A store that failed is opened again (edge.store.damage.reopen); ``room`` says what is kept free on its disk.
    """

    def __init__(self, open_it: Callable[[], Opened], room: Room = Room()) -> None:  # noqa: B008
        self._keeper = Keeper(open_it, room)
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._resting: asyncio.TimerHandle | None = None

    @property
    def posture(self) -> Posture:
        """How the store was when it was last used."""
        return self._keeper.posture

    async def __aenter__(self) -> StoreThread[Opened]:
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._keeper.open)
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._pool.submit(self._keeper.rest)
        self._pool.submit(self._keeper.close)
        self._pool.shutdown(wait=True)

    async def run(self, work: Callable[[Opened], Result]) -> Result:
        """A cancelled caller does not cancel the work: what was begun is finished and committed."""
        loop = asyncio.get_running_loop()
        if self._resting is None:
            self._resting = loop.call_later(REST_EVERY, self._rest)
        return await asyncio.shield(loop.run_in_executor(self._pool, lambda: self._keeper.run(work)))

    async def admit(self, size: int) -> None:
        """Whether ``size`` bytes that can wait may be added. Raises Fault(NO_ROOM)."""
        await asyncio.get_running_loop().run_in_executor(self._pool, lambda: self._keeper.admit(size))

    def _rest(self) -> None:
        self._resting = None
        with contextlib.suppress(RuntimeError):  # it is being closed
            self._pool.submit(self._keeper.rest)
