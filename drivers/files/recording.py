"""What every format of recordings ends in: interleaved 16-bit samples with a believable scale, or a plain refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.fault import Fault, Reason
from edge.domain.waveform import Scale, Waveform

MAXIMUM: Final = 64 * 1024 * 1024
"""Largest file in bytes."""

STANDARD_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

BY_CAPITALS: Mapping[str, str] = MappingProxyType({lead.upper(): lead for lead in STANDARD_LEADS})

_FASTEST: Final = Decimal(100_000)
_HIGHEST: Final = Decimal(2_147_483)
"""Microvolts: 2.1 V, the range of 32 bits in nanovolts. An electrode's offset is at most 0.3 V (IEC 60601-2-25)."""

_LOWEST_INT16: Final = -(1 << 15)
_HIGHEST_INT16: Final = (1 << 15) - 1


def corrupt(what: str) -> Fault:
    return Fault(Reason.CORRUPT_FILE, what, "record the ECG again; the file is kept")


def refuse_large(data: bytes) -> None:
    if len(data) > MAXIMUM:
        raise corrupt(f"the file is larger than {MAXIMUM // 1024 // 1024} MiB")


def waveform(
    leads: Sequence[str], hertz: Decimal, scales: Sequence[Scale], samples: Sequence[NDArray[np.integer]]
) -> Waveform:
    """``samples`` of each lead, all of one length. Raises Fault(CORRUPT_FILE) for what no ECG of this cart can hold."""
    if not leads or not len(samples[0]):
        raise corrupt("the file has no ECG in it")
    if len(set(leads)) != len(leads):
        raise corrupt("the ECG has the same lead twice")
    if len({len(one) for one in samples}) != 1:
        raise corrupt("the leads of the ECG have different lengths")
    if not 0 < hertz <= _FASTEST:
        raise corrupt("the sampling frequency of the ECG is impossible")
    every = np.empty((len(samples[0]), len(leads)), dtype="<i2")
    for column, (scale, one) in enumerate(zip(scales, samples, strict=True)):
        lowest, highest = int(one.min()), int(one.max())
        if lowest < _LOWEST_INT16 or highest > _HIGHEST_INT16:
            raise corrupt("a sample of the ECG does not fit 16 bits, which is all that this cart keeps")
        refuse_impossible(scale, lowest, highest)
        every[:, column] = one
    return Waveform(tuple(leads), hertz, tuple(scales), every.tobytes())


def refuse_impossible(scale: Scale, lowest: int, highest: int) -> None:
    """Raises Fault(CORRUPT_FILE) for a scale that makes the ECG higher than any amplifier gives (H15)."""
    ends = (step * scale.microvolts_per_step + scale.baseline_microvolts for step in (lowest, highest))
    if scale.microvolts_per_step == 0 or any(abs(end) > _HIGHEST for end in ends):
        raise corrupt("the scale of the ECG is impossible")
