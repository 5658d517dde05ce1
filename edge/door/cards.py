"""What a screen may show, piece by piece: the parts of a Snapshot.

What the cart says in words comes in both languages, French and, in ``..._en``, English: each screen shows its own, and
may change it at once.
"""

from __future__ import annotations

import msgspec

from edge.domain.visitor import NOBODY, Visitor


class ResidentCard(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as screens show it. ``allergies`` None = unknown; [] = none known. ``birth_date`` ISO 8601.

    ``without_identity``: nobody could name her; only the year of ``birth_date`` means something, and that about.
    ``protection`` is a word of edge.domain.patient.Protection, "" for none or not known; ``long_term_illness`` None: not known.
    """

    id: str
    birth_name: str
    given_names: str
    used_name: str | None
    birth_date: str
    sex: str
    room: str
    identity_status: str
    allergies: tuple[str, ...] | None
    without_identity: bool = False
    treating_doctor: str = ""
    treating_rpps: str = ""
    protection: str = ""
    representative: str = ""
    long_term_illness: bool | None = None


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One component. ``value`` is a decimal number as text, or None with the reason in ``quality``."""

    name: str
    value: str | None
    unit: str | None
    quality: tuple[str, ...] = ()


class ItemCard(msgspec.Struct, frozen=True, kw_only=True):
    """A saved item of the resident on screen. It stands here only after its commit is on the disk.

    ``state``: kept, pending, sent, received, needs_person or withdrawn (its least advanced destination). ``taken`` and ``age_seconds`` are
    when it came; ``device_time`` is when the device says that it measured: ISO 8601 without a zone, or "".
    ``site``, ``side`` and ``intimate`` are those of a photo, as TakePhoto has them.
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
    device_time: str = ""
    site: str = ""
    side: str = ""
    intimate: bool = False
    device_en: str = ""


class LiveCard(msgspec.Struct, frozen=True, kw_only=True):
    """A running measurement, not saved."""

    kind: str
    device: str
    values: tuple[Value, ...]
    quality: tuple[str, ...] = ()
    device_en: str = ""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of lead ``lead`` ("" where the device does not name it) of the newest ECG of the resident.

    ``hertz`` samples a second in millivolts, or, where not ``in_millivolts``, in steps of the device that mean nothing to
    anybody else. ``seconds`` is how long all of it is.
    """

    item_id: str
    lead: str
    hertz: float
    millivolts: tuple[float, ...]
    in_millivolts: bool = True
    seconds: float = 0.0


class EarlierCard(msgspec.Struct, frozen=True, kw_only=True):
    """A photo, ECG or other object of the resident on screen that was made before this round; ShowEarlier asks for it.

    ``kind``: photo, ecg, document or other. ``source`` is the far end that it came from, "" this cart. ``taken`` is ISO 8601,
    perhaps without an offset, or "". ``site`` and ``side`` are those of edge.domain.body_site; ``region`` what the far end
    calls a part that is none of them.
    """

    prior_id: str
    kind: str
    source: str = ""
    taken: str = ""
    title: str = ""
    site: str = ""
    side: str = ""
    region: str = ""
    who: str = ""
    device: str = ""
    intimate: bool = False
    device_en: str = ""


class PortalCard(msgspec.Struct, frozen=True, kw_only=True):
    """Where the region shows this resident's pictures. Whoever opens ``url`` signs in there: it holds no token."""

    name: str
    url: str


class StripCard(msgspec.Struct, frozen=True, kw_only=True):
    """The running ECG as it is recorded. ``state``: none, recording, or ending (what came is being written).

    ``since`` is when it began, ``seconds`` ago; ``safe_seconds`` of it are on the disk.
    """

    state: str = "none"
    device: str = ""
    since: str = ""
    seconds: float = 0.0
    safe_seconds: float = 0.0


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    """A peripheral that is on this cart's list, or has spoken since it started.

    ``id`` is its Bluetooth address or the name of its line. ``trusted``: on the list, and nothing speaks against it.
    ``wireless``: it can be forgotten and tested. ``heard_seconds`` since it last said something.
    """

    id: str = ""
    label: str
    label_en: str = ""
    model: str
    connected: bool
    what: str = ""
    what_en: str = ""
    trusted: bool = True
    wireless: bool = False
    manufacturer: str = ""
    model_number: str = ""
    serial_number: str = ""
    firmware: str = ""
    battery_percent: int | None = None
    heard_seconds: float | None = None


class NearbyCard(msgspec.Struct, frozen=True, kw_only=True):
    """A Bluetooth device of a known family that is heard now and not on the list. ``name`` is its own; ``rssi`` in dBm."""

    id: str
    label: str
    label_en: str = ""
    model: str
    name: str
    rssi: int


class PairingCard(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: none, pairing, passkey (the device shows six digits: AnswerPasskey), testing, forgetting,
    done or failed.

    ``number`` counts what was begun, so that an old outcome is not taken for that of a new request.
    """

    number: int = 0
    device_id: str = ""
    state: str = "none"
    what: str = ""
    what_en: str = ""


class ScanCard(msgspec.Struct, frozen=True, kw_only=True):
    """The bar code read last: ``number`` counts them; ``patient_id`` is whose it is, or "" for nobody known."""

    number: int = 0
    patient_id: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of items by their least advanced destination, over the whole store; ``oldest_seconds`` of what is not received."""

    kept: int = 0
    pending: int = 0
    sent: int = 0
    received: int = 0
    needs_person: int = 0
    withdrawn: int = 0
    oldest_seconds: float = 0.0
    last_received_seconds: float | None = None


class News2Part(msgspec.Struct, frozen=True, kw_only=True):
    """One of the seven (edge.domain.news2.Part). ``points`` None: it does not count, and ``why`` (news2.Why) says it.

    ``value`` is the newest that is saved, None for none; ``age_seconds`` since it was taken.
    """

    part: str
    points: int | None = None
    why: str = ""
    value: Value | None = None
    age_seconds: float | None = None


class News2Card(msgspec.Struct, frozen=True, kw_only=True):
    """The early warning score of the resident on screen, where the site turned it on.

    ``total`` and ``risk`` (news2.Risk) only when all seven parts are there, good and younger than ``window_seconds``;
    ``oldest_seconds`` is the age of the oldest that counts. ``scale_two_by`` names who set SpO2 scale 2, "" for scale 1.
    """

    enabled: bool = False
    parts: tuple[News2Part, ...] = ()
    total: int | None = None
    risk: str = ""
    oldest_seconds: float | None = None
    window_seconds: float = 0.0
    scale_two_by: str = ""


class CallCard(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: none, requested, lobby, waiting, admitted, connected, ended or failed. ``guest`` is whom the link is made out to.

    ``parked``: nobody is with its resident, who may not be the one on screen. The link holds for ``link_minutes``.
    ``note``: the lines that the specialist wrote last for the report, () where its resident is not on screen; ``note_by`` her name.
    """

    call_id: str = ""
    state: str = "none"
    address: str = ""
    pin: str = ""
    what: str = ""
    guest: str = ""
    visitor: Visitor = NOBODY
    video_frames_sent: int = 0
    vitals_messages: int = 0
    link_minutes: int = 15
    parked: bool = False
    note: tuple[str, ...] = ()
    note_by: str = ""


class ReplacementCard(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was let in for a shift. ``ends`` is ISO 8601."""

    member_id: str
    name: str
    role: str
    ends: str


class WelcomeCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a replacement is told who was let in just now: ``number`` says who she is, ``start`` is good for one first sign-in."""

    name: str
    role: str
    ends: str
    number: str
    start: str


class AttendanceCard(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at the cart. Without ``required`` nobody signs in. ``name`` and ``role`` of who is in, "" at the emergency door.

    ``may`` are the deeds (edge.domain.staff) that she may do. While ``locked``: ``entrance`` says what came of the last try,
    ``asked`` is the name of whom a PIN is asked for, ``wait_seconds`` until one is looked at again. ``reader``: of badges;
    "" where the cart has none, "here", or "away" with ``reader_what`` is wrong with it. ``replacements`` and ``welcome`` are for
    who may let somebody in.
    """

    required: bool = False
    locked: bool = False
    name: str = ""
    role: str = ""
    emergency: bool = False
    may: tuple[str, ...] = ()
    entrance: str = ""
    asked: str = ""
    wait_seconds: float = 0.0
    what: str = ""
    what_en: str = ""
    reader: str = ""
    reader_what: str = ""
    reader_what_en: str = ""
    replacements: tuple[ReplacementCard, ...] = ()
    welcome: WelcomeCard | None = None
