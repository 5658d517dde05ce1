"""What the screens are told, and when: the snapshots of one cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

import msgspec
import structlog

from drivers.english import english
from edge.acquire.attendance import Attendance
from edge.acquire.call import Call
from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.acquire.strip import Strips
from edge.domain import prior
from edge.domain.audit import THE_CART
from edge.domain.binding import OnScreen
from edge.domain.capture import Overview, Standing
from edge.domain.delivery import State
from edge.domain.dossier import Document
from edge.domain.fault import Fault
from edge.domain.measurement import Kind
from edge.domain.news2 import ScaleTwo
from edge.domain.patient import Patient
from edge.domain.whose import Apart
from edge.door import consent_desk, messages as m, sight, snapshot
from edge.door.desk import Desk
from edge.door.device_desk import DeviceDesk
from edge.door.earlier_desk import cards
from edge.door.opinion_desk import cards as opinion_cards, contact_cards
from edge.door.score_card import News2
from edge.door.server import DoorServer
from edge.door.window_desk import WindowDesk
from edge.mains import notify
from edge.mains.about import About
from edge.mains.badges import Badges
from edge.mains.clock import SystemClock
from edge.mains.followed import Follow
from edge.mains.standing import Stand
from edge.settings import Settings
from edge.store.keeping import movements
from edge.store.ledger import StoredLedger
from edge.store.scale_book import StoredScales
from edge.store.whose_book import StoredWhose

log = structlog.get_logger()

Answer = TypeVar("Answer")

_ANSWERS_WITHIN = 2.0
"""Seconds for which a screen waits for the store; one that is proven whole or made anew takes minutes."""

_LOOK_EVERY = 0.1
"""Seconds between looks at what sync has written."""

_CLOCK_EVERY = 1.0
"""Seconds after which screens get a new snapshot although nothing happened: ages grow."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Stored:
    """What a screen shows of the store."""

    encounter_id: str | None
    overview: Overview
    trace: m.Trace | None
    residents: Sequence[Patient]
    earlier: tuple[m.EarlierCard, ...] = ()
    scale_two: ScaleTwo | None = None
    apart: Apart = Apart()  # noqa: RUF009
    movements: int = 0
    documents: tuple[Document, ...] = ()


class Screens:
    """Publishes snapshots: at once after a change, soon after sync wrote, and every second."""

    def __init__(
        self,
        settings: Settings,
        ledger: StoredLedger,
        scales: StoredScales,
        clock: SystemClock,
        attendance: Attendance,
        whose: StoredWhose,
        badges: Badges,
        standing: Stand,
        consents: Consents,
        follow: Follow,
    ) -> None:
        self._follow = follow
        self._consents = consents
        self._settings = settings
        self._badges = badges
        self._standing = standing
        self._about = About(settings, clock)
        self._attendance = attendance
        self._ledger = ledger
        self._scales = scales
        self._whose = whose
        self._clock = clock
        self.look: Callable[[], m.LookCard] = m.LookCard
        self.diary: Callable[[m.Snapshot, Call], m.Snapshot] = lambda bedside, _: bedside
        self._dirty = asyncio.Event()
        self._trace: m.Trace | None = None
        self._asked: asyncio.Future[None] | None = None
        self._last = _Stored(None, Overview((), Standing(dict.fromkeys(State, 0), None, None), 0, 0), None, ())

    def changed(self) -> None:
        self._dirty.set()

    async def keep_publishing(
        self,
        recorder: Recorder,
        desk: Desk,
        device_desk: DeviceDesk,
        server: DoorServer,
        strips: Strips,
        window_desk: WindowDesk,
    ) -> None:
        version = -1
        published = 0.0
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._dirty.wait()
            found = await self._version(version)
            if not self._dirty.is_set() and found == version and loop.time() - published < _CLOCK_EVERY:
                continue
            self._dirty.clear()
            version, published = found, loop.time()
            shown = recorder.on_screen
            stored = await self._stored(shown)
            recorder.follow(stored.residents)
            await self._end_what_nothing_allows(desk)
            bedside = snapshot.for_bedside(
                cart=self._settings.cart,
                demo=self._settings.demo,
                now=self._clock.now(),
                shown=shown,
                overview=stored.overview,
                newest_trace=stored.trace,
                running=recorder.live(),
                devices=recorder.devices,
                nearby=device_desk.nearby(),
                pairing=device_desk.card,
                scan=recorder.scan,
                residents=[one for one in stored.residents if one.departed is None],
                notice=recorder.notice,
                call=desk.call,
                english=english,
                posture=self._ledger.posture,
                recorded=strips.state,
                earlier=stored.earlier,
                apart=stored.apart,
                news2=self._news2(stored),
                contacts=contact_cards(self._settings.contact, english),
                dossiers=opinion_cards(stored.overview.lines, self._settings.contact, stored.documents),
                windows=window_desk.card,
                movements=stored.movements,
                consent=consent_desk.card(self._consents, desk.call, shown),
            )
            if recorder.on_screen is not shown:
                continue  # the resident changed while we read: never a mixed snapshot
            portals = self._portals(shown.patient) if shown else ()
            for_media = sight.for_media(bedside, desk.call, self._consents.of(desk.call.encounter_id), portals)
            bedside = self.diary(bedside, desk.call)
            bedside = self._about.upon(self._follow.upon(self._standing.upon(self._badges.among_devices(bedside))))
            screen = self._badges.at_the_entrance(sight.at_the_screen(bedside, self._attendance))
            screen = msgspec.structs.replace(screen, look=self.look())
            # the updater looks whether the door answers, and learns of nobody
            alive = m.Snapshot(cart=bedside.cart, demo=bedside.demo, clock=bedside.clock)
            server.publish({m.UI: screen, m.ADMIN: bedside, m.MEDIA: for_media, m.UPDATE: alive})
            if self._asked is None or self._asked.done() or self._ledger.posture.troubles:
                notify.watchdog()

    async def _answer(self, question: Callable[[], Coroutine[None, None, Answer]]) -> Answer:
        """Raises TimeoutError while the store is at something else; it is asked nothing more until it has answered that."""
        if self._asked is not None and not self._asked.done():
            await asyncio.wait({self._asked}, timeout=_ANSWERS_WITHIN)
            if not self._asked.done():
                raise TimeoutError
        answers: list[Answer] = []

        async def ask() -> None:
            answers.append(await question())

        asked = asyncio.ensure_future(ask())
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._asked = asked
        await asyncio.wait({asked}, timeout=_ANSWERS_WITHIN)
        if not asked.done():
            raise TimeoutError
        asked.result()
        return answers[0]

    async def _version(self, known: int) -> int:
        """``known`` while the store does not answer: the snapshot then says so."""
        try:
            return await self._answer(self._ledger.version)
        except (Fault, TimeoutError):
            return known

    def _news2(self, stored: _Stored) -> News2 | None:
        """None where the site has not turned it on."""
        chosen = self._settings.news2
        return News2(dt.timedelta(minutes=chosen.window_minutes), stored.scale_two) if chosen.enabled else None

    def _portals(self, patient: Patient) -> tuple[m.PortalCard, ...]:
        links = (
            (one.name, prior.link(one.url, patient, demonstration=self._settings.demo)) for one in self._settings.portal
        )
        return tuple(m.PortalCard(name=name, url=url) for name, url in links if url is not None)

    async def _end_what_nothing_allows(self, desk: Desk) -> None:
        """A consent that was taken back by command, beside the screen (H19, H20)."""
        try:
            await desk.consented(THE_CART)
        except Fault as fault:
            log.warning("call_ended_untraced", reason=fault.reason.value)

    async def _stored(self, shown: OnScreen | None) -> _Stored:
        """While the store does not answer, what it said last: a screen that is left says more than one that is gone."""
        encounter = shown.encounter if shown else None
        try:
            self._last = await self._answer(lambda: self._asked_for(shown))
        except (Fault, TimeoutError) as exc:
            log.warning("screen_is_old", what=exc.what if isinstance(exc, Fault) else "the store is busy")
            encounter_id = encounter.id if encounter else None
            if self._last.encounter_id != encounter_id:
                bare = dataclasses.replace(self._last.overview, lines=())
                self._last = dataclasses.replace(
                    self._last,
                    encounter_id=encounter_id,
                    overview=bare,
                    trace=None,
                    earlier=(),
                    scale_two=None,
                    documents=(),
                )
        return self._last

    async def _asked_for(self, shown: OnScreen | None) -> _Stored:
        encounter = shown.encounter if shown else None
        await self._consents.look(shown)
        encounter_id = encounter.id if encounter else None
        overview = await self._ledger.overview(encounter_id)
        trace = await self._newest_trace(overview)
        residents = await self._ledger.patients()
        earlier = cards(await self._ledger.earlier(encounter.patient_id, encounter.id)) if encounter else ()
        scored = encounter is not None and self._settings.news2.enabled
        scale_two = await self._scales.of(encounter.patient_id) if encounter and scored else None
        waits = await self._ledger.thread.run(lambda store: movements.waiting(store.database))
        apart = await self._whose.apart()
        papers = await self._follow.documents(encounter.patient_id) if encounter else ()
        return _Stored(encounter_id, overview, trace, residents, earlier, scale_two, apart, waits, papers)

    async def _newest_trace(self, overview: Overview) -> m.Trace | None:
        newest = next((line for line in overview.lines if line.kind is Kind.ECG and not line.entered_in_error), None)
        if newest is None:
            self._trace = None
        elif self._trace is None or self._trace.item_id != newest.item_id:
            self._trace = snapshot.trace(await self._ledger.load(newest.item_id))
        return self._trace
