"""What the cart does as its battery runs down (H25). Pure.

All that is measured is saved when it comes, so that an end without warning loses nothing; the steps before it keep people
from beginning what would be cut, and leave no open record behind.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Final

WARN_AT: Final = 20
SHORT_AT: Final = 10
CLOSE_AT: Final = 5
LOCK_AT: Final = 3
"""Percent, of a battery that nothing charges."""

SHORT_SECONDS: Final = 30.0
"""The longest recording from SHORT_AT on: enough for an ECG of ten seconds, or a clip of the stethoscope."""


class Step(enum.IntEnum):
    """Each holds what those before it say."""

    NONE = 0
    WARN = 1
    SHORT = 2  # no new recording of more than SHORT_SECONDS; one that runs is closed after that
    CLOSE = 3  # what is recorded is closed and saved, nothing new is recorded; readings are still saved
    LOCK = 4  # the screen locks: whoever finds the cart finds no open record


@dataclasses.dataclass(frozen=True, slots=True)
class Power:
    """``percent`` 0 to 100. ``plugged``: something charges it, or it runs off the mains."""

    percent: int
    plugged: bool = False


def step(power: Power | None) -> Step:
    """None: a cart without a battery."""
    if power is None or power.plugged:
        return Step.NONE
    for at, found in ((LOCK_AT, Step.LOCK), (CLOSE_AT, Step.CLOSE), (SHORT_AT, Step.SHORT), (WARN_AT, Step.WARN)):
        if power.percent <= at:
            return found
    return Step.NONE
