"""Sampled signals."""

from __future__ import annotations

import array
import dataclasses
import sys
from decimal import Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class Waveform:
    """A multi-lead ECG.

    ``samples`` holds signed 16-bit little-endian integers, one per lead and then the next instant (shape
    [instants][leads]); one step is ``microvolts_per_step``; ``sampling_hz`` is the rate of each lead.
    """

    leads: tuple[str, ...]
    sampling_hz: Decimal
    microvolts_per_step: Decimal
    samples: bytes

    def __post_init__(self) -> None:
        if not self.leads or len(self.samples) % (2 * len(self.leads)):
            raise ValueError(f"{len(self.samples)} bytes do not divide into {len(self.leads)} leads of int16")

    @property
    def count(self) -> int:
        """Samples of each lead."""
        return len(self.samples) // (2 * len(self.leads))

    @property
    def seconds(self) -> Decimal:
        return Decimal(self.count) / self.sampling_hz

    def lead(self, name: str) -> array.array[int]:
        """The samples of one lead, in steps. Raises ValueError for a lead that was not recorded."""
        every = array.array("h", self.samples)
        if sys.byteorder == "big":
            every.byteswap()
        return every[self.leads.index(name) :: len(self.leads)]
