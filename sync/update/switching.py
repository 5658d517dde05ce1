"""From one release to the next: tried beside the running one, switched to while nobody is served, watched, and taken back.

    offered -> fetched -> installed -> tried -> (nobody is served) -> switched -> healthy -> kept
                                         |                               |            |
                                        bad                          deferred    taken back, bad

The state names what is on trial before the switch, so that whatever ends the updater in between, the next one knows: it
judges the release that is on trial, and keeps it or takes it back. Nothing of the store is ever taken back: the release before
can read what the new one migrated, or there is no switch.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from edge.domain.fault import Fault, Reason
from sync.update import disk
from sync.update.manifest import Offer, Release
from sync.update.shelf import Bad, Shelf


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """What a release said of itself. ``min_reader`` of a copy of the store after it was migrated."""

    min_reader: int


class Units(Protocol):
    """What runs on the cart. Each raises Fault where the release is not fit to run, with why."""

    def tried(self, release: Path) -> Tried:
        """The release tries itself, beside the running one: on a copy of the store, its drivers, its door."""
        ...

    def restarted(self) -> None:
        """Every process starts again from ``current``, and is ready."""
        ...

    def healthy(self) -> None:
        """Looks for as long as it takes to believe it."""
        ...


class Interlock(Protocol):
    """Whether somebody is served: a call, a measurement, a screen in use."""

    def hold(self) -> contextlib.AbstractContextManager[bool]:
        """True where nobody is: then nobody can begin before the end of it."""
        ...


class Outcome(enum.StrEnum):
    NOTHING = "nothing"
    DEFERRED = "deferred"
    DONE = "done"
    TAKEN_BACK = "taken_back"


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """``what`` in one plain line."""

    outcome: Outcome
    what: str


class Switch:
    """``now`` in UTC. What it does is durable at each step."""

    def __init__(self, shelf: Shelf, units: Units, interlock: Interlock, now: Callable[[], dt.datetime]) -> None:
        self._shelf, self._units, self._interlock, self._now = shelf, units, interlock, now

    def settle(self) -> Told | None:
        """What an updater left behind that was ended in the middle: the release on trial is judged. None where there is none."""
        state = self._shelf.state()
        if not state.trial:
            return None
        with self._interlock.hold() as nobody:
            if not nobody:
                return Told(Outcome.DEFERRED, f"{state.trial} is judged when nobody is served")
            if self._shelf.running() == state.trial:
                return self._judge(state.trial, state.back)
            if state.why_bad(state.trial):
                self._units.restarted()  # it was taken back, and its processes may still be there
            self._shelf.note(msgspec.structs.replace(state, trial="", back=""))
        return Told(Outcome.NOTHING, f"{state.trial} is not what runs")

    def to(self, release: Release, *, again: bool = False) -> Told:
        """To what is installed. ``again``: a person wants it, though it was bad once. Raises Fault(UPDATE_REFUSED)."""
        running = self._shelf.running()
        if release.id == running:
            return Told(Outcome.NOTHING, f"{release.id} runs already")
        if (why := self._shelf.state().why_bad(release.id)) and not again:
            return Told(Outcome.NOTHING, f"{release.id} is not tried again: {why}")
        self._refuse_no_way_back(release, self._tried(release), self._shelf.release(running))
        with self._interlock.hold() as nobody:
            if not nobody:
                return Told(Outcome.DEFERRED, f"{release.id} is ready, and waits until nobody is served")
            self._shelf.note(msgspec.structs.replace(self._shelf.state(), trial=release.id, back=running))
            self._point(release.id)
            return self._judge(release.id, running)

    def _tried(self, release: Release) -> Tried:
        try:
            return self._units.tried(self._shelf.releases / release.id)
        except Fault as fault:
            self._bad(release.id, fault.what)
            raise Fault(
                Reason.UPDATE_REFUSED, f"{release.id} did not pass its own test: {fault.what}", "nothing was changed"
            ) from fault

    def _refuse_no_way_back(self, release: Release, tried: Tried, running: Release | None) -> None:
        if running is not None and tried.min_reader > running.reader:
            self._bad(release.id, f"{running.id} could not read the store after it")
            raise Fault(
                Reason.UPDATE_REFUSED,
                f"after {release.id} the store needs a reader {tried.min_reader}, {running.id} is {running.reader}",
                "publish a release between the two; nothing was changed",
            )

    def _judge(self, release: str, back: str) -> Told:
        """Starts what is current, and keeps it or takes it back."""
        try:
            self._units.restarted()
            self._units.healthy()
        except Fault as fault:
            self._bad(release, fault.what)
            return self._take_back(release, back, fault)
        self._shelf.note(msgspec.structs.replace(self._shelf.state(), trial="", back=back))
        return Told(Outcome.DONE, f"{release} runs")

    def _take_back(self, release: str, back: str, fault: Fault) -> Told:
        if not back:
            raise Fault(
                Reason.UPDATE_REFUSED,
                f"{release} does not run: {fault.what}",
                "there is nothing before it; install again",
            ) from fault
        self._point(back)
        self._shelf.note(msgspec.structs.replace(self._shelf.state(), trial="", back=""))
        self._units.restarted()
        return Told(Outcome.TAKEN_BACK, f"{release} did not run ({fault.what}); {back} runs again")

    def back(self) -> Told:
        """A person wants the release before. Raises Fault(NOT_ALLOWED) where there is none."""
        state = self._shelf.state()
        running = self._shelf.running()
        if not state.back or self._shelf.release(state.back) is None:
            raise Fault(Reason.NOT_ALLOWED, "there is no release before this one", "update to another one")
        with self._interlock.hold() as nobody:
            if not nobody:
                return Told(Outcome.DEFERRED, f"{state.back} waits until nobody is served")
            self._bad(running, "a person went back from it")
            self._point(state.back)
            self._shelf.note(msgspec.structs.replace(self._shelf.state(), trial="", back=""))
            self._units.restarted()
            self._units.healthy()
        return Told(Outcome.DONE, f"{state.back} runs again")

    def _point(self, release: str) -> None:
        disk.point(self._shelf.current, f"releases/{release}")

    def _bad(self, release: str, why: str) -> None:
        state = self._shelf.state()
        others = tuple(one for one in state.bad if one.release != release)
        self._shelf.note(msgspec.structs.replace(state, bad=(*others, Bad(release, why, self._now()))))


def refuse_older(release: Release, running: Release | None) -> None:
    """A signed release that is older than what runs is not a step forward. Raises Fault(UPDATE_REFUSED)."""
    if running is not None and release.id != running.id and release.number <= running.number:
        raise Fault(
            Reason.UPDATE_REFUSED,
            f"{release.id} (number {release.number}) is older than {running.id} (number {running.number})",
            "build it anew; a person goes back with telecart update rollback",
        )


def note_packages(shelf: Shelf, offer: Offer) -> bool:
    """Writes the moment of Debian's packages that the ring has, for apt; returns whether it is another one."""
    path = shelf.folder / "debian-snapshot"
    said = f"{offer.debian}\n".encode()
    if (path.read_bytes() if path.exists() else b"\n") == said:
        return False
    disk.write(path, said)
    return True
