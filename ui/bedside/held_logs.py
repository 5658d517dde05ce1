"""Logs while the screen is up: standard error is the terminal it draws on, so they wait until it is gone."""

from __future__ import annotations

import collections
import contextlib
import io
import sys
from collections.abc import Iterator

import structlog

MOST = 200
"""Lines that are kept, the newest ones."""


class _Lines(io.StringIO):
    def __init__(self) -> None:
        self.lines: collections.deque[str] = collections.deque(maxlen=MOST)

    def write(self, text: str) -> int:
        if text.strip():
            self.lines.append(text.rstrip("\n"))
        return len(text)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Within it nothing is logged to the terminal; after it, what was logged stands on standard error."""
    before = structlog.get_config()
    kept = _Lines()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(kept))
    try:
        yield
    finally:
        structlog.configure(**before)
        for line in kept.lines:
            sys.stderr.write(f"{line}\n")
