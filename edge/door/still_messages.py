"""What passes the door about an ECG that is to be drawn whole: one of the resident on screen, asked for by the screen."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from edge.domain.waveform import Scale, Waveform
from edge.door.command import Command

MOST_BYTES = 16 * 1024 * 1024
"""Of the samples: an hour of one lead, or five minutes of twelve, at 1000 Hz."""


class ShowEcg(Command, frozen=True):
    """Asks for a saved ECG of the resident on screen, of this round or of before: it comes as Earlier with its ``ecg``, once."""

    prior_id: str


class LeadScale(msgspec.Struct, frozen=True, kw_only=True):
    """As edge.domain.waveform.Scale, decimal numbers as text."""

    microvolts_per_step: str
    baseline_microvolts: str


class WholeEcg(msgspec.Struct, frozen=True, kw_only=True):
    """As edge.domain.waveform.Waveform. ``taken`` is ISO 8601, "" where nobody told; ``device`` its label, in both languages."""

    taken: str
    device: str
    leads: tuple[str, ...]
    hertz: str
    scales: tuple[LeadScale | None, ...]
    samples: bytes
    device_en: str = ""

    @classmethod
    def of(cls, ecg: Waveform, taken: str, device: str) -> WholeEcg:
        return cls(
            taken=taken,
            device=device,
            leads=ecg.leads,
            hertz=str(ecg.sampling_hz),
            scales=tuple(
                LeadScale(
                    microvolts_per_step=str(one.microvolts_per_step), baseline_microvolts=str(one.baseline_microvolts)
                )
                if one
                else None
                for one in ecg.scales
            ),
            samples=ecg.samples,
        )

    @property
    def waveform(self) -> Waveform:
        """Raises ValueError or ArithmeticError where it is none."""
        hertz = Decimal(self.hertz)
        if not hertz.is_finite() or hertz <= 0:
            raise ValueError(f"{self.hertz} Hz is no rate")
        scales = tuple(
            Scale(Decimal(one.microvolts_per_step), Decimal(one.baseline_microvolts)) if one else None
            for one in self.scales
        )
        return Waveform(self.leads, hertz, scales, self.samples)
