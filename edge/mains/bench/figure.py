"""What a measurement gives."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

Detail = float | int | str | bool | None | Mapping[str, "Detail"] | Sequence["Detail"]


class Unmeasured(Exception):
    """This machine cannot measure it; why, and what would change that, in one line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """``value`` is the bounded number, at most ``limit``, or where ``at_least``, at least; ``details`` hold the peer's figure
    and what else was seen."""

    value: float
    limit: float
    details: Mapping[str, Detail]
    at_least: bool = False

    @property
    def held(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
