"""Every command and every snapshot that passes the door.

The door is a Unix stream socket. Each message is a 4-byte big-endian length and that many bytes of JSON, tagged by
``type``. A client says Hello once, then sends commands; the server answers each with Done or Refused carrying the same
``id``, and pushes a Snapshot whenever something changed (stale ones coalesce) and Requests to the media process.
"""

from __future__ import annotations

from typing import cast

import msgspec

MAXIMUM = 32 * 1024 * 1024
"""Largest message in bytes: a full-resolution still, base64."""


UI, MEDIA, ADMIN = "ui", "media", "admin"
"""The roles: who is at the door."""


# --- commands -----------------------------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, tag_field="type", tag=True, kw_only=True):
    id: int = 0


class Hello(Command, frozen=True):
    role: str


class SelectResident(Command, frozen=True):
    """The nurse confirmed who is in front of her. Opens a new encounter unless that resident is already shown."""

    patient_id: str


class ReleaseResident(Command, frozen=True):
    """Nobody is on screen any more."""


class FinishRound(Command, frozen=True):
    """ENREGISTRER: closes the encounter; every reading was saved on arrival already."""


class MarkEnteredInError(Command, frozen=True):
    item_id: str


class TakePhoto(Command, frozen=True):
    """Asks media for a still of the resident on screen. ``view``: overview, close_up or dermoscopy."""

    view: str = "overview"


class StartCall(Command, frozen=True):
    """Opens the lobby. ``consent`` must be true: the resident (or who answers for her) agreed, and it is recorded."""

    consent: bool


class AdmitSpecialist(Command, frozen=True):
    pass


class EndCall(Command, frozen=True):
    pass


class SubmitStill(Command, frozen=True):
    """Media's answer to StillWanted. ``encoding``: camera-mjpeg or jpeg-q95."""

    request_id: str
    jpeg: bytes
    width: int
    height: int
    encoding: str
    sharpness: float
    brightness: float


class StillFailed(Command, frozen=True):
    request_id: str
    what: str


class CallProgress(Command, frozen=True):
    """Media tells how the call goes. ``state``: lobby, waiting (a specialist is at the door), connected, ended, failed.

    ``address`` and ``pin`` are what the bedside shows while the lobby is open.
    """

    call_id: str
    state: str
    address: str = ""
    pin: str = ""
    what: str = ""
    video_frames_sent: int = 0
    vitals_messages: int = 0


AnyCommand = (
    Hello
    | SelectResident
    | ReleaseResident
    | FinishRound
    | MarkEnteredInError
    | TakePhoto
    | StartCall
    | AdmitSpecialist
    | EndCall
    | SubmitStill
    | StillFailed
    | CallProgress
)

ALLOWED: dict[str, frozenset[type[Command]]] = {
    UI: frozenset(
        {
            Hello,
            SelectResident,
            ReleaseResident,
            FinishRound,
            MarkEnteredInError,
            TakePhoto,
            StartCall,
            AdmitSpecialist,
            EndCall,
        }
    ),
    MEDIA: frozenset({Hello, SubmitStill, StillFailed, CallProgress}),
    ADMIN: frozenset({Hello}),
}


# --- what the server says -----------------------------------------------------------------------------------------


class Said(msgspec.Struct, frozen=True, tag_field="type", tag=True, kw_only=True):
    pass


class Done(Said, frozen=True):
    id: int


class Refused(Said, frozen=True):
    id: int
    reason: str
    what: str
    do: str = ""


class StillWanted(Said, frozen=True):
    """To media: take a still now. It is bound to the resident who was on screen when it was asked for."""

    request_id: str
    view: str


class ResidentCard(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as screens show it. ``allergies`` None = unknown; [] = none known. ``birth_date`` ISO 8601."""

    id: str
    birth_name: str
    given_names: str
    used_name: str | None
    birth_date: str
    sex: str
    room: str
    identity_status: str
    allergies: tuple[str, ...] | None


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One component. ``value`` is a decimal number as text, or None with the reason in ``quality``."""

    name: str
    value: str | None
    unit: str | None
    quality: tuple[str, ...] = ()


class ItemCard(msgspec.Struct, frozen=True, kw_only=True):
    """A saved item of the resident on screen. It stands here only after its commit is on the disk.

    ``state``: kept, pending, sent, received or needs_person (its least advanced destination).
    """

    item_id: str
    kind: str
    device: str
    model: str
    taken: str
    age_seconds: float
    values: tuple[Value, ...] = ()
    quality: tuple[str, ...] = ()
    state: str = "kept"
    entered_in_error: bool = False
    remark: str = ""


class LiveCard(msgspec.Struct, frozen=True, kw_only=True):
    """A running measurement, not saved."""

    kind: str
    device: str
    values: tuple[Value, ...]
    quality: tuple[str, ...] = ()


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Lead ``lead`` of the newest ECG of the resident, ``hertz`` samples a second, in millivolts."""

    item_id: str
    lead: str
    hertz: float
    millivolts: tuple[float, ...]


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    model: str
    connected: bool
    what: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of items by their least advanced destination, over the whole store; ``oldest_seconds`` of what is not received."""

    kept: int = 0
    pending: int = 0
    sent: int = 0
    received: int = 0
    needs_person: int = 0
    oldest_seconds: float = 0.0
    last_received_seconds: float | None = None


class CallCard(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: none, requested, lobby, waiting, admitted, connected, ended or failed."""

    call_id: str = ""
    state: str = "none"
    address: str = ""
    pin: str = ""
    what: str = ""
    video_frames_sent: int = 0
    vitals_messages: int = 0


class Snapshot(Said, frozen=True):
    """All that a screen may show. ``residents`` and ``waiting`` are empty for media, which sees only an admitted call's resident."""

    cart: str
    demo: bool
    clock: str
    resident: ResidentCard | None = None
    encounter_id: str | None = None
    items: tuple[ItemCard, ...] = ()
    live: tuple[LiveCard, ...] = ()
    trace: Trace | None = None
    residents: tuple[ResidentCard, ...] = ()
    devices: tuple[DeviceCard, ...] = ()
    waiting: Waiting = Waiting()
    unassigned: int = 0
    quarantined: int = 0
    notice: str = ""
    call: CallCard = CallCard()


AnySaid = Done | Refused | StillWanted | Snapshot

_encoder = msgspec.json.Encoder()
_commands = msgspec.json.Decoder(AnyCommand)
_said = msgspec.json.Decoder(AnySaid)


def encode(message: Command | Said) -> bytes:
    return _encoder.encode(message)


def decode_command(data: bytes) -> AnyCommand:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    return cast("AnyCommand", _commands.decode(data))


def decode_said(data: bytes) -> AnySaid:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    return cast("AnySaid", _said.decode(data))
