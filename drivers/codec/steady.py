"""Believing a value of a format without a checksum: only when it stood in several frames in a row."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

CONSTANT: Final = 3
"""Frames in a row in which a value has to stand before it counts. A bit that turned on the line stands in one."""

Value = TypeVar("Value")


class Steady(Generic[Value]):
    """Says when a value is to be told: when it has become another one, and once every ``again`` frames while it stays."""

    def __init__(self, again: int) -> None:
        self._again = again
        self._value: Value | None = None
        self._run = 0
        self._told: Value | None = None
        self._since = 0
        self._whole = True

    def take(self, value: Value) -> bool:
        """Whether ``value``, of the next frame, is to be told now."""
        self._run = self._run + 1 if value == self._value else 1
        self._value = value
        self._since += 1
        if self._run < CONSTANT or (value == self._told and self._since < self._again):
            return False
        self._told, self._since = value, 0
        return True

    def broken(self) -> None:
        """Frames were lost: what stood before them confirms nothing after them."""
        self._whole = self._whole and not self._run
        self._run = 0

    def left(self) -> Value | None:
        """At the end of a recording: the value of its last frame, where it is too short to confirm any.

        None if a value was told, or if frames were lost in between.
        """
        return self._value if self._whole and self._run and self._told is None else None
