"""Every device of the cart: which are on its list, what they said of themselves, how far their clocks are off."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import structlog

from edge.domain.appliance import Appliance, Memory
from edge.domain.audit import THE_CART, Actor
from edge.domain.device_clock import Arrival, DeviceClock
from edge.domain.dialogue import Known
from edge.domain.measurement import Device, Instant, Quality, Reading
from edge.domain.ports import About, ApplianceStore, Clock, LinkState

log = structlog.get_logger()


@dataclasses.dataclass(slots=True)
class Seen:
    """What is known of one device now. ``heard`` is when it last said something, in monotonic seconds."""

    device: Device
    connected: bool = False
    what: str = ""
    about: About | None = None
    heard: float | None = None


class Devices:
    """Implements ports.DeviceBook. ``wired`` are the ids of lines and folders of the settings: a cable needs no list.

    ``provisioned`` are devices that the settings name: on the list without anybody pairing them here.
    """

    def __init__(
        self, store: ApplianceStore, clock: Clock, wired: Collection[str] = (), provisioned: Iterable[Appliance] = ()
    ) -> None:
        self._store = store
        self._clock = clock
        self._wired = frozenset(wired)
        self._provisioned = {one.id: one for one in provisioned}
        self._paired: dict[str, Appliance] = {}
        self._clocks: dict[str, DeviceClock] = {}
        self._sequences: dict[str, int] = {}
        self._remembered: dict[str, Memory] = {}
        self._impostors: set[str] = set()
        self.seen: dict[str, Seen] = {}

    async def load(self) -> None:
        """What the store holds. Before the links start."""
        self._paired = {one.id: one for one in await self._store.appliances()}
        for memory in await self._store.memories():
            self._remembered[memory.device_id] = memory
            self._clocks[memory.device_id] = DeviceClock(memory.clock_least)
            if memory.last_sequence is not None:
                self._sequences[memory.device_id] = memory.last_sequence

    # --- the book

    def known(self, device_id: str) -> Known:
        appliance = self._on_list(device_id)
        now = self._clock.now()
        return Known(
            civil=civil(now) if now.clock_trusted else None,
            last_sequence=self._sequences.get(device_id),
            user=appliance.user if appliance else None,
        )

    def model_of(self, device_id: str) -> str | None:
        appliance = self._on_list(device_id)
        return appliance.model if appliance else None

    def _on_list(self, device_id: str) -> Appliance | None:
        return self._paired.get(device_id) or self._provisioned.get(device_id)

    def appliances(self) -> Sequence[Appliance]:
        return list((self._provisioned | self._paired).values())

    # --- what they say

    def link_state(self, state: LinkState) -> None:
        seen = self._seen(state.device)
        seen.connected, seen.what = state.connected, state.what

    def heard(self, device: Device) -> None:
        self._seen(device).heard = self._clock.now().monotonic_ns / 1e9

    def about(self, about: About) -> None:
        """Also checks that the device is the one that was taken in (T2)."""
        device = about.device
        self._seen(device).about = about
        if about.clock_offset is not None:
            self._clocks.setdefault(device.id, DeviceClock()).read(about.clock_offset)
        if (listed := self._on_list(device.id)) is None:
            return
        other = bool(listed.serial_number and about.serial_number and listed.serial_number != about.serial_number)
        if other or (listed.bonded and not about.bonded):
            log.warning("device_not_the_one_paired", model=device.model, serial=other)
            self._impostors.add(device.id)
        elif about.serial_number == listed.serial_number:
            # whoever was not the one and now says nothing is no more believed than before
            self._impostors.discard(device.id)

    async def learn(self, about: About) -> None:
        """The first serial number that a paired device tells is its own from now on: a cuff may hang up before it is asked."""
        listed = self._paired.get(about.device.id)
        if listed is None or listed.serial_number or not about.serial_number or not self.trusted(listed.id):
            return
        known = dataclasses.replace(listed, serial_number=about.serial_number)
        await self._store.put_appliance(known)
        self._paired[listed.id] = known

    def _seen(self, device: Device) -> Seen:
        return self.seen.setdefault(device.id, Seen(device))

    def trusted(self, device_id: str) -> bool:
        """By cable, or on the list with nothing that speaks against it (T2, T3)."""
        if device_id in self._wired:
            return True
        return self._on_list(device_id) is not None and device_id not in self._impostors

    # --- readings

    def marked(self, device: Device, reading: Reading) -> Reading:
        """``reading``, and that nobody vouches for its device where that is so."""
        if self.trusted(device.id) or Quality.UNAUTHENTICATED in reading.quality:
            return reading
        return dataclasses.replace(reading, quality=(*reading.quality, Quality.UNAUTHENTICATED))

    def age(self, device: Device, reading: Reading, now: Instant) -> float | None:
        """Seconds since ``reading`` was made, None where that cannot be told (edge.domain.device_clock)."""
        if reading.device_time is None:
            # a device that has a clock and does not know the time may be handing over what it made days ago
            unknown = {Quality.FROM_STORAGE, Quality.DEVICE_CLOCK_UNSET} & set(reading.quality)
            return None if unknown else 0.0
        try:
            made = dt.datetime.fromisoformat(reading.device_time.isoformat())
        except ValueError:  # the 31st of February
            return None
        came = Arrival(civil(now), now.utc.replace(tzinfo=None), now.monotonic_ns / 1e9)
        stored = Quality.FROM_STORAGE in reading.quality
        return self._clocks.setdefault(device.id, DeviceClock()).age(made, came, stored=stored)

    async def remember(self, device: Device, reading: Reading) -> None:
        """After ``reading`` was saved. What is lost here costs a doubt or a repetition, never a reading."""
        if reading.sequence is not None:
            self._sequences[device.id] = reading.sequence
        clock = self._clocks.get(device.id)
        memory = Memory(device.id, clock.least if clock else None, self._sequences.get(device.id))
        if memory in (self._remembered.get(device.id), Memory(device.id)):
            return
        await self._store.remember(memory)
        self._remembered[device.id] = memory

    # --- the list

    async def take_in(self, appliance: Appliance, by: Actor = THE_CART) -> None:
        now = self._clock.now()
        added = dataclasses.replace(appliance, added=now.utc)
        await self._store.take_in(added, by, now)
        self._paired[appliance.id] = added
        self._impostors.discard(appliance.id)

    async def forget(self, device_id: str, by: Actor = THE_CART) -> None:
        await self._store.forget_appliance(device_id, by, self._clock.now())
        self._paired.pop(device_id, None)
        self._impostors.discard(device_id)
        self.seen.pop(device_id, None)


def civil(now: Instant) -> dt.datetime:
    """The site's wall clock, without its zone, as devices keep theirs."""
    return now.utc.astimezone().replace(tzinfo=None)
