"""The line of one call: what leaves is paced, numbered and reported on, and from that comes how much may leave."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from sync.consult.sound.opus import Shape
from sync.consult.video import feedback
from sync.consult.video.history import History
from sync.consult.video.pacer import Pacer, Urgency
from sync.consult.video.rate import Rate
from sync.consult.video.shares import HEADERS, Shares, on_wire, shares
from sync.consult.video.twice import Twice

MOST = 4_000_000
"""Bits a second that a call takes of any line."""

_START_PACE = 4_000_000
_NARROW_PACE, _WIDE_PACE = 1.5, 5.0
_DATA_SECONDS = 2.0


class Leaving(Protocol):
    """A packet until it leaves."""

    def bytes_at(self, number: int) -> bytes:
        """As it goes on the line, under that transport-wide number."""
        ...


Ship = Callable[[bytes], Awaitable[None]]


class Line:
    """``ship`` sends one RTP packet, and raises ConnectionError once the line is no more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        now = clock()
        self._clock = clock
        self._rate = Rate(MOST, now)
        self._history = History()
        self._pacer: Pacer[Leaving] = Pacer(_START_PACE, now)
        self._ship: Ship | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting = asyncio.Event()
        self._data = 0.0
        self._data_at = now
        self._shares = shares(self._rate.target, 0.0)
        self._shared_at = now
        self._twice = Twice()
        self.reported = False
        """Whether the other end reports on each packet."""

    @property
    def target(self) -> int:
        return self._rate.target

    @property
    def round_trip(self) -> float:
        return self._rate.round_trip

    @property
    def loss(self) -> float:
        return self._rate.loss

    @property
    def narrow(self) -> bool:
        """Whether it has shown lately where it ends."""
        return self._rate.narrow(self._clock())

    @property
    def twice(self) -> bool:
        """Whether each packet of a picture is sent a second time without being asked for."""
        return self._twice.on

    @property
    def backlog(self) -> float:
        """Seconds that a packet of a picture would have to wait now."""
        return self._pacer.backlog

    def begin(self, ship: Ship) -> None:
        """From now on packets leave. Once; later calls change nothing."""
        if self._ship is None:
            # the silence before was that of a line that was not there yet
            self._rate = Rate(MOST, self._clock())
            self._twice = Twice()
            self._ship = ship
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def shares(self) -> Shares:
        """What voice and pictures may need now."""
        now = self._clock()
        if now - self._shared_at >= 0.05:
            self._shared_at = now
            self._rate.passed(now)
            self._twice.now(now, self._rate)
            self._shares = shares(self._rate.target, self._data_rate(now), self._shares.voice, twice=self._twice.on)
        return self._shares

    async def put(self, packet: Leaving, payload: int, urgency: Urgency) -> None:
        """``payload`` in bytes. Raises ConnectionError."""
        self._pacer.put(packet, payload + HEADERS, urgency)
        await self._pump()
        if self._pacer.waiting:
            self._waiting.set()

    def data_left(self, size: int) -> None:
        """Bytes of the data channels, which leave by themselves: pictures yield to them."""
        now = self._clock()
        self._data = self._data_rate(now) + 8 * (size + HEADERS) / _DATA_SECONDS
        self._data_at = now
        self._pacer.spent(size + HEADERS, now)

    def heard(self, compound: bytes) -> None:
        """A decrypted RTCP packet of the other end."""
        now = self._clock()
        for report in feedback.reports(compound):
            self.reported = True
            fates = self._history.fates(report, 1000 * now)
            if fates:
                self._rate.heard(now, fates)
        self._pace(now)

    def round_trip_was(self, seconds: float) -> None:
        self._rate.round_trip_was(seconds)

    def loss_was(self, share: float) -> None:
        """Of a receiver report; unused where each packet is reported on."""
        if not self.reported:
            self._rate.loss_reported(self._clock(), share)
            self._pace(self._clock())

    def limit(self, bits: int) -> None:
        """REMB (draft-alvestrand-rmcat-remb-03); unused where each packet is reported on."""
        if not self.reported:
            self._rate.limit(bits)

    def _pace(self, now: float) -> None:
        target = self._rate.target
        if self._rate.starting and not self._rate.narrow(now):
            bits = float(max(_START_PACE, _WIDE_PACE * target))
        else:
            bits = target * (_NARROW_PACE if self._rate.narrow(now) else _WIDE_PACE)
        self._pacer.fill_at(max(bits, 1.5 * on_wire(self._shares.voice)), now)

    def _data_rate(self, now: float) -> float:
        """Bits a second lately; nothing once two seconds have passed without any."""
        return float(self._data * max(0.0, 1 - (now - self._data_at) / _DATA_SECONDS))

    @property
    def voice(self) -> Shape:
        return self.shares().voice

    async def _pump(self) -> None:
        ship = self._ship
        if ship is None:
            return
        while (packet := self._pacer.take(now := self._clock())) is not None:
            number = self._history.number()
            data = packet.bytes_at(number)
            self._history.sent(number, 1000 * now, len(data) + _UNDER)
            await ship(data)

    async def _run(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                wait = self._pacer.wait(self._clock())
                if wait is None:
                    self._waiting.clear()
                    await self._waiting.wait()
                    continue
                await asyncio.sleep(wait)
                await self._pump()


_UNDER = 20 + 8 + 10
"""IPv4, UDP, and the tag that SRTP adds."""
