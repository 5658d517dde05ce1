"""How many bits a second may leave the cart: by the delay that packets meet, and by how many are lost. Pure.

draft-ietf-rmcat-gcc-02, 5.5 and 6, with a faster start: until the line has shown once where it ends, the rate doubles each
second, and a burst (a key frame) whose packets keep their distance proves at once what they were sent at. Bits are counted on
the wire, UDP and IP headers included.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import math
from collections.abc import Sequence

from sync.consult.video.trend import Trend, Usage

FLOOR = 30_000
"""A voice of 12 kbit/s with its headers. It is never asked to be less."""

_BEGIN = 200_000
_BETA = 0.85
_START_GROWTH, _PROVEN_GROWTH = 2.0, 1.2
_GROWTH = 1.08
_NEAR_GROWTH = 0.05
_LOSS_HIGH = 0.10
_LOSS_WINDOW = 1.0
_LOSS_FEWEST = 20
_ACKED_WINDOW = 0.5
_SILENCE = 1.5
_AHEAD_AT_START, _AHEAD = 1.5, 1.3
"""How far the rate may be ahead of what arrives: a rate that nobody has used is not known to be there."""

_REACH = 200_000
"""Up to here the rate may grow although little is sent: else a call with voice only would never learn of a better line."""

_NARROW_FOR = 30.0
_BEST_OF_MS = 12_000.0
_QUEUE_AT_START_MS, _QUEUE_MS = 150.0, 250.0
_BURST_GAP_MS = 12.0
_BURST_FEWEST = 4
_BURST_BITS = 24_000


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    """What became of one packet: ``arrived`` None when it is lost. Milliseconds; ``size`` in bytes on the wire."""

    sent: float
    arrived: float | None
    size: int


class _State(enum.Enum):
    HOLD = 0
    GROW = 1


class Queue:
    """How much longer packets take now than they took at best in the last ten seconds or so."""

    def __init__(self) -> None:
        self._least: collections.deque[tuple[float, float]] = collections.deque()
        self.milliseconds = 0.0

    def arrived(self, sent_ms: float, arrived_ms: float) -> None:
        took = arrived_ms - sent_ms
        while self._least and self._least[-1][1] >= took:
            self._least.pop()
        self._least.append((sent_ms, took))
        while sent_ms - self._least[0][0] > _BEST_OF_MS:
            self._least.popleft()
        self.milliseconds = took - self._least[0][1]


class Rate:
    """``target`` is what all that is sent may need together. ``now`` is in seconds, of any clock that only grows."""

    def __init__(self, most: int, now: float, begin: int = _BEGIN) -> None:
        self._most = most
        self._target = float(min(begin, most))
        self._trend = Trend()
        self._state = _State.GROW
        self._starting = True
        self._start_growth = _START_GROWTH
        self._changed = self._heard = now
        self._round_trip = 0.2
        self._acked: collections.deque[tuple[float, int]] = collections.deque()
        self._capacity: float | None = None
        self._deviation = 0.4
        self._losses: collections.deque[tuple[float, bool]] = collections.deque()
        self._lost = 0
        self._loss_cut = -math.inf
        self._delay_cut = -math.inf
        self._narrow = -math.inf
        self._said: float = math.inf
        self._burst: list[Packet] = []
        self._queue = Queue()

    @property
    def target(self) -> int:
        """Bits a second."""
        return int(self._target)

    @property
    def loss(self) -> float:
        """Share of the packets of the last second that did not arrive, 0 to 1."""
        return self._lost / len(self._losses) if self._losses else 0.0

    @property
    def round_trip(self) -> float:
        """Seconds."""
        return self._round_trip

    @property
    def starting(self) -> bool:
        return self._starting

    def narrow(self, now: float) -> bool:
        """Whether the line has shown its end in the last half minute, by delay or by loss."""
        return now - self._narrow < _NARROW_FOR

    def round_trip_was(self, seconds: float) -> None:
        if 0 <= seconds < 10:
            self._round_trip += 0.2 * (seconds - self._round_trip)

    def limit(self, bits: int) -> None:
        """What the other end says is the most it can take (REMB), for those that send nothing better."""
        self._said = max(float(FLOOR), float(bits))
        self._set(self._target)

    def loss_reported(self, now: float, share: float) -> None:
        """For an end without transport-wide feedback: the fraction lost of a receiver report (RFC 3550, 6.4.1)."""
        self._heard = now
        self._by_loss(now, share)
        if self._said < math.inf:
            self._set(min(self._target * _GROWTH, self._said))

    def heard(self, now: float, packets: Sequence[Packet]) -> None:
        """One report of the other end, in the order of sending."""
        self._heard = now
        if there := [packet.sent for packet in packets if packet.arrived is not None]:
            # a report is written when the last packet in it has come
            self.round_trip_was(now - there[-1] / 1000)
        for packet in packets:
            self._losses.append((now, packet.arrived is None))
            self._lost += packet.arrived is None
            if packet.arrived is not None:
                self._acked.append((packet.arrived, packet.size))
                self._trend.arrived(packet.sent, packet.arrived)
                self._queue.arrived(packet.sent, packet.arrived)
        while self._losses and now - self._losses[0][0] > _LOSS_WINDOW:
            self._lost -= self._losses.popleft()[1]
        newest = self._acked[-1][0] if self._acked else 0.0
        while self._acked and abs(newest - self._acked[0][0]) > 1000 * _ACKED_WINDOW:
            self._acked.popleft()
        if self._starting:
            self._by_burst(now, packets)
        self._by_delay(now)
        if len(self._losses) >= _LOSS_FEWEST:
            self._by_loss(now, self.loss)

    def passed(self, now: float) -> None:
        """To be told a few times a second: when nothing is heard at all, nothing gets through."""
        if now - self._heard > _SILENCE:
            self._heard = now - _SILENCE / 2
            self._narrow = now
            self._set(self._target / 2)

    @property
    def acked(self) -> float | None:
        """Bits a second that arrived in the last half second, None while too little is known."""
        if len(self._acked) < 2:
            return None
        span = (self._acked[-1][0] - self._acked[0][0]) / 1000
        if span < _ACKED_WINDOW / 3:
            return None
        return 8 * sum(size for _at, size in list(self._acked)[1:]) / span

    def _by_burst(self, now: float, packets: Sequence[Packet]) -> None:
        for packet in packets:
            if self._burst and packet.sent - self._burst[-1].sent > _BURST_GAP_MS:
                self._burst = []
            self._burst.append(packet)
        came = [at for at, packet in enumerate(self._burst) if packet.arrived is not None]
        if came:
            self._prove(now, self._burst[came[0] : came[-1] + 1])

    def _prove(self, now: float, burst: Sequence[Packet]) -> None:
        """From one that arrived to one that arrived; what was lost between them has taken its time on the line as well."""
        bits = 8 * sum(packet.size for packet in burst[1:])
        left = (burst[-1].sent - burst[0].sent) / 1000
        came = ((burst[-1].arrived or 0.0) - (burst[0].arrived or 0.0)) / 1000
        if len(burst) < _BURST_FEWEST or came <= 0 or bits < _BURST_BITS:
            return
        proven = _BETA * bits / max(came, left)
        if came > 1.25 * left + 0.005:
            # the line drew them apart: this is what it carries
            self._start_growth = _PROVEN_GROWTH
            self._narrow = now
            self._set(proven)
        else:
            self._set(max(self._target, proven))

    def _by_delay(self, now: float) -> None:
        acked = self.acked
        standing = self._queue.milliseconds > (_QUEUE_AT_START_MS if self._starting else _QUEUE_MS)
        if self._trend.usage is Usage.OVER or (standing and self._trend.usage is not Usage.UNDER):
            if now - self._delay_cut > max(0.2, self._round_trip):
                self._delay_cut = self._narrow = now
                self._starting = False
                self._learn(acked or self._target)
                self._set(min(self._target, _BETA * (acked or self._target)))
            self._state = _State.HOLD
        elif self._trend.usage is Usage.UNDER:
            # the queue drains: wait until it has (5.5)
            self._state = _State.HOLD
        elif self._state is _State.HOLD:
            self._state = _State.GROW
        else:
            self._grow(min(now - self._changed, 1.0), acked)
        self._changed = now

    def _grow(self, seconds: float, acked: float | None) -> None:
        if acked is not None and self._capacity is not None and acked > self._capacity + 3 * self._spread():
            self._capacity = None
        if self._starting:
            grown = self._target * self._start_growth**seconds
        elif self._capacity is not None and self._target > self._capacity - 3 * self._spread():
            response = self._round_trip + 0.1
            grown = self._target + max(4000.0, min(8 * 1200 / 2 / response, _NEAR_GROWTH * self._target)) * seconds
        else:
            grown = self._target * _GROWTH**seconds
        if acked is not None:
            ahead = _AHEAD_AT_START if self._starting else _AHEAD
            grown = min(grown, max(ahead * acked + 10_000, self._target, _REACH))
        self._set(grown)

    def _learn(self, acked: float) -> None:
        if self._capacity is None:
            self._capacity = acked
            return
        error = self._capacity - acked
        self._capacity += -0.05 * error
        scale = max(self._capacity / 1000, 1.0)
        self._deviation = min(2.5, max(0.4, 0.95 * self._deviation + 0.05 * (error / 1000) ** 2 / scale))

    def _spread(self) -> float:
        return 1000 * math.sqrt(self._deviation * (self._capacity or 0.0) / 1000)

    def _by_loss(self, now: float, share: float) -> None:
        if share > _LOSS_HIGH and now - self._loss_cut > _LOSS_WINDOW / 2 + self._round_trip:
            self._loss_cut = self._narrow = now
            self._starting = False
            self._set(self._target * (1 - 0.5 * share))

    def _set(self, bits: float) -> None:
        self._target = max(float(FLOOR), min(bits, float(self._most), self._said))
