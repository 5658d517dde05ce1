"""What a record that is not well does to those who write to it: refuses for a while, answers late, or loses its answers."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from collections.abc import Callable, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls one request. ``seconds``: it takes so long. ``status``: nothing is done, and this is the answer, with
    ``retry_after`` as its Retry-After. ``hang_up``: the line is cut before anything is done. ``lose_answer``: it is done, and
    the line is cut before it is said.
    """

    seconds: float = 0.0
    status: int = 0
    retry_after: str = ""
    hang_up: bool = False
    lose_answer: bool = False


Troubles = Callable[[str, str], Trouble | None]
"""By method and path of a request; None: it is served as it should be."""

EVERYDAY: Sequence[Trouble] = (
    Trouble(status=503),
    Trouble(status=503, retry_after="1"),
    Trouble(status=429, retry_after="1"),
    Trouble(status=500),
    Trouble(status=409),
    Trouble(hang_up=True),
    Trouble(lose_answer=True),
    Trouble(seconds=0.2),
)


class Unsteady:
    """Something of ``troubles`` befalls a ``share`` of the requests, 0 to 1; the same ``seed`` gives the same sequence."""

    def __init__(self, share: float, seed: int = 1, troubles: Sequence[Trouble] = EVERYDAY) -> None:
        self._share = share
        self._troubles = troubles
        self._random = random.Random(seed)  # noqa: S311

    def __call__(self, method: str, path: str) -> Trouble | None:  # noqa: ARG002
        return self._random.choice(self._troubles) if self._random.random() < self._share else None


class Outages:
    """Up for ``up`` seconds, then down for ``down``, and again; ``down`` it refuses or hangs up. While it is up each answer to
    a PUT of which the number is a multiple of ``loses`` is lost; 0: none.
    """

    def __init__(self, up: float, down: float, loses: int = 0) -> None:
        self._up, self._whole, self._loses = up, up + down, loses
        self._begun = time.monotonic()
        self._puts = itertools.count(1)
        self._refusals = itertools.cycle([Trouble(status=503), Trouble(hang_up=True)])

    def __call__(self, method: str, path: str) -> Trouble | None:  # noqa: ARG002
        if (time.monotonic() - self._begun) % self._whole >= self._up:
            return next(self._refusals)
        if method == "PUT" and self._loses and not next(self._puts) % self._loses:
            return Trouble(lose_answer=True)
        return None
