"""What the rooms ask of each other. Whoever implements Destination passes its suite in tests/suites."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from edge.domain.appliance import Appliance, Memory
from edge.domain.audit import THE_CART, Act, Actor
from edge.domain.capture import Capture, Overview, Saved
from edge.domain.delivery import Event, State
from edge.domain.dialogue import Known
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, Item
from edge.domain.measurement import Device, Instant, Kind, Reading
from edge.domain.operator import Operator
from edge.domain.patient import Encounter, Patient
from edge.domain.posture import Posture
from edge.domain.samples import Samples, Scan
from edge.domain.waveform import Waveform


class Clock(Protocol):
    def now(self) -> Instant: ...


class NeedData:
    """The decoder has no whole frame yet."""

    def __repr__(self) -> str:
        return "NEED_DATA"


NEED_DATA = NeedData()
Decoded = Reading | Samples | Scan


class Decoder(Protocol):
    """Feed, then ask. Pure: no clock, no I/O. ``source`` is a GATT characteristic (four hex digits) or ""."""

    def feed(self, data: bytes, source: str = "") -> None: ...

    def end(self) -> None:
        """No more bytes will come (the end of a recording): what was left over is then given, or told as a Fault."""
        ...

    def next_frame(self) -> Decoded | NeedData:
        """The next whole frame. Raises Fault(UNDECODABLE | CHECKSUM) for bytes that are none, and goes on after it."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Arrived:
    """A reading or a recording that came over some link.

    ``running``: it is a value of a measurement that ran as it came, so it was made then, whatever the device's clock says.
    """

    device: Device
    content: Reading | Waveform
    raw: bytes
    running: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class LiveValue:
    """A value of a running, not yet saved measurement (a finger in the oximeter): shown, never stored."""

    device: Device
    reading: Reading


@dataclasses.dataclass(frozen=True, slots=True)
class LiveSamples:
    """The next stretch of a running signal: drawn, and not stored but by a strip that somebody asked for."""

    device: Device
    samples: Samples


@dataclasses.dataclass(frozen=True, slots=True)
class Scanned:
    """A bar code was read. Its text may name a resident."""

    device: Device
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """What a device says of itself; "" and None where it does not say. ``battery_percent`` 0 to 100 (BAS 1.1).

    ``clock_offset`` is the site's wall clock minus the device's, in seconds, as read on this connection; ``bonded``: on a bond (T2).
    """

    device: Device
    manufacturer: str = ""
    model_number: str = ""
    serial_number: str = ""
    firmware: str = ""
    battery_percent: int | None = None
    clock_offset: float | None = None
    bonded: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that came and could not be understood; kept as they are."""

    device: Device
    raw: bytes
    reason: Reason
    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class LinkState:
    """A peripheral came, went, or needs somebody. ``what`` is one plain French line for the bedside, or ""."""

    device: Device
    connected: bool
    what: str = ""


PeripheralEvent = Arrived | LiveValue | LiveSamples | Scanned | About | Undecodable | LinkState


class DeviceBook(Protocol):
    """What the cart knows of devices, asked by the links. In memory: never waits."""

    def known(self, device_id: str) -> Known: ...

    def model_of(self, device_id: str) -> str | None:
        """The name of the model as which this device was paired; None for a stranger."""
        ...


class ApplianceStore(Protocol):
    """Where the list of devices is kept. What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED)."""

    async def appliances(self) -> Sequence[Appliance]: ...

    async def put_appliance(self, appliance: Appliance) -> None:
        """What the cart learned of a device by itself."""
        ...

    async def take_in(self, appliance: Appliance, by: Actor, now: Instant) -> None: ...

    async def forget_appliance(self, device_id: str, by: Actor, now: Instant) -> None: ...

    async def memories(self) -> Sequence[Memory]: ...

    async def remember(self, memory: Memory) -> None: ...


class Blank:
    """A DeviceBook with nothing in it."""

    def known(self, device_id: str) -> Known:  # noqa: ARG002
        return Known()

    def model_of(self, device_id: str) -> str | None:  # noqa: ARG002
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class Nearby:
    """A device of a known family that advertises now. ``rssi`` in dBm, ``name`` as it calls itself."""

    device: Device
    name: str
    rssi: int


class Radio(Protocol):
    """What an admin does with Bluetooth devices. Each method raises Fault with what to do."""

    def nearby(self) -> Sequence[Nearby]:
        """Devices heard lately, the strongest first."""
        ...

    async def pair(self, device_id: str, passkey: Callable[[], Awaitable[int]]) -> About:
        """Bonds where the device can, and says what it says of itself. ``passkey`` is awaited if the device shows one.

        Raises Fault(UNKNOWN_DEVICE | LINK_REFUSED | LINK_LOST).
        """
        ...

    async def forget(self, device_id: str) -> None:
        """The bond is gone on our side. No error for a device that has none."""
        ...

    async def test(self, device_id: str) -> About:
        """Connects, or uses the connection there is. Raises Fault(LINK_LOST | LINK_REFUSED)."""
        ...


class Peripherals(Protocol):
    """A link with everything on it (a Bluetooth adapter, a serial line, a recorder's folder).

    ``events`` runs until it is cancelled; it reconnects by itself and raises Fault only when it cannot go on.
    Serious faults of one device never stop the others.
    """

    def events(self) -> AsyncIterator[PeripheralEvent]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What was answered about one object: ``what`` in one plain line without patient data, ``after`` how many seconds to wait."""

    item_id: str
    event: Event
    reason: Reason | None = None
    what: str = ""
    after: float = 0.0

    @classmethod
    def unread(cls, item_id: str, fault: Fault) -> Outcome:
        """Of an object whose own bytes could not be read: a damaged one waits for a person."""
        event = Event.REFUSED if fault.reason is Reason.STORE_DAMAGED else Event.TRY_LATER
        return cls(item_id, event, fault.reason, str(fault))


Tell = Callable[[Outcome], None]


def tell_nobody(_: Outcome) -> None:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """An outcome as it is recorded: ``attempts`` from now on, due again in ``wait_seconds``."""

    outcome: Outcome
    attempts: int
    wait_seconds: float


class Destination(Protocol):
    """A far end. Sending the same frozen object twice has one effect there (idempotent by its identifiers)."""

    name: str
    kinds: frozenset[Kind]

    def freeze(self, item: Item) -> Body:
        """The object, checked. Pure. Raises Fault(OBJECT_INVALID) when a person must look at it, and so may its pieces."""
        ...

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        """One outcome an object: ACCEPTED, TRY_LATER or REFUSED. Never raises for what the far end or the line does.

        ``tell`` may be given, in this event loop, what is known of an object while others are still on their way.
        """
        ...

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        """Read back. One outcome an object: PROVEN, NOT_HELD, TRY_LATER or REFUSED (it holds something else)."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """One outbox row, lent to a drain for a while. ``attempts`` is what the drain recorded last, 0 at first."""

    item_id: str
    state: State
    attempts: int


class Outbox(Protocol):
    """The promises still to be kept: one row for an item and a destination. Every method is one short transaction.

    A row is lent by ``claim`` until ``freeze`` or ``record`` settles it, ``give_back`` is called or the lease ends:
    a drain that dies loses nothing, and whoever comes next repeats at most what is idempotent.
    """

    async def claim(self, destination: str, state: State, limit: int, lease_seconds: float) -> Sequence[Claim]:
        """At most ``limit`` rows in ``state`` that are due and not lent, the longest due first; lends them."""
        ...

    async def give_back(self, destination: str) -> None:
        """Ends every lease of ``destination``: for a drain that starts (its predecessor is dead) or stops."""
        ...

    async def load(self, destination: str, item_id: str) -> Item:
        """As ``destination`` shall have it.

        Raises Fault(STORE_DAMAGED) where this item cannot be read back, Fault(STORE_IO) where nothing can now.
        """
        ...

    async def freeze(self, destination: str, item_id: str, content: bytes | Body) -> Frozen | None:
        """Makes ``content`` durable (fsynced) with its SHA-256, then moves the row KEPT -> PENDING, due now.

        A row that is frozen already keeps its bytes, which are returned: what may have been sent never changes. None where
        what is said of the item has changed since it was claimed: it is due anew, to be loaded again. Raises
        Fault(STORE_FULL | NO_ROOM) where the disk has no room for it now, and what the pieces of ``content`` raise.
        """
        ...

    async def frozen_all(self, destination: str, item_ids: Sequence[str]) -> Mapping[str, Frozen | Fault | None]:
        """The frozen object of each; None where it is out of date and to be frozen anew, Fault(STORE_DAMAGED) where it is
        missing: that it is damaged may only show when its bytes are read. Raises Fault(STORE_IO)."""
        ...

    async def record(self, destination: str, outcome: Outcome, attempts: int, wait_seconds: float) -> None:
        """Moves the row by ``delivery.next_state``, stores ``attempts``, reason and words; due in ``wait_seconds``.

        PLAINER: from here on it is ``plain``, under another UID. What the row's state no longer allows changes nothing.
        """
        ...

    async def record_all(self, destination: str, settled: Sequence[Settled]) -> None:
        """The same of several, in one transaction."""
        ...

    async def next_due(self, destination: str) -> float | None:
        """Seconds until the next KEPT, PENDING or SENT row can be claimed, 0 for now; None: nothing waits."""
        ...

    async def version(self) -> int:
        """Changes whenever another process wrote to the store."""
        ...

    async def changed(self, since: int, timeout: float) -> None:
        """Returns as soon as ``version()`` is not ``since``, and after ``timeout`` seconds at the latest."""
        ...


class Ledger(Protocol):
    """Edge's way to its store. What returns is durable; Fault(STORE_IO | STORE_DAMAGED) says that it is not.

    ``by`` is who does it: it stands in the audit trail, written with the act itself.
    """

    async def patients(self) -> Sequence[Patient]: ...

    async def open_encounter(self, patient_id: str, now: Instant, by: Actor = THE_CART) -> tuple[Patient, Encounter]:
        """A new encounter with its own DICOM study, on screen from now. Raises Fault(NO_RESIDENT)."""
        ...

    async def leave_encounter(self, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None: ...

    async def on_screen(self, boot_id: str) -> tuple[Patient, Encounter] | None:
        """Who was on screen when the process last ended, unless the machine was started anew since."""
        ...

    async def recently_on_screen(self, now: Instant, within_seconds: float) -> Sequence[tuple[str, float]]:
        """(resident's id, seconds ago) of those who left the screen lately; 0 where the clock was set back since."""
        ...

    @property
    def posture(self) -> Posture:
        """How the store was when it was last used. Never waits."""
        ...

    async def save(self, capture: Capture, encounter: Encounter | None) -> Saved: ...

    async def quarantine(self, device: Device, raw: bytes, reason: Reason, what: str, now: Instant) -> None: ...

    async def mark_entered_in_error(self, item_id: str, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None:
        """Raises Fault(NOT_ALLOWED) for what is not an item of that encounter."""
        ...

    async def note_consultation(
        self, call_id: str, encounter_id: str, event: str, now: Instant, by: Actor = THE_CART, detail: str = ""
    ) -> None: ...

    async def note(self, act: Act, by: Actor, now: Instant, encounter: Encounter, detail: str = "") -> None:
        """What somebody did for the resident of ``encounter`` and that changes nothing else in the store."""
        ...

    async def begin_recording(
        self, header: Waveform, device: Device, encounter: Encounter, now: Instant, operator: Operator | None = None
    ) -> int:
        """The number of a new recording of a running signal; ``header`` is without samples, ``operator`` who began it."""
        ...

    async def append_recording(self, number: int, place: int, samples: bytes) -> None:
        """Stretch ``place`` (0, 1, 2 ...); the same one again changes nothing. Raises Fault(NOT_ALLOWED) once it is finished."""
        ...

    async def finish_recording(self, number: int, now: Instant) -> Saved | None:
        """The recording is an item; None where nothing was recorded. Twice is as once."""
        ...

    async def finish_recordings(self, now: Instant) -> Sequence[Saved]:
        """All that were begun and not finished: for edge at its start, and for nobody else."""
        ...

    async def overview(self, encounter_id: str | None) -> Overview: ...

    async def load(self, item_id: str) -> Item: ...

    async def version(self) -> int:
        """Changes whenever another process wrote to the store."""
        ...
