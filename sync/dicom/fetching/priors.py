"""Earlier objects of residents, fetched from one far end that the settings grant, within budgets.

A delivery goes first: nothing is fetched while one has something to send. A search that is cut goes on at the next one with what
it lacks. No object is kept whose person is not certainly the resident, and none is parsed in this process (T7, H1).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.domain.prior import Budget, Claimed, Doubt, PriorStore, Search, doubt
from sync.dicom.fetching.prior_reading import Seen, claimed, found, looked_at

log = structlog.get_logger()

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one object; the worker takes no more."""

MOST_LISTED: Final = 2000
"""Objects of one resident that are looked at, the newest studies first."""

_LOOK_EVERY: Final = 5.0
_PAUSE: Final = 0.5
_FIRST_WAIT, _LAST_WAIT = 30.0, 600.0
_UNREADABLE: Final = frozenset({Reason.CORRUPT_FILE, Reason.UNDECODABLE})


@dataclasses.dataclass(frozen=True, slots=True)
class Study:
    """As a far end lists it. ``claimed``: "" for what it does not say here; ``day`` is YYYYMMDD or ""."""

    uid: str
    claimed: Claimed
    day: str


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """One object of a study."""

    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str


class Source(Protocol):
    """A far end that gives objects back. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY)."""

    name: str

    async def studies(self, patient_id: str, since: dt.date) -> Sequence[Study]:
        """Of this identifier, whoever's they are."""
        ...

    async def objects(self, study_uid: str, modalities: frozenset[str]) -> Sequence[Listed]: ...

    async def fetch(self, one: Listed, limit: int) -> bytes | None:
        """A PS3.10 file; None where it is larger than ``limit``, or the far end does not give it. Memory stays below twice that."""
        ...


@dataclasses.dataclass(slots=True)
class _Tally:
    """Of one search. ``room`` in bytes."""

    room: int
    fetched: int = 0
    left_out: int = 0
    not_theirs: int = 0


class Fetching:
    """Runs until it is cancelled. ``default_issuer``: edge.domain.prior.doubt."""

    def __init__(
        self,
        store: PriorStore,
        source: Source,
        budget: Budget,
        now: Callable[[], Instant],
        every_seconds: float,
        default_issuer: str = "",
    ) -> None:
        self._store = store
        self._source = source
        self._budget = budget
        self._now = now
        self._every = every_seconds
        self._default_issuer = default_issuer

    async def run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                went_well = await self.round()
            except Fault as fault:
                log.warning("priors_not_kept", reason=fault.reason.value, what=fault.what)
                went_well = False
            wait = _FIRST_WAIT if went_well else min(2 * wait, _LAST_WAIT)
            await asyncio.sleep(_LOOK_EVERY if went_well else wait)

    async def round(self) -> bool:
        """One search for each resident who is wanted; False as soon as the far end is in trouble. Raises Fault of the store."""
        name = self._source.name
        for patient in await self._store.wanted(name, self._now(), self._every):
            search = await self.search(patient)
            if not search.done:
                log.info("priors_unreachable", destination=name, what=search.what)
                return False
        return True

    async def search(self, patient: Patient) -> Search:
        """Raises Fault of the store."""
        name = self._source.name
        held = await self._store.held(patient.id, name)
        tally = _Tally(self._budget.most_bytes - held.bytes)
        what, done = "", True
        watch = _Watch(self._budget.seconds)
        try:
            await self._fetch_all(patient, held.ours, set(held.known), tally, watch)
        except TimeoutError:
            what = "the time of one search was over"
        except Fault as fault:
            if fault.reason in {Reason.STORE_IO, Reason.STORE_DAMAGED, Reason.STORE_FULL, Reason.NO_ROOM}:
                raise
            what, done = fault.what, False
        if tally.not_theirs:
            what = what or "objects of another person bear this identifier there: tell who runs it"
        now = self._now()
        search = Search(name, now.utc.isoformat(), done, tally.left_out, what)
        await self._store.searched(patient.id, search, tally.fetched, now)
        log.info("priors_searched", destination=name, count=tally.fetched, gone=tally.left_out)
        return search

    async def _fetch_all(
        self, patient: Patient, ours: frozenset[str], known: set[str], tally: _Tally, watch: _Watch
    ) -> None:
        wanted = await self._wanted(patient, ours, known, tally, watch)
        tally.left_out = len(wanted)
        for one in wanted:
            limit = min(tally.room, LARGEST)
            if limit <= 0:
                return
            await self._quiet(watch)
            async with watch.within():
                content = await self._source.fetch(one, limit)
            if content is None:
                continue
            await self._take(patient, one, content, tally)

    async def _wanted(
        self, patient: Patient, ours: frozenset[str], known: set[str], tally: _Tally, watch: _Watch
    ) -> list[Listed]:
        """What is not here yet, the newest study first; without studies of this cart, and of other people."""
        since = (self._now().utc - dt.timedelta(days=self._budget.days)).date()
        await self._quiet(watch)
        async with watch.within():
            studies = await self._source.studies(patient.id, since)
        listed: list[Listed] = []
        for study in sorted(studies, key=lambda one: one.day, reverse=True):
            if study.uid in ours or study.uid in known or len(listed) >= MOST_LISTED:
                continue
            if (why := self._says_another(study.claimed, patient)) is not None:
                tally.not_theirs += 1
                await self._refuse(patient, study.uid, why)
                continue
            await self._quiet(watch)
            async with watch.within():
                objects = await self._source.objects(study.uid, self._budget.modalities)
            listed += [one for one in objects if one.study_uid == study.uid and one.sop_uid not in known]
        return listed[:MOST_LISTED]

    def _says_another(self, said: Claimed, patient: Patient) -> Doubt | None:
        """A list need not tell everything; what it tells has to agree, or no picture of the study is looked at."""
        whole = Claimed(
            said.patient_id,
            said.issuer or patient.issuer,
            said.birth_date or f"{patient.birth_date:%Y%m%d}",
        )
        return doubt(whole, patient)

    async def _take(self, patient: Patient, one: Listed, content: bytes, tally: _Tally) -> None:
        try:
            seen = await looked_at(content)
        except Fault as fault:
            if fault.reason not in _UNREADABLE:
                raise
            await self._refuse(patient, one.sop_uid, "unreadable")
            return
        if (seen.study_uid, seen.series_uid, seen.sop_uid) != (one.study_uid, one.series_uid, one.sop_uid):
            await self._refuse(patient, one.sop_uid, "another_object")
            return
        if (why := doubt(claimed(seen), patient, self._default_issuer)) is not None:
            tally.not_theirs += 1
            await self._refuse(patient, one.sop_uid, why)
            return
        if await self._keep(patient, seen, content):
            tally.fetched += 1
            tally.left_out -= 1
            tally.room -= len(content)

    async def _keep(self, patient: Patient, seen: Seen, content: bytes) -> bool:
        return await self._store.keep(patient, self._source.name, found(seen), content, self._now())

    async def _refuse(self, patient: Patient, uid: str, why: str) -> None:
        log.warning("prior_refused", destination=self._source.name, reason=str(why))
        await self._store.refuse(patient.id, self._source.name, uid, str(why), self._now())

    async def _quiet(self, watch: _Watch) -> None:
        """Waits until no delivery has anything to send; that is not on the search's time."""
        while await self._store.busy():
            with watch.paused():
                await asyncio.sleep(_PAUSE)


class _Watch:
    """Seconds that one search has left, but for its pauses."""

    def __init__(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().time() + seconds

    def within(self) -> asyncio.Timeout:
        """Raises TimeoutError at the end of the time."""
        return asyncio.timeout_at(self._end)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        now = asyncio.get_running_loop().time
        began = now()
        try:
            yield
        finally:
            self._end += now() - began
