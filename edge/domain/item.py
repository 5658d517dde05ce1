"""A captured item: who, what, when, by which device. The unit of saving, sending and proof."""

from __future__ import annotations

import dataclasses

from edge.domain.measurement import Device, Instant, Kind, Reading
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Photo
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform

Payload = Reading | Waveform | Photo | Sound


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A saved capture with all that a destination needs to build its object.

    ``id`` is a UUIDv7 in its 36-character form; ``sop_uid`` and ``series_uid`` were fixed when it was saved,
    so that whoever builds the object, however often, names it the same.
    """

    id: str
    kind: Kind
    patient: Patient
    encounter: Encounter
    device: Device
    taken: Instant
    payload: Payload
    sop_uid: str
    series_uid: str
    entered_in_error: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """What is sent: the object's exact bytes, and their SHA-256 in hex as it stands in the outbox."""

    item_id: str
    sop_uid: str
    study_uid: str
    content: bytes
    sha256: str
