"""The screen ends with its terminal.

Whose terminal is not its controlling one is told by no signal that it went away: what reads it finds its end again and again
without a pause, what writes to it waits for ever. A look that sleeps until the kernel says so ends the screen instead.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Iterator
from typing import Final

END_WITHIN_SECONDS: Final = 5.0
"""After which a screen that was told to end, and still waits for what reads no more, ends there and then."""

HUNG_UP: Final = 1
"""The exit code of a screen that could not end by itself."""


@contextlib.contextmanager
def ends_with(descriptor: int, told: Callable[[], object]) -> Iterator[None]:
    """Within it ``told`` is called, in a thread of its own, once whoever is at the far end of ``descriptor`` is gone.

    ``descriptor`` is a terminal or a pipe; of anything else nothing is ever said. Nothing of the screen is lost with the process:
    all that is to be kept is edge's.
    """
    left, leave = os.pipe()
    ended = threading.Event()

    def look() -> None:
        poll = select.poll()
        poll.register(descriptor, 0)
        poll.register(left, 0)
        if any(found == descriptor for found, _ in poll.poll()):
            told()
            if not ended.wait(END_WITHIN_SECONDS):
                os._exit(HUNG_UP)

    looking = threading.Thread(target=look, daemon=True, name="hangup")
    looking.start()
    try:
        yield
    finally:
        ended.set()
        os.close(leave)
        looking.join()
        os.close(left)
