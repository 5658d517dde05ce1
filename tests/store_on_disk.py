"""A store with a recorder on it, as edge has them, for the tests of what a disk does to them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, warning
from edge.domain.capture import Capture
from edge.domain.fault import Fault
from edge.domain.measurement import Kind
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Arrived
from edge.domain.posture import Posture
from edge.store.damage.reopen import Keeper
from edge.store.disk.space import MEBIBYTE, Room
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests.unit.test_recorder import OXIMETER, SetClock, patient, spo2

TO = {Kind.SPO2: ("fhir",), Kind.PHOTO: ("pacs",)}
ROOM = Room(reserve=4 * MEBIBYTE, for_readings=8 * MEBIBYTE)
A_LOOK = 0.25
"""Seconds between two looks of a screen."""


def places_in(root: Path) -> Places:
    return Places(root / "store.db", root / "blobs", root / "store.key")


class _Telling(Keeper[EdgeStore]):
    """Says how the store is whenever that is noted, in the store's thread."""

    def __init__(self, open_it: Callable[[], EdgeStore], room: Room, told: Callable[[Posture], None]) -> None:
        self._tell = told
        super().__init__(open_it, room)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if isinstance(value, Posture):
            self._tell(value)


class _ToldThread(StoreThread[EdgeStore]):
    def __init__(self, open_it: Callable[[], EdgeStore], room: Room, told: Callable[[Posture], None]) -> None:
        super().__init__(open_it, room)
        self._keeper = _Telling(open_it, room, told)


@dataclasses.dataclass
class Cart:
    """``told`` holds the raw bytes of each reading that was called saved, ``lines`` what stood on the notice line.

    ``postures`` are all that there ever were, ``users`` those who use the store again and again, as its screens do.
    """

    thread: StoreThread[EdgeStore]
    ledger: StoredLedger
    recorder: Recorder
    clock: SetClock
    encounter: Encounter
    said: asyncio.Event
    postures: list[Posture]
    told: list[bytes] = dataclasses.field(default_factory=list)
    lines: list[str] = dataclasses.field(default_factory=list)
    users: list[Callable[[], Awaitable[object]]] = dataclasses.field(default_factory=list)

    async def measure(self, size: int = 200) -> None:
        """One reading more, told when the recorder has it."""
        number = len(self.told)
        raw = f"reading {number} ".encode().ljust(size, b".")
        await self.recorder.take(Arrived(OXIMETER, spo2(80 + number % 20), raw))
        self.told.append(raw)

    async def photograph(self, size: int, number: int = 0) -> None:
        jpeg = b"\xff\xd8" + number.to_bytes(4, "big") * (size // 4) + b"\xff\xd9"
        photo = Photo(jpeg, 4, 3, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)
        await self.recorder.keep(Capture(Kind.PHOTO, photo, OXIMETER, self.clock.now(), f"photo {number} {size}"))

    @property
    def warning(self) -> str:
        return warning(self.ledger.posture)

    async def until(self, done: Callable[[], bool]) -> None:
        """Looked at whenever something is said of the store or on a screen, while everybody uses the store."""
        async with asyncio.timeout(20):
            while True:
                self.said.clear()
                for use in (self.ledger.version, *self.users):
                    with contextlib.suppress(Fault):
                        await use()
                if done():
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.said.wait(), A_LOOK)

    async def until_warned(self, words: str) -> None:
        """Until a screen that looks would show these words; "" for none."""
        await self.until(lambda: words in self.warning if words else self.warning == "")

    def was_warned(self, words: str) -> bool:
        """Whether a screen that looked at the right moment has shown them."""
        return any(words in warning(one) for one in self.postures)

    async def until_not_saved(self) -> None:
        await self.until(lambda: any("NON ENREGISTRÉ" in line for line in self.lines))


@contextlib.asynccontextmanager
async def cart_on(root: Path, room: Room = ROOM) -> AsyncIterator[Cart]:
    places = places_in(root)
    loop, said, postures = asyncio.get_running_loop(), asyncio.Event(), list[Posture]()

    def told(posture: Posture) -> None:
        postures.append(posture)
        with contextlib.suppress(RuntimeError):  # the test is over
            loop.call_soon_threadsafe(said.set)

    async with _ToldThread(lambda: open_for_edge(places, TO, "demonstration"), room, told) as thread:
        ledger, clock = StoredLedger(thread, "TC"), SetClock()
        await ledger.put_patient(patient(1))
        found, encounter = await ledger.open_encounter("P1", clock.now())

        def changed() -> None:
            if not cart.lines or cart.lines[-1] != recorder.notice:
                cart.lines.append(recorder.notice)
                said.set()

        recorder = Recorder(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), changed)
        cart = Cart(thread, ledger, recorder, clock, encounter, said, postures)
        recorder.show(found, encounter)
        yield cart


def stored_raws(root: Path) -> list[bytes]:
    """Of every reading, as a process finds them that opens the store anew."""
    store = open_for_edge(places_in(root), TO, "demonstration")
    try:
        return [bytes(raw) for (raw,) in store.run("SELECT raw FROM item WHERE kind = 'spo2' ORDER BY sequence")]
    finally:
        store.database.close()
