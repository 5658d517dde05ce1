"""Sampled signals."""

from __future__ import annotations

import array
import dataclasses
import sys
from decimal import Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """What a number in the file means: ``number * microvolts_per_step + baseline_microvolts`` is the voltage in µV."""

    microvolts_per_step: Decimal
    baseline_microvolts: Decimal = Decimal(0)


MAKES_TWELVE = frozenset({"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"})


@dataclasses.dataclass(frozen=True, slots=True)
class Waveform:
    """An ECG of one or more leads.

    ``samples`` holds signed 16-bit little-endian integers, one per lead and then the next instant (shape
    [instants][leads]); ``scales`` says what they mean, one for each of ``leads``, None where the device does not say it: then
    nobody can tell the voltage (H15). ``sampling_hz`` is the rate of each lead. A lead "" is one that the device does not name.
    """

    leads: tuple[str, ...]
    sampling_hz: Decimal
    scales: tuple[Scale | None, ...]
    samples: bytes

    def __post_init__(self) -> None:
        if not self.leads or len(self.samples) % (2 * len(self.leads)):
            raise ValueError(f"{len(self.samples)} bytes do not divide into {len(self.leads)} leads of int16")
        if len(self.scales) != len(self.leads):
            raise ValueError(f"{len(self.scales)} scales for {len(self.leads)} leads")

    @property
    def is_twelve_lead(self) -> bool:
        """Whether it holds the eight leads of which the other four of a 12-lead ECG follow."""
        return {lead.upper() for lead in self.leads} >= MAKES_TWELVE

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

    def scale(self, name: str) -> Scale | None:
        """The scale of one lead, None where its device does not say it. Raises ValueError for a lead that was not recorded."""
        return self.scales[self.leads.index(name)]
