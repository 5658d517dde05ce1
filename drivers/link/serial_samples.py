"""Running samples in batches: a few events a second, however small the frames they came in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from edge.domain.measurement import Device
from edge.domain.ports import LiveSamples
from edge.domain.samples import Samples, Signal

BETWEEN_SAMPLES: Final = 0.1
"""Seconds that one batch of a signal collects."""

PIECES: Final = 3
"""Stretches between gaps in one batch, at most; with more gaps what stood between them is lost, and counted as lost."""


@dataclasses.dataclass(slots=True)
class _Batch:
    """``now`` and later are seconds of a clock that never goes back."""

    due: float
    pieces: list[Samples]

    def add(self, samples: Samples) -> None:
        last = self.pieces[-1] if self.pieces else None
        if last is None:
            self.pieces.append(samples)
        elif not samples.lost and _alike(last, samples):
            self.pieces[-1] = dataclasses.replace(last, values=last.values + samples.values)
        elif len(self.pieces) < PIECES:
            self.pieces.append(samples)
        else:
            lost = last.lost + len(last.values) + samples.lost
            self.pieces[-1] = dataclasses.replace(samples, lost=lost)


class Batches:
    """The batches of one device, one for each signal and lead."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._batches: dict[tuple[Signal, str], _Batch] = {}

    def add(self, samples: Samples, now: float) -> Iterator[LiveSamples]:
        """``samples`` came at ``now``; what is due goes out."""
        key = samples.signal, samples.label
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = _Batch(now + BETWEEN_SAMPLES, [])
        batch.add(samples)
        yield from self._out(batch, now)

    def due(self, now: float) -> Iterator[LiveSamples]:
        """What has waited long enough, although nothing came after it."""
        for batch in self._batches.values():
            yield from self._out(batch, now)

    def _out(self, batch: _Batch, now: float) -> Iterator[LiveSamples]:
        if now < batch.due or not batch.pieces:
            return
        pieces, batch.pieces = batch.pieces, []
        batch.due = now + BETWEEN_SAMPLES
        for piece in pieces:
            yield LiveSamples(self._device, piece)


def _alike(one: Samples, other: Samples) -> bool:
    return one.hertz == other.hertz and one.microvolts_per_step == other.microvolts_per_step
