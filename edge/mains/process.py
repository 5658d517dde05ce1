"""How every process begins and ends: SIGTERM and SIGINT cancel its main task, which then closes what it opened."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine

from edge.mains import logs


def run(name: str, main: Coroutine[None, None, None]) -> None:
    """Runs ``main`` until it ends or a signal asks for the end. Exceptions of ``main`` come out, a single one unwrapped."""
    logs.configure(name)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_until_told(main))


async def _until_told(main: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(main)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except BaseExceptionGroup as group:
        # a task group wraps what ended it: the one fault is what a person must read
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group
        raise
