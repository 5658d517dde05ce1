"""Garbage is looked for between two taps: a look through everything takes tens of milliseconds, and would fall into a tap.

Young garbage goes as ever. The look through everything that Python would make by itself comes ``AFTER_A_TAP`` seconds after a
finger, when its page is drawn, at most every ``APART`` seconds, and every ``AT_LEAST`` seconds where nobody touches the screen.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from typing import Final

from textual.app import App

AFTER_A_TAP: Final = 0.2
APART: Final = 4.0
AT_LEAST: Final = 60.0

_NEVER: Final = 1 << 30
"""Looks at the younger ones before one at all."""


class Tidying:
    """Of one screen, while it runs (``kept``)."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._last = time.monotonic()
        self._asked = False

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """While it lasts Python makes no look through everything by itself, but those at what is young."""
        before = gc.get_threshold()
        gc.set_threshold(*before[:2], _NEVER)
        gc.enable()
        try:
            yield
        finally:
            gc.set_threshold(*before)

    def begin(self) -> None:
        """The screen runs: from now on also where nobody touches it."""
        self._app.set_interval(AT_LEAST, self.look)

    def tapped(self) -> None:
        if not self._asked and time.monotonic() - self._last >= APART:
            self._asked = True
            self._app.set_timer(AFTER_A_TAP, self.look)

    def look(self) -> None:
        self._asked = False
        gc.collect()
        self._last = time.monotonic()
