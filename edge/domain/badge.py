"""What a badge reader says: a number, and that the badge was taken out again.

The number proves who holds the badge as far as a number can: whoever saw it can write it into a card of his own. That is why
a PIN follows (edge.acquire.attendance).
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Final, Protocol

LEAST_DIGITS: Final = 4
MOST_DIGITS: Final = 64
"""As `badge` of the staff list: hexadecimal digits in capitals."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """``number`` in hexadecimal digits, capitals."""

    number: str


@dataclasses.dataclass(frozen=True, slots=True)
class TakenOut:
    """The badge of ``number`` is not in the reader any more. A reader that types does not say it."""

    number: str


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """A badge was there and gave no number: ``what`` happened and what to do, in French."""

    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReaderState:
    """``what`` is wrong with the reader, and what to do, in French; "" where it is there."""

    connected: bool
    what: str = ""


BadgeEvent = Shown | TakenOut | Unread | ReaderState


class BadgeReader(Protocol):
    """``events`` runs until it is cancelled, and comes back by itself after whatever happens to the reader.

    The first says how the reader is; each time that this changes another one does.
    """

    def events(self) -> AsyncIterator[BadgeEvent]: ...
