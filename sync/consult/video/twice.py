"""Whether the packets of pictures are sent twice: a repair that is asked for comes a round trip late, and the picture stands
still until then. Pure."""

from __future__ import annotations

from typing import Protocol

_WINDOW = 4.0
_ON_LOSS, _OFF_LOSS = 0.006, 0.002
_ON_ROUND_TRIP, _OFF_ROUND_TRIP = 0.09, 0.06
_ON_BITS, _OFF_BITS = 450_000, 300_000


class _Rate(Protocol):
    @property
    def loss(self) -> float: ...
    @property
    def round_trip(self) -> float: ...
    @property
    def target(self) -> int: ...


class Twice:
    """``on`` where packets get lost by chance, a repair takes long, and the line has room for both; it stays for a while."""

    def __init__(self) -> None:
        self.on = False
        self._loss = 0.0
        self._at: float | None = None
        self._began: float | None = None

    def now(self, now: float, rate: _Rate) -> None:
        passed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._began = now if self._began is None else self._began
        window = min(_WINDOW, max(0.5, now - self._began))
        self._loss += min(1.0, passed / window) * (rate.loss - self._loss)
        if self.on:
            self.on = self._loss > _OFF_LOSS and rate.round_trip > _OFF_ROUND_TRIP and rate.target > _OFF_BITS
        else:
            self.on = self._loss > _ON_LOSS and rate.round_trip > _ON_ROUND_TRIP and rate.target > _ON_BITS
