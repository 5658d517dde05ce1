"""A running signal: what is drawn while it comes, and stored only where somebody records it."""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal


class Signal(enum.StrEnum):
    ECG = "ecg"
    PLETH = "pleth"
    RESPIRATION = "respiration"


@dataclasses.dataclass(frozen=True, slots=True)
class Samples:
    """The next stretch of one signal, oldest first, ``hertz`` samples a second.

    ``microvolts_per_step`` is None for a signal without a unit (a pleth). ``label`` is the lead of an ECG ("I", "II"), or "".
    ``lost`` samples are missing before the first: a gap is drawn as a gap (H15).
    """

    signal: Signal
    hertz: Decimal
    values: tuple[int, ...]
    label: str = ""
    microvolts_per_step: Decimal | None = None
    lost: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Scan:
    """One symbol of a bar-code reader, as text. It may name a resident: never logged."""

    text: str
