"""A line by virtual time: a rate, a queue with an end, a way, and losses by chance (seeded). Nothing of it waits."""

from __future__ import annotations

import dataclasses
import random

from sync.consult.sound.opus import Shape
from sync.consult.video.rate import Packet, Rate
from sync.consult.video.shares import HEADERS, shares

_TICK = 0.01
_REPORT_EACH = 0.06


class SimulatedLine:
    """``bits`` a second, ``loss`` a share, ``way`` seconds each way, ``queue`` bytes that wait at most."""

    def __init__(self, bits: float, loss: float = 0.0, way: float = 0.03, queue: int = 32_000, seed: int = 1) -> None:
        self.bits, self.loss, self.way, self.queue = bits, loss, way, queue
        self._chance = random.Random(seed)
        self._free = 0.0

    def fate(self, now: float, size: int) -> Packet:
        start = max(now, self._free)
        full = (start - now) * self.bits / 8 > self.queue
        if full or self._chance.random() < self.loss:
            return Packet(1000 * now, None, size)
        self._free = start + 8 * size / self.bits
        return Packet(1000 * now, 1000 * (self._free + self.way) + 5_000_000, size)


@dataclasses.dataclass(frozen=True, slots=True)
class Second:
    """What a second of a call was like. ``queued`` is the worst delay beyond the way, in seconds; ``voice_lost`` a share."""

    target: int
    voice: Shape
    pictures: int
    queued: float
    voice_lost: float


class SimulatedCall:
    """Sends all that it may over ``line``, voice every 20 to 60 ms and pictures in between, and hears of it one way later."""

    def __init__(self, line: SimulatedLine, most: int = 4_000_000) -> None:
        self.line = line
        self.now = 0.0
        self.rate = Rate(most, 0.0)
        self.seconds: list[Second] = []
        self._debt = 0.0
        self._voice_due = 0.0
        self._voice: Shape | None = None
        self._pending: list[tuple[float, Packet]] = []
        self._reported = 0.0

    def run(self, seconds: int) -> list[Second]:
        """The seconds that were run now."""
        for _ in range(seconds):
            self.seconds.append(self._second())
        return self.seconds[-seconds:]

    def _second(self) -> Second:
        queued, spoken, lost = 0.0, 0, 0
        share = shares(self.rate.target, 0.0, self._voice)
        for _ in range(round(1 / _TICK)):
            self.now += _TICK
            share = shares(self.rate.target, 0.0, share.voice)
            sent: list[Packet] = []
            if self.now >= self._voice_due:
                self._voice_due = self.now + share.voice.milliseconds / 1000
                sent.append(self.line.fate(self.now, share.voice.bits * share.voice.milliseconds // 8000 + HEADERS))
                spoken += 1
                lost += sent[0].arrived is None
            self._debt = min(self._debt + share.pictures * _TICK, share.pictures / 10)
            while self._debt >= 8 * 1200:
                self._debt -= 8 * 1200
                sent.append(self.line.fate(self.now, 1200 + HEADERS))
            for packet in sent:
                if packet.arrived is not None:
                    queued = max(queued, (packet.arrived - 5_000_000 - packet.sent) / 1000 - self.line.way)
                known = packet.sent if packet.arrived is None else packet.arrived - 5_000_000
                self._pending.append((known / 1000 + self.line.way, packet))
            self._hear()
            self.rate.passed(self.now)
        self._voice = share.voice
        return Second(self.rate.target, share.voice, share.pictures, queued, lost / max(1, spoken))

    def _hear(self) -> None:
        if self.now - self._reported < _REPORT_EACH:
            return
        self._reported = self.now
        came = [packet for known, packet in self._pending if known <= self.now]
        self._pending = [(known, packet) for known, packet in self._pending if known > self.now]
        if any(packet.arrived is not None for packet in came):
            self.rate.heard(self.now, sorted(came, key=lambda packet: packet.sent))
