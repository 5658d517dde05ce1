"""A strip: the running ECG, recorded from a person's command on, durable second by second, and then an item like any ECG.

It is bound to the resident on screen when it is begun (H3), and is one piece: whatever breaks it ends it, never bridges it
(H15), and the next one may begin. Taking samples never waits: what is not durable yet stands in memory, a minute of it at
most, while the store is asked again and again.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeVar

import structlog

from edge.acquire.assembly import SILENT, Assembly, End
from edge.acquire.recorder import Recorder, seconds
from edge.domain.binding import OnScreen
from edge.domain.capture import Saved
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Instant
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.domain.ports import Clock, Ledger, LinkState, LiveSamples
from edge.domain.samples import Signal
from edge.domain.waveform import Scale, Waveform

log = structlog.get_logger()

BACKLOG: Final = 60
"""Stretches of a second that may wait for the store."""

MOST_LEADS: Final = 12
FASTEST: Final = Decimal(1000)
"""Hertz; with the leads it bounds what waits to 1.5 MB. Both are what an ambulatory ECG object holds (PS3.3 A.34.5.4)."""

_LOOK_EVERY = 0.2
_RETRY = 1.0
_CLOSING = 5.0

_RETRIED = frozenset({Reason.STORE_IO, Reason.STORE_FULL, Reason.STORE_DAMAGED})

_Kept = TypeVar("_Kept")


_SAID: Mapping[End, str] = MappingProxyType(
    {
        End.STOPPED: "tracé arrêté.",
        End.LONGEST: "tracé arrêté au bout de dix minutes. Recommencez si besoin.",
        End.LOST: "tracé arrêté : des données ont manqué. Recommencez si besoin.",
        End.SILENT: "tracé arrêté : plus de signal. Vérifiez les électrodes.",
        End.CHANGED: "tracé arrêté : l'appareil a changé de réglage. Recommencez si besoin.",
        End.RANGE: "tracé arrêté : signal trop fort pour être gardé. Vérifiez les électrodes.",
        End.RESIDENT: "tracé arrêté : le résident a changé. Il reste à celui d'avant.",
        End.LINK: "tracé arrêté : liaison perdue. Recommencez si besoin.",
        End.BEHIND: "tracé arrêté : le disque refuse depuis une minute. Nouvel essai en cours.",
        End.DEFECT: "tracé arrêté : défaut de la borne. Recommencez.",
    }
)
_INTERRUPTED = "Tracé interrompu par un redémarrage de la borne : ce qui en était gardé est enregistré."


@dataclasses.dataclass(frozen=True, slots=True)
class StripState:
    """What a screen shows. ``seconds`` since it began, ``safe`` seconds of it are durable; ``ending``: nothing is added."""

    device: Device
    since: Instant
    seconds: float
    safe: float
    ending: bool


@dataclasses.dataclass(slots=True)
class _Lead:
    """A lead that runs. ``position`` counts its samples, the lost ones too, since its line was opened."""

    hertz: Decimal
    step: Decimal | None
    position: int = 0
    heard: float = 0.0


@dataclasses.dataclass(slots=True)
class _Strip:
    number: int
    device: Device
    encounter: Encounter
    since: Instant
    header: Waveform
    assembly: Assembly
    heard: float
    waiting: collections.deque[bytes] = dataclasses.field(default_factory=collections.deque)
    wake: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    end: End | None = None
    stretches: int = 0
    kept_bytes: int = 0

    @property
    def safe(self) -> float:
        """Seconds."""
        return self.kept_bytes / (2 * len(self.header.leads) * float(self.header.sampling_hz))


class Strips:
    """One strip at a time. ``take`` and ``linked`` hear what runs, and never wait."""

    def __init__(self, ledger: Ledger, clock: Clock, recorder: Recorder, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._recorder = recorder
        self._changed = changed
        self._heard: dict[Device, dict[str, _Lead]] = {}
        self._strip: _Strip | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._recovered = False

    # --- what somebody asks for

    async def begin(self, shown: OnScreen, operator: Operator | None = None) -> None:
        """Records what runs now, for ``shown``, as ``operator`` asked. Raises Fault, and then nothing is recorded."""
        if self._strip is not None or self._one_at_a_time.locked():
            raise Fault(Reason.TRACE, "Un tracé s'enregistre déjà", "arrêtez-le d'abord")
        async with self._one_at_a_time:
            await self._recover()
            device, header = self._running()
            now = self._clock.now()
            number = await self._ledger.begin_recording(header, device, shown.encounter, now, operator)
            try:
                if self._recorder.on_screen is not shown:
                    raise Fault(
                        Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez"
                    )
                if self._running() != (device, header):
                    raise Fault(Reason.TRACE, "Le tracé vient de changer", "regardez l'écran et recommencez")
            except Fault:
                # nothing was recorded: it becomes no item, now or at the next start
                with contextlib.suppress(Fault):
                    await self._ledger.finish_recording(number, now)
                raise
            start = max(lead.position for lead in self._heard[device].values())
            heard = seconds(self._clock.now())
            self._strip = _Strip(number, device, shown.encounter, now, header, Assembly(header, start), heard)
            self._keeping = asyncio.create_task(self._keep(self._strip))
        log.info("strip_begun", model=device.model, leads=len(header.leads), hertz=float(header.sampling_hz))

    def stop(self) -> Encounter | None:
        """Ends what runs; whose it is, None where nothing is recorded."""
        if self._strip is None:
            return None
        self._end(self._strip, End.STOPPED)
        return self._strip.encounter

    @property
    def state(self) -> StripState | None:
        one = self._strip
        if one is None:
            return None
        lasting = (self._clock.now().monotonic_ns - one.since.monotonic_ns) / 1e9
        return StripState(one.device, one.since, lasting, one.safe, ending=one.end is not None)

    async def recover(self) -> None:
        """What a process that died had begun becomes an item, as far as it came; returns when that is so."""
        while not self._recovered:
            with contextlib.suppress(Fault):
                async with self._one_at_a_time:
                    await self._recover()
                return
            await asyncio.sleep(_RETRY)

    async def _recover(self) -> None:
        if self._recovered:
            return
        found: Sequence[Saved] = await self._ledger.finish_recordings(self._clock.now())
        self._recovered = True
        if found:
            log.info("strips_recovered", count=len(found))
            self._tell(_INTERRUPTED)

    async def aclose(self) -> None:
        """What runs is ended and, if the store takes it in time, an item."""
        self.stop()
        if self._keeping is not None:
            _done, late = await asyncio.wait({self._keeping}, timeout=_CLOSING)
            for task in late:
                task.cancel()

    # --- what runs

    def take(self, live: LiveSamples) -> None:
        samples = live.samples
        if samples.signal is not Signal.ECG:
            return
        now = seconds(self._clock.now())
        position = self._hear(live, now)
        one = self._strip
        if one is None or one.device.id != live.device.id:
            return
        self._look(one, now)
        if one.end is not None:
            return
        one.heard = now
        for stretch in one.assembly.take(samples, position):
            one.waiting.append(stretch)
            one.wake.set()
        if one.assembly.ended is not None:
            self._end(one, one.assembly.ended)
        elif len(one.waiting) > BACKLOG:
            self._end(one, End.BEHIND)

    def linked(self, state: LinkState) -> None:
        """A line that went or came was opened anew: nothing says how much is missing."""
        self._heard.pop(state.device, None)
        if self._strip is not None and self._strip.device.id == state.device.id:
            self._end(self._strip, End.LINK)

    def _hear(self, live: LiveSamples, now: float) -> int:
        """The position of the lead before ``live``."""
        samples = live.samples
        for device in [device for device, leads in self._heard.items() if now - _latest(leads) > SILENT]:
            del self._heard[device]
        leads = self._heard.setdefault(live.device, {})
        lead = leads.setdefault(samples.label, _Lead(samples.hertz, samples.microvolts_per_step))
        lead.hertz, lead.step, lead.heard = samples.hertz, samples.microvolts_per_step, now
        before = lead.position
        lead.position += samples.lost + len(samples.values)
        return before

    def _running(self) -> tuple[Device, Waveform]:
        """The device whose ECG runs, and its leads without samples. Raises Fault(TRACE)."""
        now = seconds(self._clock.now())
        fresh = {
            device: {label: lead for label, lead in leads.items() if now - lead.heard <= SILENT}
            for device, leads in self._heard.items()
        }
        running = {device: leads for device, leads in fresh.items() if leads}
        if not running:
            raise Fault(Reason.TRACE, "Aucun tracé en direct", "posez les électrodes et attendez le tracé")
        if len(running) > 1:
            raise Fault(Reason.TRACE, "Deux appareils donnent un tracé", "éteignez l'un des deux")
        [(device, leads)] = running.items()
        rates = {lead.hertz for lead in leads.values()}
        if len(rates) > 1 or len(leads) > MOST_LEADS or max(rates) > FASTEST:
            raise Fault(Reason.TRACE, "Ce tracé ne peut pas être gardé", "utilisez l'électrocardiographe")
        scales = tuple(None if lead.step is None else Scale(lead.step) for lead in leads.values())
        return device, Waveform(tuple(leads), rates.pop(), scales, b"")

    def _look(self, one: _Strip, now: float) -> None:
        shown = self._recorder.on_screen
        if shown is None or shown.encounter.id != one.encounter.id:
            self._end(one, End.RESIDENT)
        elif now - one.heard > SILENT:
            self._end(one, End.SILENT)

    def _end(self, one: _Strip, why: End) -> None:
        if one.end is not None:
            return
        one.end = why
        if rest := one.assembly.rest():
            one.waiting.append(rest)
        one.wake.set()
        self._changed()

    # --- what is kept

    async def _keep(self, one: _Strip) -> None:
        """Until it is an item."""
        try:
            saved = await self._kept(one)
        except Exception:
            log.exception("strip_defect")
            saved, one.end = await self._as_far_as_it_came(one), End.DEFECT
        finally:
            self._strip = None
        end = one.end or End.DEFECT
        log.info("strip_ended", model=one.device.model, why=end.value, seconds=round(one.safe, 1))
        kept = f"Gardé : {one.safe:.0f} s" if saved or one.safe else "Rien n'est gardé."
        self._tell(f"{one.device.label} : {_SAID[end]} {kept}")

    async def _as_far_as_it_came(self, one: _Strip) -> Saved | None:
        """After a defect; what is not an item now is one when edge starts again."""
        try:
            return await self._ledger.finish_recording(one.number, self._clock.now())
        except Fault as fault:
            log.warning("strip_not_finished", reason=fault.reason.value, what=fault.what)
            return None

    async def _kept(self, one: _Strip) -> Saved | None:
        while one.waiting or one.end is None:
            if not one.waiting:
                one.wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY):
                        await one.wake.wait()
                self._look(one, seconds(self._clock.now()))
                continue
            stretch = one.waiting[0]
            append = functools.partial(self._ledger.append_recording, one.number, one.stretches, stretch)
            await self._until_kept(one, append)
            one.waiting.popleft()
            one.stretches += 1
            one.kept_bytes += len(stretch)
            self._changed()
        return await self._until_kept(one, lambda: self._ledger.finish_recording(one.number, self._clock.now()))

    async def _until_kept(self, one: _Strip, work: Callable[[], Awaitable[_Kept]]) -> _Kept:
        while True:
            try:
                return await work()
            except Fault as fault:
                if fault.reason not in _RETRIED:
                    raise
                log.warning("strip_not_saved", reason=fault.reason.value, what=fault.what)
                said = _SAID[End.BEHIND] if one.end is End.BEHIND else "tracé PAS ENCORE gardé : le disque refuse."
                self._tell(f"{one.device.label} : {said} Gardé : {one.safe:.0f} s")
                await asyncio.sleep(_RETRY)
                self._look(one, seconds(self._clock.now()))

    def _tell(self, notice: str) -> None:
        self._recorder.notice = notice
        self._changed()


def _latest(leads: Mapping[str, _Lead]) -> float:
    return max((lead.heard for lead in leads.values()), default=0.0)
