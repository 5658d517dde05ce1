"""A captured item: who, what, when, by which device. The unit of saving, sending and proof."""

from __future__ import annotations

import dataclasses

from edge.domain.body import PIECE, Body, InMemory, Joined
from edge.domain.measurement import Device, Instant, Kind, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import Opinion
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Earlier, Photo
from edge.domain.report import EncounterReport, Language
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform

__all__ = [
    "PIECE",
    "Body",
    "Frozen",
    "InMemory",
    "Item",
    "Joined",
    "Paper",
    "Payload",
    "Report",
    "Withdrawal",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Paper:
    """The millimetre paper of a 12-lead ECG, in the same study: many viewers show no waveforms.

    ``ecg`` is what is drawn, ``sop_uid`` the UID under which the same destination has it. Both stand in the item of the ECG
    and are empty until the paper is loaded.
    """

    ecg: Waveform | None = None
    sop_uid: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Withdrawal:
    """Objects that may have reached ``destination`` and count no more.

    ``objects`` are the SHA-256 of their frozen bytes in hex, all of one study and one resident; ``contents`` the bytes
    where they are kept, empty until it is loaded. ``why`` is one plain French line without patient data.
    """

    destination: str
    objects: tuple[str, ...]
    why: str
    contents: tuple[Body, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The report of an encounter as it goes out. ``content`` is None until it is loaded, ``replaces`` the id of the report
    before it, "" for the first. ``answers`` are the keys of those that stand in it: one that comes later makes another report.
    """

    language: Language = "fr"
    replaces: str = ""
    content: EncounterReport | None = None
    answers: tuple[str, ...] = ()


Payload = Reading | Waveform | Photo | Sound | Paper | Withdrawal | Opinion | Report


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A saved capture with all that a destination needs to build its object.

    ``id`` is a UUIDv7 in its 36-character form; ``sop_uid`` and ``series_uid`` were fixed when it was saved,
    so that whoever builds the object, however often, names it the same. ``plain``: this destination takes no object of a
    special class; in its form for everybody it is another object, under a ``sop_uid`` of its own.
    ``operator`` is who captured it, None where no person is known. ``earlier`` is the last photo before this one of the same
    part of the body, at the same destination. ``serial_number`` is that of the device as it says itself, "" where it is not known.
    ``file`` is that of a photo where it is kept: its payload then has no bytes of it.
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
    plain: bool = False
    operator: Operator | None = None
    earlier: Earlier | None = None
    serial_number: str = ""
    file: Body | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """What is sent: the object's exact bytes, and their SHA-256 in hex as it stands in the outbox."""

    item_id: str
    sop_uid: str
    study_uid: str
    body: Body
    sha256: str

    @property
    def content(self) -> bytes:
        """All of it at once. Raises Fault(STORE_DAMAGED)."""
        return b"".join(self.body.pieces())
