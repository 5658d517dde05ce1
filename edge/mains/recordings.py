"""`telecart decode` for files: one JSON line a lead of a recording, or one for a photo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import numpy as np

from drivers.models.model import FileModel
from edge.domain.photo import Photo
from edge.domain.waveform import Waveform

_FIRST: Final = 10


def decode(model: FileModel, data: bytes) -> Iterator[str]:
    """JSON lines. Raises Fault(CORRUPT_FILE | UNDECODABLE), or OSError, before the first."""
    content = model.read(data)
    if isinstance(content, Photo):
        yield json.dumps({"width": content.width, "height": content.height, **_figures(content)})
        return
    for lead in content.leads:
        yield json.dumps(_of_lead(content, lead))


def _figures(photo: Photo) -> dict[str, float | str]:
    return {
        "sharpness": round(photo.sharpness, 3),
        "brightness": round(photo.brightness, 3),
        "sha256": hashlib.sha256(photo.jpeg).hexdigest(),
    }


def _of_lead(ecg: Waveform, lead: str) -> dict[str, object]:
    """``first_uv`` in microvolts; the hash is over every sample as int32 little-endian in nanovolts."""
    steps = np.array(ecg.lead(lead))
    scale = ecg.scale(lead)
    assert scale is not None, "every format of files has scales"
    different, where = np.unique(steps, return_inverse=True)
    microvolts = [int(step) * scale.microvolts_per_step + scale.baseline_microvolts for step in different]
    # round() of a Decimal is to the nearest, and halves to even
    nanovolts = np.array([round(value * 1000) for value in microvolts], dtype="<i4")[where]
    return {
        "lead": lead,
        "hertz": _number(ecg.sampling_hz),
        "count": ecg.count,
        "first_uv": [_number(microvolts[at]) for at in where[:_FIRST]],
        "sha256_int32_nv": hashlib.sha256(nanovolts.tobytes()).hexdigest(),
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
