"""Sound cards, and stethoscopes that are one, owned by the media process."""

from __future__ import annotations

from drivers.models.model import MediaModel, Sure

_FACTS = (
    "arecord(1) of alsa-utils for ALSA cards; PipeWire and WirePlumber through pipewire-alsa, tried on null sinks, "
    "where every sample comes through unchanged"
)

SOUND_CARD = MediaModel(
    name="sound-card",
    label="Micro",
    label_en="Microphone",
    facts=_FACTS,
    sure=Sure.UNCONFIRMED,
    tried_on_hardware=False,
)

STETHOSCOPE = MediaModel(
    name="stethoscope",
    label="Stéthoscope",
    label_en="Stethoscope",
    facts=_FACTS,
    sure=Sure.UNCONFIRMED,
    tried_on_hardware=False,
)
