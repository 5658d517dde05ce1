"""What a tap about still pictures asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class OpenStill:
    """An ECG or a photo as large as the display, by its id of the store."""

    prior_id: str
    ecg: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class CloseStill:
    """Back to the page from which it was opened."""


@dataclasses.dataclass(frozen=True, slots=True)
class TurnPaper:
    """The next page of an ECG, after the last the first."""


@dataclasses.dataclass(frozen=True, slots=True)
class TurnGain:
    """The next of the gains in which an ECG is read."""


@dataclasses.dataclass(frozen=True, slots=True)
class RecordAgain:
    """What is looked at is not good: back to where another one is taken. It stays until it is undone there."""


StillAct = OpenStill | CloseStill | TurnPaper | TurnGain | RecordAgain
