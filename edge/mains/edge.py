"""`telecart edge`: peripherals, store and door of one cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

import structlog

from drivers.english import english
from edge.acquire.attendance import Attendance
from edge.acquire.call import ACTIVE
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, supervise
from edge.acquire.strip import Strips
from edge.domain import prior
from edge.domain.audit import Origin
from edge.domain.capture import Overview, Standing
from edge.domain.delivery import State
from edge.domain.fault import Fault
from edge.domain.measurement import Kind
from edge.domain.news2 import ScaleTwo
from edge.domain.patient import Encounter, Patient
from edge.domain.ports import LinkState, LiveSamples
from edge.domain.staff import Deed
from edge.domain.whose import Apart
from edge.door import messages as m, snapshot
from edge.door.assign_desk import AssignDesk
from edge.door.attendance_desk import AttendanceDesk, while_seen
from edge.door.desk import Desk
from edge.door.device_desk import DeviceDesk
from edge.door.earlier_desk import EarlierDesk, cards
from edge.door.score_card import News2
from edge.door.server import DoorServer
from edge.door.typing_desk import TypingDesk
from edge.mains import identity, notify
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.links import peripherals, provisioned, wired
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.ledger import StoredLedger
from edge.store.scale_book import StoredScales
from edge.store.staff_book import StoredStaff
from edge.store.whose_book import StoredWhose
from sync.dicom.prior_reading import opened

log = structlog.get_logger()

Answer = TypeVar("Answer")

_ANSWERS_WITHIN = 2.0
"""Seconds for which a screen waits for the store; one that is proven whole or made anew takes minutes."""

_LOOK_EVERY = 0.25
"""Seconds between looks at what sync has written."""

_PURGE_EVERY = 3600.0
"""Seconds between looks for what is past its retention."""

_BETWEEN_FILES = 0.05
"""Seconds between two files that are encrypted anew: readings go first."""

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
    ) -> None:
        self._settings = settings
        self._attendance = attendance
        self._ledger = ledger
        self._scales = scales
        self._whose = whose
        self._clock = clock
        self._dirty = asyncio.Event()
        self._trace: m.Trace | None = None
        self._asked: asyncio.Future[None] | None = None
        self._last = _Stored(None, Overview((), Standing(dict.fromkeys(State, 0), None, None), 0, 0), None, ())

    def changed(self) -> None:
        self._dirty.set()

    async def keep_publishing(
        self, recorder: Recorder, desk: Desk, device_desk: DeviceDesk, server: DoorServer, strips: Strips
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
            stored = await self._stored(shown.encounter if shown else None)
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
                residents=stored.residents,
                notice=recorder.notice,
                call=desk.call,
                english=english,
                posture=self._ledger.posture,
                recorded=strips.state,
                earlier=stored.earlier,
                apart=stored.apart,
                news2=self._news2(stored),
            )
            if recorder.on_screen is not shown:
                continue  # the resident changed while we read: never a mixed snapshot
            portals = self._portals(shown.patient) if shown else ()
            for_media = snapshot.for_media(bedside, desk.call, portals)
            screen = snapshot.at_the_screen(bedside, self._attendance)
            server.publish({m.UI: screen, m.ADMIN: bedside, m.MEDIA: for_media})
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

    async def _stored(self, encounter: Encounter | None) -> _Stored:
        """While the store does not answer, what it said last: a screen that is left says more than one that is gone."""
        try:
            self._last = await self._answer(lambda: self._asked_for(encounter))
        except (Fault, TimeoutError) as exc:
            log.warning("screen_is_old", what=exc.what if isinstance(exc, Fault) else "the store is busy")
            encounter_id = encounter.id if encounter else None
            if self._last.encounter_id != encounter_id:
                bare = dataclasses.replace(self._last.overview, lines=())
                self._last = dataclasses.replace(
                    self._last, encounter_id=encounter_id, overview=bare, trace=None, earlier=(), scale_two=None
                )
        return self._last

    async def _asked_for(self, encounter: Encounter | None) -> _Stored:
        encounter_id = encounter.id if encounter else None
        overview = await self._ledger.overview(encounter_id)
        trace = await self._newest_trace(overview)
        residents = await self._ledger.patients()
        earlier = cards(await self._ledger.earlier(encounter.patient_id, encounter.id)) if encounter else ()
        scored = encounter is not None and self._settings.news2.enabled
        scale_two = await self._scales.of(encounter.patient_id) if encounter and scored else None
        return _Stored(encounter_id, overview, trace, residents, earlier, scale_two, await self._whose.apart())

    async def _newest_trace(self, overview: Overview) -> m.Trace | None:
        newest = next((line for line in overview.lines if line.kind is Kind.ECG and not line.entered_in_error), None)
        if newest is None:
            self._trace = None
        elif self._trace is None or self._trace.item_id != newest.item_id:
            self._trace = snapshot.trace(await self._ledger.load(newest.item_id))
        return self._trace


async def _keep_purging(ledger: StoredLedger, clock: SystemClock, copies_days: int) -> None:
    """What is proven received goes after its retention: a batch at a time, so that nobody's reading waits for it."""
    while True:
        try:
            while certificate := await ledger.purge(clock.now()):
                log.info("purged", certificate=certificate.id, items=len(certificate.items))
                await asyncio.sleep(0)
            if went := await ledger.purge_copies(clock.now(), copies_days):
                log.info("copies_purged", items=went)
        except Fault as fault:
            log.warning("not_purged", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(_PURGE_EVERY)


async def _keep_files(ledger: StoredLedger) -> None:
    """A rekey that nobody finished is finished, a file at a time; then what no row names goes, some of it every hour."""
    while True:
        try:
            renewed = 0
            while await ledger.renew_file():
                renewed += 1
                await asyncio.sleep(_BETWEEN_FILES)
            if renewed:
                log.info("rekey_finished", files=renewed)
            if swept := await ledger.sweep():
                log.info("files_swept", files=len(swept))
        except Fault as fault:
            log.warning("files_not_kept", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(_PURGE_EVERY)


async def _keep_attendance(attendance: Attendance, desk: Desk, changed: Callable[[], None]) -> None:
    """Locks a screen that nobody touches, but not before a call; also while the store is busy with itself."""
    while True:
        try:
            if desk.call.state in ACTIVE:
                attendance.touched()
            if await attendance.tick():
                changed()
        except Fault as fault:
            log.warning("attendance_not_kept", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(_CLOCK_EVERY)


async def _keep_staff(attendance: Attendance, ledger: StoredLedger, changed: Callable[[], None]) -> None:
    """Hears of a new staff list."""
    version = -1
    while True:
        try:
            if (found := await ledger.version()) != version:
                version = found
                await attendance.refresh()
                changed()
        except Fault as fault:
            log.warning("staff_not_read", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(_CLOCK_EVERY)


async def run(settings: Settings) -> None:
    """Until cancelled. Raises Fault where the cart cannot work at all: no key, no store, settings that are wrong."""
    clock = SystemClock()
    async with own_store(settings, of_process("edge")) as ledger:
        attendance = Attendance(StoredStaff(ledger.thread), clock, Origin("edge", m.UI))
        await attendance.refresh()
        scales = StoredScales(ledger.thread)
        whose = StoredWhose(ledger.thread, settings.site.accession_prefix, settings.site.issuer)
        screens = Screens(settings, ledger, scales, clock, attendance, whose)
        devices = Devices(ledger, clock, wired(settings), provisioned(settings))
        await devices.load()

        def running(live: LiveSamples) -> None:
            if attendance.may(Deed.CHOOSE_RESIDENT):
                server.tell(snapshot.live_trace(live), {m.UI})
            strips.take(live)

        def linked(state: LinkState) -> None:
            strips.linked(state)

        read_code = identity.reader(allow_test=settings.demo)
        recorder = Recorder(ledger, clock, devices, screens.changed, running, linked, read_code)
        strips = Strips(ledger, clock, recorder, screens.changed)

        def to_media(request: m.StillWanted | m.SoundWanted) -> bool:
            return server.to_media(request)

        links, radio = peripherals(settings, devices)
        device_desk = DeviceDesk(radio, devices, screens.changed)
        show = while_seen(attendance, lambda said: server.tell(said, {m.UI}))
        earlier_desk = EarlierDesk(recorder, ledger, ledger, clock, opened, show)
        typing_desk = TypingDesk(recorder, ledger, scales, clock)
        desk = Desk(recorder, ledger, clock, to_media, device_desk, strips, earlier_desk, typing_desk)

        def left(role: str) -> None:
            if role == m.MEDIA:
                desk.media_left()
                screens.changed()

        assign_desk = AssignDesk(recorder, whose, clock, desk.handle)
        at_the_door = AttendanceDesk(attendance, assign_desk.handle)
        server = DoorServer(settings.door, at_the_door.handle, screens.changed, left)
        await desk.restore()
        async with (
            contextlib.aclosing(device_desk),
            contextlib.aclosing(strips),
            server.open(),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(strips.recover())
            tasks.create_task(screens.keep_publishing(recorder, desk, device_desk, server, strips))
            tasks.create_task(_keep_purging(ledger, clock, settings.priors.kept_days))
            tasks.create_task(_keep_files(ledger))
            tasks.create_task(_keep_attendance(attendance, desk, screens.changed))
            tasks.create_task(_keep_staff(attendance, ledger, screens.changed))
            for name, link in links.items():
                tasks.create_task(supervise(link, recorder, name))
            notify.ready()
