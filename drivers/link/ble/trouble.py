"""What a device that cannot be met is thought to have, and what follows. Counts and times, no I/O."""

from __future__ import annotations

import dataclasses
from typing import Final

from drivers.link.ble import words
from drivers.link.ble.foreign import hung_up_early, in_progress, wants_a_bond
from drivers.link.ble.times import Times

BOND_FAILURES: Final = 3
"""Connections in a row that ended before the device could be spoken to, after which a bond counts as lost."""

CACHE_FAILURES: Final = 2
"""Connections in a row with refused subscriptions or missing values, after which BlueZ shall discover it all anew."""

SILENT_CONNECTIONS: Final = 3
"""Connections in a row without a value after which the bedside is told."""


@dataclasses.dataclass(frozen=True, slots=True)
class How:
    """How a meeting ended. ``connected``: BlueZ said so. ``gone``: the link was there, and ended. ``failure`` is None for one
    that has nothing of its model.
    """

    connected: bool
    gone: bool
    bonded: bool
    keyboard: bool
    failure: Exception | None

    @property
    def bond_not_honoured(self) -> bool:
        """BlueZ encrypts before it says that a bonded device is connected: one without the key ends the link before."""
        if not self.bonded or self.failure is None:
            return False
        return (self.gone and not self.connected) or hung_up_early(self.failure) or wants_a_bond(self.failure)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """``what`` is said at the bedside. ``remove``: BlueZ is to forget the device; ``let_go``: end what was left behind."""

    what: str
    remove: bool = False
    let_go: bool = False


@dataclasses.dataclass(slots=True)
class _Case:
    failures: int = 0
    bond: int = 0
    cache: int = 0
    stuck: int = 0
    not_before: float = 0.0


class Trouble:
    """By device. Times in seconds of a clock that never goes back."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._cases: dict[str, _Case] = {}
        self._barred: set[str] = set()

    def may_meet(self, device_id: str, now: float) -> bool:
        """Not before its next try; and never, until it is paired again, a device whose bond was lost (T2)."""
        case = self._cases.get(device_id)
        return device_id not in self._barred and (case is None or case.not_before <= now)

    def next_try(self, now: float) -> float:
        """Seconds until some device may be met again."""
        return min((case.not_before - now for case in self._cases.values() if case.not_before > now), default=3600.0)

    def worked(self, device_id: str) -> None:
        """It was connected to and subscribed to."""
        if case := self._cases.get(device_id):
            case.bond = case.cache = case.stuck = 0

    def over(self, device_id: str) -> None:
        """It said something."""
        self._cases.pop(device_id, None)

    def welcome(self, device_id: str) -> None:
        """A person pairs it, or forgets it."""
        self._cases.pop(device_id, None)
        self._barred.discard(device_id)

    def silent(self, device_id: str, now: float) -> str:
        """A connection that brought nothing: what to say of it."""
        case = self._fail(device_id, now)
        return words.SILENT if case.failures >= SILENT_CONNECTIONS else ""

    def _fail(self, device_id: str, now: float) -> _Case:
        case = self._cases.setdefault(device_id, _Case())
        case.failures += 1
        case.not_before = now + self._times.pause(case.failures)
        return case

    def judge(self, device_id: str, how: How, now: float) -> Verdict:
        """A list of cases, the surest first."""
        case = self._fail(device_id, now)
        failure = how.failure
        if how.keyboard:
            self._barred.add(device_id)
            return Verdict(words.KEYBOARD, remove=True)
        if failure is not None and in_progress(failure):
            case.stuck += 1
            # removing takes a bond with it, and is the last resort
            return Verdict(words.UNREACHABLE, let_go=True, remove=case.stuck > 1 and not how.bonded)
        if failure is not None and wants_a_bond(failure) and not how.bonded:
            return Verdict(words.WANTS_A_BOND)
        if how.bond_not_honoured:
            case.bond += 1
            if case.bond < BOND_FAILURES:
                return Verdict("")
            self._barred.add(device_id)
            return Verdict(words.FORGOTTEN, remove=True)
        if how.gone or (failure is not None and hung_up_early(failure)):
            return Verdict(words.SILENT if case.failures >= SILENT_CONNECTIONS else "")
        if not how.connected:
            return Verdict(words.UNREACHABLE)
        return self._changed(device_id, case, bonded=how.bonded, missing=failure is None)

    def _changed(self, device_id: str, case: _Case, *, bonded: bool, missing: bool) -> Verdict:
        """Connected, but its values cannot be subscribed to: BlueZ may go by what the device once was."""
        case.cache += 1
        if case.cache < CACHE_FAILURES:
            return Verdict("")
        if not bonded:
            return Verdict(words.UNKNOWN if missing else words.SILENT, remove=case.cache == CACHE_FAILURES)
        self._barred.add(device_id)
        return Verdict(words.CHANGED, remove=True)
