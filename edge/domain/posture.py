"""How the store is, as far as somebody at the bedside has to know it."""

from __future__ import annotations

import dataclasses
import enum


class Trouble(enum.StrEnum):
    """Something that stays until it is put right, the gravest first."""

    DAMAGED = "damaged"
    """What was read is not what was written. Nothing is saved until the store was made anew from what can be read."""
    UNREACHABLE = "unreachable"
    """The disk refuses. Nothing is saved until it takes again."""
    UNMENDED = "unmended"
    """Some of what is stored cannot be read, and there is no room to make the store anew: readings are still saved."""
    DISK_FULL = "disk_full"
    """The reserve is being used up: readings are still saved, for a while."""
    DISK_LOW = "disk_low"
    """Photos, sounds and imported files are refused, readings are saved."""
    SALVAGED = "salvaged"
    """The store was made anew from what could be read; the damaged files are kept."""
    ROWS_MISSING = "rows_missing"
    """Rows that had been saved are not there any more."""
    UNCOPIED = "uncopied"
    """This release changed the store without a copy of how it was before: there was no room for one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Posture:
    """``troubles`` the gravest first. ``free_bytes`` of the store's disk, None where that is not known."""

    troubles: tuple[Trouble, ...] = ()
    free_bytes: int | None = None

    def has(self, trouble: Trouble) -> bool:
        return trouble in self.troubles

    @property
    def takes_large(self) -> bool:
        """Whether a photo, a sound or an imported file may be added."""
        refusing = {Trouble.DISK_LOW, Trouble.DISK_FULL, Trouble.UNMENDED, Trouble.UNREACHABLE, Trouble.DAMAGED}
        return not refusing & set(self.troubles)
