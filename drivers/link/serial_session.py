"""One opening of a serial line as events: what its bytes mean to the cart, and what the host answers. No I/O, no clock.

Whatever comes, what is kept of it is bounded, and so is how often it is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from drivers.link.serial_samples import Batches
from drivers.models.model import SerialModel, SerialSettings
from edge.domain.dialogue import Finished, Known, Say, Step, Tell
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Kind, Quality, Reading
from edge.domain.ports import Arrived, Decoded, LinkState, LiveValue, NeedData, PeripheralEvent, Scanned, Undecodable
from edge.domain.samples import Samples, Scan
from edge.domain.spot import SpotRule

RAW_KEPT: Final = 4096
"""Bytes of an undecodable stretch that are kept, at most: its beginning."""

BETWEEN_UNDECODABLE: Final = 10.0
"""Seconds between two Undecodable events of one line; what comes in between is told by the second."""

SELDOM_UNDECODABLE: Final = 600.0
"""Up to this the seconds between two of them double while nothing readable comes: a wrong line fills no disk."""

BETWEEN_LIVE: Final = 0.95
"""Seconds between two live values of one kind: one a second, and a little less so that three packets a second make one."""

SILENCE: Final = 5.0
"""Seconds without a byte after which a streaming device counts as switched off."""

UNREADABLE: Final = 5.0
"""Seconds of bytes without one good frame after which the line's settings are in doubt."""

UNREADABLE_BYTES: Final = 20
"""So many bytes without a good frame, at least."""

CALM: Final = 2.0
"""Seconds without a fault after which samples alone show that a line is readable: of formats without a checksum some
garbage looks like samples."""

CONVINCING: Final = 2
"""Readings in a row that show it where there is no checksum."""

CROSSING: Final = 1.0
"""Seconds after an answer in which the same reading is not answered again: it was on its way before the answer was heard. An
answer is for whatever the device has in hand, so that a second one would make it forget what comes next (H10)."""

SCANS_A_SECOND: Final = 20
"""Symbols a second, at most; nobody scans faster."""

Output = PeripheralEvent | Say


@dataclasses.dataclass(slots=True)
class Doubt:
    """Undecodable bytes on their way out, told rarely."""

    device: Device
    raw: bytearray = dataclasses.field(default_factory=bytearray)
    fault: Fault | None = None
    told: float | None = None
    between: float = dataclasses.field(default_factory=lambda: BETWEEN_UNDECODABLE)

    def add(self, raw: bytes, fault: Fault) -> None:
        self.fault = self.fault or fault
        self.raw += raw[: RAW_KEPT - len(self.raw)]

    def readable(self) -> None:
        """A good frame came."""
        self.between = BETWEEN_UNDECODABLE

    def due(self, now: float) -> Iterator[Undecodable]:
        if self.fault is None or (self.told is not None and now - self.told < self.between):
            return
        if self.told is not None:
            self.between = min(SELDOM_UNDECODABLE, self.between * 2)
        event = Undecodable(self.device, bytes(self.raw), self.fault.reason, self.fault.what)
        self.raw.clear()
        self.fault, self.told = None, now
        yield event


@dataclasses.dataclass(slots=True)
class Memory:
    """What outlives one opening of the line: the same device speaks on it again."""

    doubt: Doubt
    spots: dict[Kind, SpotRule] = dataclasses.field(default_factory=dict)


class Session:
    """``now`` is always in the same monotonic seconds.

    Each method is to be run through: what follows an event happens only after whoever took it came back for more, so
    that a device that forgets what was acknowledged hears of it only when it is kept.
    """

    def __init__(self, device: Device, model: SerialModel, memory: Memory, now: float) -> None:
        self.connected: bool | None = None
        self._device = device
        self._model = model
        self._memory = memory
        self._decoder = model.decoder()
        self._dialogue = model.dialogue()
        self._batches = Batches(device)
        self._opened = now
        self._heard = now
        self._asked = now
        self._finished = False
        self._told = ""
        self._in_trouble = ""
        self._live: dict[Kind, float] = {}
        self._recent = bytearray()
        self._unread = 0
        self._unread_since = now
        self._faulted = now
        self._in_a_row = 0
        self._scans: list[float] = []
        self._answered: Reading | None = None
        self._answered_at: float | None = None

    def opened(self, known: Known) -> Iterator[Output]:
        """A device that speaks only after a measurement is there once its port is; a streaming one when it streams."""
        if not self._model.continuous:
            yield self._state(True)
        yield from self._steps(self._dialogue.opened(known))

    def take(self, data: bytes, now: float) -> Iterator[Output]:
        """``data`` came, perhaps nothing. Raises Fault(LINK_LOST) for a reader that scans without end."""
        if self._answered_at is None:
            # however long the reading was with its consumer: the answer went out just before this read
            self._answered_at = now
        if data:
            self._heard = now
            self._finished = False
            if not self._unread:
                self._unread_since = now
            self._unread += len(data)
            self._recent += data
            self._decoder.feed(data)
            yield from self._steps(self._dialogue.heard(data, ""))
            yield from self._decode(data, now)
            # a device that sends nothing we understand must not fill the memory
            del self._recent[:-RAW_KEPT]
        elif self._model.continuous and now - self._heard > SILENCE:
            yield from self._trouble("n'envoie rien. Vérifiez qu'il est allumé.")
        yield from self._batches.due(now)
        yield from self._memory.doubt.due(now)
        if data or not self._model.continuous:
            yield from self._settings_in_doubt(now)
        if not self._finished and now - self._asked >= 1.0:
            self._asked = now
            yield from self._steps(self._dialogue.waited(now - self._opened))

    def _decode(self, data: bytes, now: float) -> Iterator[Output]:
        while True:
            try:
                frame = self._decoder.next_frame()
            except Fault as fault:
                self._memory.doubt.add(bytes(self._recent), fault)
                self._recent.clear()
                self._faulted, self._in_a_row = now, 0
                yield from self._steps(self._dialogue.refused(fault))
                continue
            if isinstance(frame, NeedData):
                return
            # the next frame may have begun in the newest bytes
            self._recent[:] = data
            if not self._convinces(frame, now) and not self.connected:
                continue
            if not self.connected:
                self._in_trouble = ""
                yield self._state(True)
            match frame:
                case Reading():
                    yield from self._read(frame, now)
                case Samples():
                    yield from self._batches.add(frame, now)
                case Scan(text):
                    self._count_scan(now)
                    yield Scanned(self._device, text)

    def _convinces(self, frame: Decoded, now: float) -> bool:
        """Whether ``frame`` shows that the line is readable. On a line that was not, nothing else is believed."""
        if isinstance(frame, Samples):
            if frame.lost:
                self._faulted, self._in_a_row = now, 0
            convincing = now - self._faulted >= CALM
        else:
            self._in_a_row += 1
            streams = isinstance(frame, Reading) and self._streams(frame)
            convincing = self._model.checked or not streams or self._in_a_row >= CONVINCING
        if convincing:
            self._unread = 0
            self._memory.doubt.readable()
        return convincing

    def _read(self, reading: Reading, now: float) -> Iterator[Output]:
        if not self._streams(reading):
            yield from self._arrived(reading, now, running=False)
            return
        live = self._live.get(reading.kind)
        if live is None or now - live >= BETWEEN_LIVE:
            self._live[reading.kind] = now
            yield LiveValue(self._device, reading)
        if self._memory.spots.setdefault(reading.kind, SpotRule()).save(reading, now):
            yield from self._arrived(reading, now, running=True)

    def _streams(self, reading: Reading) -> bool:
        """Whether it is a value of a running measurement; one out of the device's memory is finished (H6)."""
        return self._model.continuous and Quality.FROM_STORAGE not in reading.quality

    def _arrived(self, reading: Reading, now: float, *, running: bool) -> Iterator[Output]:
        yield Arrived(self._device, reading, reading.raw, running)
        if self._crossed(reading, now):
            return
        yield from self._steps(self._dialogue.kept(reading))
        self._answered, self._answered_at = dataclasses.replace(reading, raw=b""), None

    def _crossed(self, reading: Reading, now: float) -> bool:
        """Whether this was sent again before its answer was heard. ``raw`` may say when it was sent, so it does not count."""
        if dataclasses.replace(reading, raw=b"") != self._answered:
            return False
        return self._answered_at is None or now - self._answered_at < CROSSING

    def _steps(self, steps: Sequence[Step]) -> Iterator[Output]:
        for step in steps:
            match step:
                case Say():
                    yield step
                case Tell(what):
                    if what != self._told:
                        self._told = what
                        yield LinkState(self._device, bool(self.connected), self._named(what))
                case Finished():
                    self._finished = True

    def _settings_in_doubt(self, now: float) -> Iterator[LinkState]:
        if self._unread >= UNREADABLE_BYTES and now - self._unread_since >= UNREADABLE:
            settings = in_words(self._model.line)
            yield from self._trouble(f"rien de lisible. Vérifiez le modèle et les réglages de la ligne ({settings}).")

    def _trouble(self, what: str) -> Iterator[LinkState]:
        if what != self._in_trouble:
            self._in_trouble = what
            yield self._state(False, what)

    def _count_scan(self, now: float) -> None:
        self._scans = [*(one for one in self._scans if now - one < 1.0), now]
        if len(self._scans) > SCANS_A_SECOND:
            raise Fault(Reason.LINK_LOST, "lit des codes sans arrêt", "Débranchez-le et rebranchez-le.")

    def _state(self, connected: bool, what: str = "") -> LinkState:
        self.connected = connected
        return LinkState(self._device, connected, self._named(what))

    def _named(self, what: str) -> str:
        return f"{self._device.label} : {what}" if what else ""


def in_words(line: SerialSettings) -> str:
    """As the manuals write it: ``9600 8N1``."""
    return f"{line.baud} {line.bits}{line.parity}{line.stop_bits}"
