"""What of the ECG is sent when. Pure; seconds, bits a second, bytes.

New samples leave at once and come along again with the messages that follow, so that one lost packet costs one interval and no
round trip. What is missing all the same is asked for by the page. All of it keeps within a share of the line: where that is too
little the ECG lags, lead II last, and is filled in later.
"""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import Final

from sync.consult.ecg import messages
from sync.consult.ecg.messages import Range
from sync.consult.ecg.record import Record, Series

UNDER: Final = 93
"""Bytes of a packet below the message: IPv4 20, UDP 8, DTLS 37, SCTP 28."""

GATHER_SECONDS: Final = 0.003
"""The leads of one instant are told one after the other."""

_HEAD_SECONDS: Final = 0.5
_ASKED_SECONDS: Final = 0.03
_MOST_ASKED: Final = 64
_CREDIT_SECONDS: Final = 0.3
_LEAST_BITS: Final = 16_000
_SHARE: Final = 0.4
_VOICE: Final = 33_000
_SLACK: Final = 0.0005
_LOSSY_SECONDS: Final = 10.0
"""After the last loss, or the beginning, of which nobody knows better yet."""

_SOONER: Final = 0.6
"""What is new does not wait out the whole spacing: a message that left late would make the next one late."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pace:
    """``spacing`` seconds between two messages, each sample in ``copies`` of them."""

    spacing: float
    copies: int


_PACES: Final = ((450_000, Pace(0.02, 3)), (160_000, Pace(0.04, 2)), (0, Pace(0.08, 1)))
_DEEPEST: Final = 3


def pace(target: int, *, lossy: bool = True) -> Pace:
    """``target`` is what the line carries in all. Each message costs the processor: they are that many only where some are lost."""
    paces = _PACES if lossy else _PACES[1:]
    return next(one for least, one in paces if target >= least)


def budget(target: int) -> float:
    """Bits a second for all that leaves, headers included: after the voice, before the pictures."""
    return max(float(_LEAST_BITS), _SHARE * (target - _VOICE))


class _Sent:
    """The heads of a series when the last messages left, oldest first."""

    __slots__ = ("heads",)

    def __init__(self) -> None:
        self.heads: collections.deque[int] = collections.deque([0] * _DEEPEST, maxlen=_DEEPEST)


class Schedule:
    """Of one connection, over a ``record`` that may be older than it: what was taken before is there for the asking."""

    def __init__(self, record: Record, now: float) -> None:
        self._record = record
        self._sent: dict[int, _Sent] = {}
        self._asked: collections.deque[Range] = collections.deque()
        self._asked_at = self._left_at = -math.inf
        self._fresh_at: float | None = None
        self._credit = 0.0
        self._at = now
        self._lost_at = now
        for one in record.series:
            self._sent[one.number] = _Sent()
            self._sent[one.number].heads.extend([one.head] * _DEEPEST)

    def lost(self, now: float) -> None:
        """The line loses packets now."""
        self._lost_at = max(self._lost_at, now)

    def _pace(self, now: float, target: int) -> Pace:
        return pace(target, lossy=now - self._lost_at < _LOSSY_SECONDS)

    def fresh(self, now: float) -> None:
        """Samples were taken."""
        if self._fresh_at is None:
            self._fresh_at = now

    def asked(self, data: object, now: float) -> None:
        """A message of the page. Raises ValueError; one that comes too soon after another is not read."""
        ranges = messages.asked(data)
        if now - self._asked_at < _ASKED_SECONDS:
            return
        self._asked_at = now
        for one in ranges:
            if len(self._asked) < _MOST_ASKED and one not in self._asked and self._record.numbered(one.series):
                self._asked.append(one)

    def wait(self, now: float, target: int) -> float:
        """Seconds until ``due`` may have something; inf while there was never a sample."""
        if not self._record.series:
            return math.inf
        self._fill(now, target)
        each = self._pace(now, target)
        spaced = self._left_at + each.spacing
        at = self._left_at + _HEAD_SECONDS
        if self._fresh_at is not None:
            at = max(self._fresh_at + GATHER_SECONDS, self._left_at + _SOONER * each.spacing)
        elif self._asked or self._unrepeated(each.copies):
            at = spaced
        paid = -self._credit / budget(target) if self._credit < 0 else 0.0
        return max(0.0, at - now, paid)

    def due(self, now: float, target: int) -> list[bytes]:
        """The messages that leave now."""
        if self.wait(now, target) > _SLACK:
            return []
        self._fresh_at, self._left_at = None, now
        room = self._credit + _SLACK * budget(target)
        # at least one message: what it costs beyond the credit is waited for
        left = max(messages.LARGEST, int(room / 8) - UNDER)
        parts: list[bytes] = []
        copies = self._pace(now, target).copies
        for one in self._record.series[: messages.MOST_PARTS]:
            made = self._live(one, copies, left)
            left -= len(made)
            parts.append(made)
        while self._asked and left > messages.LARGEST // 4:
            again = self._again(left)
            left -= len(again)
            if again:
                parts.append(again)
        made_messages = [messages.taken(some) for some in _packed(parts)]
        self._credit -= sum(8 * (len(one) + UNDER) for one in made_messages)
        return made_messages

    def _fill(self, now: float, target: int) -> None:
        bits = budget(target)
        self._credit = min(_CREDIT_SECONDS * bits, self._credit + (now - self._at) * bits)
        self._at = now

    def _unrepeated(self, copies: int) -> bool:
        return any(self._sent_of(one).heads[-copies] < one.head for one in self._record.series)

    def _sent_of(self, one: Series) -> _Sent:
        return self._sent.setdefault(one.number, _Sent())

    def _live(self, one: Series, copies: int, left: int) -> bytes:
        heads = self._sent_of(one).heads
        # one that leaves behind what no message will hold begins with the newest that one holds
        first = max(heads[-copies], one.begin, one.head - messages.MOST_SAMPLES)
        heads.append(one.head)
        return _part(one, first, one.head, left) if first < one.head and left > _HEADER else _part(one, one.head, 0, 0)

    def _again(self, left: int) -> bytes:
        asked = self._asked.popleft()
        one = self._record.numbered(asked.series)
        if one is None:
            return b""
        first, end = max(asked.first, one.begin), min(asked.first + asked.count, one.head)
        if first >= end:
            # forgotten since, or never taken: the part tells what there is
            return _part(one, one.head, 0, 0)
        room = min(left, messages.LARGEST - 2)
        samples, count = messages.coded(one.between(first, end), room - _HEADER)
        if first + count < end:
            self._asked.appendleft(Range(one.number, first + count, end - first - count))
        return messages.part(one, first, samples, count)


_HEADER: Final = 2 + 1 + 8 + 18
"""Bytes of a part without samples, at most."""


def _part(one: Series, first: int, end: int, left: int) -> bytes:
    room = min(left, messages.LARGEST - 2) - _HEADER
    samples, count = messages.coded(one.between(first, end), room) if end > first and room > 0 else (b"", 0)
    return messages.part(one, first, samples, count)


def _packed(parts: list[bytes]) -> list[list[bytes]]:
    """In as few messages as hold them."""
    found: list[list[bytes]] = [[]]
    size = 2
    for one in parts:
        if size + len(one) > messages.LARGEST or len(found[-1]) == messages.MOST_PARTS:
            found.append([])
            size = 2
        found[-1].append(one)
        size += len(one)
    return found
