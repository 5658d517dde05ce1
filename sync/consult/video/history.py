"""What was sent under which transport-wide number, until its fate is known. Pure; milliseconds."""

from __future__ import annotations

import collections

from sync.consult.video.feedback import Report
from sync.consult.video.rate import Packet

_MOST = 8192
_UNKNOWN_MS = 10_000.0


class History:
    def __init__(self) -> None:
        self._sent: collections.OrderedDict[int, tuple[float, int]] = collections.OrderedDict()
        self._next = 0

    def number(self) -> int:
        """The 16-bit number of the packet that leaves next."""
        number = self._next
        self._next = (number + 1) & 0xFFFF
        return number

    def sent(self, number: int, now_ms: float, size: int) -> None:
        """``size`` in bytes on the wire."""
        self._sent[number] = (now_ms, size)
        while len(self._sent) > _MOST:
            self._sent.popitem(last=False)

    def fates(self, report: Report, now_ms: float) -> list[Packet]:
        """Each packet once, in the order of sending. One that is reported as not there counts as lost, later ones being
        there; a report that says so of a packet that came after all is as late as a repair would be."""
        fates: list[Packet] = []
        for number, arrived in report.arrivals.items():
            known = self._sent.pop(number, None)
            if known is not None:
                sent, size = known
                fates.append(Packet(sent, arrived, size))
        self._forget_before(now_ms - _UNKNOWN_MS)
        fates.sort(key=lambda packet: packet.sent)
        return fates

    def _forget_before(self, ms: float) -> None:
        """Reports get lost too; what they spoke of is then not known, and not counted as lost."""
        while self._sent:
            number, (sent, _size) = next(iter(self._sent.items()))
            if sent >= ms:
                return
            del self._sent[number]
