"""The store is used by one thread of each process; everybody else awaits it."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

Opened = TypeVar("Opened")
Result = TypeVar("Result")


class StoreThread(Generic[Opened]):
    """``async with StoreThread(open_it) as store: await store.run(lambda opened: ...)``; calls run one after another."""

    def __init__(self, open_it: Callable[[], Opened]) -> None:
        self._open = open_it
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __aenter__(self) -> StoreThread[Opened]:
        try:
            self._opened = await asyncio.get_running_loop().run_in_executor(self._pool, self._open)
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)

    async def run(self, work: Callable[[Opened], Result]) -> Result:
        """A cancelled caller does not cancel the work: what was begun is finished and committed."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(self._opened)))
