"""`telecart edge`: peripherals, store and door of one cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

import structlog

from drivers.english import english
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, supervise
from edge.acquire.strip import Strips
from edge.domain.capture import Overview, Standing
from edge.domain.delivery import State
from edge.domain.fault import Fault
from edge.domain.measurement import Kind
from edge.domain.patient import Patient
from edge.domain.ports import LinkState, LiveSamples
from edge.door import messages as m, snapshot
from edge.door.desk import Desk
from edge.door.device_desk import DeviceDesk
from edge.door.server import DoorServer
from edge.mains import notify
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.links import peripherals, provisioned, wired
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.ledger import StoredLedger

log = structlog.get_logger()

Answer = TypeVar("Answer")

_ANSWERS_WITHIN = 2.0
"""Seconds for which a screen waits for the store; one that is proven whole or made anew takes minutes."""

_LOOK_EVERY = 0.25
"""Seconds between looks at what sync has written."""

_PURGE_EVERY = 3600.0
"""Seconds between looks for what is past its retention."""

_CLOCK_EVERY = 1.0
"""Seconds after which screens get a new snapshot although nothing happened: ages grow."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Stored:
    """What a screen shows of the store."""

    encounter_id: str | None
    overview: Overview
    trace: m.Trace | None
    residents: Sequence[Patient]


class Screens:
    """Publishes snapshots: at once after a change, soon after sync wrote, and every second."""

    def __init__(self, settings: Settings, ledger: StoredLedger, clock: SystemClock) -> None:
        self._settings = settings
        self._ledger = ledger
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
            stored = await self._stored(shown.encounter.id if shown else None)
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
            )
            if recorder.on_screen is not shown:
                continue  # the resident changed while we read: never a mixed snapshot
            server.publish({m.UI: bedside, m.ADMIN: bedside, m.MEDIA: snapshot.for_media(bedside, desk.call)})
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

    async def _stored(self, encounter_id: str | None) -> _Stored:
        """While the store does not answer, what it said last: a screen that is left says more than one that is gone."""
        try:
            self._last = await self._answer(lambda: self._asked_for(encounter_id))
        except (Fault, TimeoutError) as exc:
            log.warning("screen_is_old", what=exc.what if isinstance(exc, Fault) else "the store is busy")
            if self._last.encounter_id != encounter_id:
                bare = dataclasses.replace(self._last.overview, lines=())
                self._last = dataclasses.replace(self._last, encounter_id=encounter_id, overview=bare, trace=None)
        return self._last

    async def _asked_for(self, encounter_id: str | None) -> _Stored:
        overview = await self._ledger.overview(encounter_id)
        return _Stored(encounter_id, overview, await self._newest_trace(overview), await self._ledger.patients())

    async def _newest_trace(self, overview: Overview) -> m.Trace | None:
        newest = next((line for line in overview.lines if line.kind is Kind.ECG and not line.entered_in_error), None)
        if newest is None:
            self._trace = None
        elif self._trace is None or self._trace.item_id != newest.item_id:
            self._trace = snapshot.trace(await self._ledger.load(newest.item_id))
        return self._trace


async def _keep_purging(ledger: StoredLedger, clock: SystemClock) -> None:
    """What is proven received goes after its retention: a batch at a time, so that nobody's reading waits for it."""
    while True:
        try:
            while certificate := await ledger.purge(clock.now()):
                log.info("purged", certificate=certificate.id, items=len(certificate.items))
                await asyncio.sleep(0)
        except Fault as fault:
            log.warning("not_purged", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(_PURGE_EVERY)


async def run(settings: Settings) -> None:
    """Until cancelled. Raises Fault where the cart cannot work at all: no key, no store, settings that are wrong."""
    clock = SystemClock()
    async with own_store(settings, of_process("edge")) as ledger:
        screens = Screens(settings, ledger, clock)
        devices = Devices(ledger, clock, wired(settings), provisioned(settings))
        await devices.load()

        def running(live: LiveSamples) -> None:
            server.tell(snapshot.live_trace(live), {m.UI})
            strips.take(live)

        def linked(state: LinkState) -> None:
            strips.linked(state)

        recorder = Recorder(ledger, clock, devices, screens.changed, running, linked)
        strips = Strips(ledger, clock, recorder, screens.changed)

        def to_media(request: m.StillWanted | m.SoundWanted) -> bool:
            return server.to_media(request)

        links, radio = peripherals(settings, devices)
        device_desk = DeviceDesk(radio, devices, screens.changed)
        desk = Desk(recorder, ledger, clock, to_media, device_desk, strips)

        def left(role: str) -> None:
            if role == m.MEDIA:
                desk.media_left()
                screens.changed()

        server = DoorServer(settings.door, desk.handle, screens.changed, left)
        await desk.restore()
        async with (
            contextlib.aclosing(device_desk),
            contextlib.aclosing(strips),
            server.open(),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(strips.recover())
            tasks.create_task(screens.keep_publishing(recorder, desk, device_desk, server, strips))
            tasks.create_task(_keep_purging(ledger, clock))
            for name, link in links.items():
                tasks.create_task(supervise(link, recorder, name))
            notify.ready()
