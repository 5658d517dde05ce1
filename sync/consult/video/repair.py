"""Which lost packets are sent again: within a share of the line, and only while they still help. Pure."""

from __future__ import annotations

import collections

_SHARE = 0.25
_MOST_TIMES = 4
_KEPT = 1024


class Repair:
    """Knows when each packet (16-bit sequence number) was sent, first and again. Seconds, bytes."""

    def __init__(self, now: float) -> None:
        self._sent: collections.OrderedDict[int, tuple[float, float, int]] = collections.OrderedDict()
        self._credit = 0.0
        self._at = now

    def sent(self, sequence: int, now: float) -> None:
        self._sent.pop(sequence, None)
        self._sent[sequence] = (now, now, 0)
        while len(self._sent) > _KEPT:
            self._sent.popitem(last=False)

    def given_up(self, sequence: int, now: float, round_trip: float) -> bool:
        """Whether the packet will not be sent again, so that the other end waits for it in vain."""
        known = self._sent.get(sequence)
        return known is None or known[2] >= _MOST_TIMES or now - known[0] > too_old(round_trip)

    def again(self, sequence: int, size: int, now: float, round_trip: float, bits: int) -> bool:
        """Whether the packet is sent again now; it is counted then. ``bits`` a second is what the line carries in all."""
        self._credit = min(_SHARE * bits, self._credit + (now - self._at) * _SHARE * bits)
        self._at = now
        known = self._sent.get(sequence)
        if known is None or self.given_up(sequence, now, round_trip):
            return False
        first, last, times = known
        if times and now - last < round_trip:
            # the repair is still under way
            return False
        if self._credit < 8 * size:
            return False
        self._credit -= 8 * size
        self._sent[sequence] = (first, now, times + 1)
        return True


def too_old(round_trip: float) -> float:
    """Seconds after which a packet is not repaired any more: a key frame helps sooner then."""
    return min(1.5, 0.5 + 3 * round_trip)
