"""From what peripherals say to saved items: bind to the resident on screen, save, and only then show."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from edge.acquire.devices import Devices
from edge.domain.binding import OnScreen, Presence, owner
from edge.domain.capture import Capture, Saved, identity_of
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import NEVER_A_PATIENT, Instant, Kind, Reading
from edge.domain.movement import contradict
from edge.domain.patient import Encounter, Patient
from edge.domain.ports import (
    About,
    Arrived,
    Clock,
    Ledger,
    LinkState,
    LiveSamples,
    LiveValue,
    PeripheralEvent,
    Peripherals,
    Scanned,
    Undecodable,
)
from edge.domain.posture import Posture, Trouble
from edge.domain.recognition import Match, Recognised, ScannedIdentity, by_identifier, by_identity
from edge.domain.waveform import Waveform

log = structlog.get_logger()

LIVE_FOR = 3.0
"""Seconds for which a running value is shown after the last one came."""

_RETRY = 1.0

_NOT_SAVED = {
    Reason.STORE_FULL: "NON ENREGISTRÉ : le disque est plein. Notez sur papier, prévenez le support ; nouvel essai en cours.",
    Reason.STORE_IO: "NON ENREGISTRÉ : le disque refuse. Notez la mesure sur papier ; nouvel essai en cours.",
    Reason.STORE_DAMAGED: "NON ENREGISTRÉ : la mémoire de la borne est abîmée. Notez sur papier, prévenez le support.",
}

_REFUSED = "Photo ou son non enregistré : le disque est presque plein. Prévenez le support."

STANDING = {
    Trouble.DAMAGED: "Mémoire abîmée : rien n'est enregistré. Notez sur papier, prévenez le support.",
    Trouble.UNREACHABLE: "Le disque refuse : rien n'est enregistré. Notez sur papier, prévenez le support.",
    Trouble.UNMENDED: "Mémoire abîmée, disque plein : mesures encore enregistrées, sans photos. Prévenez le support tout de suite.",
    Trouble.DISK_FULL: "Disque plein : encore quelques mesures, sans photos. Prévenez le support tout de suite.",
    Trouble.DISK_LOW: "Disque presque plein : photos refusées, les mesures restent enregistrées. Prévenez le support.",
    Trouble.SALVAGED: "Mémoire réparée : des mesures anciennes peuvent manquer. Prévenez le support.",
    Trouble.ROWS_MISSING: "Des mesures enregistrées ont disparu. Vérifiez les dernières, prévenez le support.",
    Trouble.UNCOPIED: "Mise à jour faite sans copie de sécurité : disque trop plein. Prévenez le support.",
}
"""What stays on the screen as long as the trouble does."""

_OF_NOBODY = "mesure gardée SANS résident. Choisissez le résident et refaites-la."
_OF_DOUBTFUL_AGE = "mesure gardée SANS résident : l'heure de l'appareil est douteuse. Vérifiez-la, refaites la mesure."

_Kept = TypeVar("_Kept")


_NOT_RECOGNISED = {
    Match.SEVERAL: "Code lu : plusieurs résidents ont ces traits. Choisissez dans la liste.",
    Match.CONTRADICTION: "Code lu : ses traits ne sont pas ceux du résident de ce matricule. Faites vérifier son identité.",
}


_GONE = "Le dossier annonce la sortie ou le décès de ce résident. Vérifiez avant de continuer."
_BACK = "Le dossier annule la sortie de ce résident."
_RENAMED = "Le dossier a corrigé l'identité de ce résident. Relisez le bandeau, vérifiez qui est devant vous."
_OTHERWISE = "Le dossier de ce résident a changé. Relisez le bandeau."


def changed_notice(before: Patient, now: Patient) -> str:
    """What is said of a change to who is on screen; "" for what the banner does not show."""
    if (before.departed is None) != (now.departed is None):
        return _GONE if now.departed is not None else _BACK
    if contradict(before, now) or before.given_names != now.given_names:
        return _RENAMED
    shows = (before.used_name, before.room, before.allergies, before.status)
    return _OTHERWISE if shows != (now.used_name, now.room, now.allergies, now.status) else ""


@dataclasses.dataclass(frozen=True, slots=True)
class ScanSeen:
    """The bar code read last: ``number`` counts them, ``patient_id`` is whose it is, or "" for nobody known."""

    number: int = 0
    patient_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Live:
    value: LiveValue
    came: float


class Recorder:
    """Holds who is on screen. Every change calls ``changed``, so that screens hear of it; ``running`` gets what is drawn,

    ``linked`` that a device came or went. ``read_code`` reads a code that carries an identity: None for any other text, Fault with
    a line for the screen where the identity in it is refused.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        devices: Devices,
        changed: Callable[[], None],
        running: Callable[[LiveSamples], None] = lambda _: None,
        linked: Callable[[LinkState], None] = lambda _: None,
        read_code: Callable[[str], ScannedIdentity | None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._changed = changed
        self._running = running
        self._linked = linked
        self._read_code = read_code
        self._presence = Presence()
        self.devices = devices
        self.scan = ScanSeen()
        self.notice = ""
        self._live: dict[tuple[str, Kind], Live] = {}

    # --- who is on screen

    def show(self, patient: Patient, encounter: Encounter) -> None:
        """From now on this resident is on screen. What was running belongs to nobody any more (H3)."""
        self._presence.show(patient, encounter, seconds(self._clock.now()))
        self._wipe()

    def clear(self) -> None:
        self._presence.clear(seconds(self._clock.now()))
        self._wipe()

    def follow(self, residents: Sequence[Patient]) -> None:
        """Whoever is on screen is shown as the store has her now, and what the record changed is said (H1)."""
        shown = self._presence.shown
        now = next((one for one in residents if shown and one.id == shown.patient.id), None)
        if shown is None or now is None or now == shown.patient:
            return
        self._presence.renew(now)
        if notice := changed_notice(shown.patient, now):
            self.notice = notice
        self._changed()

    def remember(self, patient_id: str, seconds_ago: float) -> None:
        """After a restart: this resident was on screen until ``seconds_ago``."""
        self._presence.remember(patient_id, seconds(self._clock.now()) - seconds_ago)

    @property
    def on_screen(self) -> OnScreen | None:
        return self._presence.shown

    def who(self, encounter_id: str | None = None) -> OnScreen:
        """Who is on screen; with ``encounter_id``, who was when the page opened and still is.

        Raises Fault(NO_RESIDENT | RESIDENT_CHANGED).
        """
        shown = self.on_screen
        if shown is None:
            raise Fault(Reason.NO_RESIDENT, "Aucun résident choisi", "choisissez le résident")
        if encounter_id is not None and shown.encounter.id != encounter_id:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident a changé", "regardez l'écran et recommencez")
        return shown

    def _wipe(self) -> None:
        self._live.clear()
        self.notice = ""
        self._changed()

    # --- what peripherals say

    def live(self) -> list[LiveValue]:
        """Values that are running now."""
        now = seconds(self._clock.now())
        return [live.value for live in self._live.values() if now - live.came < LIVE_FOR]

    async def take(self, event: PeripheralEvent) -> None:
        """Returns when what came is durable. A store that fails is tried again until it holds: nothing is dropped."""
        now = self._clock.now()
        match event:
            case LiveSamples(device):
                self.devices.heard(device)
                self._running(event)
                return
            case LiveValue(device, reading):
                self.devices.heard(device)
                shown = LiveValue(device, self.devices.marked(device, reading))
                self._live[device.id, reading.kind] = Live(shown, seconds(now))
            case LinkState(device, connected, what):
                self.devices.link_state(event)
                self._linked(event)
                log.info("link", model=device.model, connected=connected, what=what)
            case About(device):
                self.devices.about(event)
                await self._until_kept(lambda: self.devices.learn(event))
                log.info("about", model=device.model, bonded=event.bonded, battery=event.battery_percent)
            case Scanned(device, text):
                self.devices.heard(device)
                await self._scanned(text)
            case Undecodable(device, raw, reason, what):
                await self._until_kept(lambda: self._ledger.quarantine(device, raw, reason, what, now))
                self.notice = f"{device.label} : donnée illisible, gardée pour examen. Refaites la mesure."
                log.warning("undecodable", model=device.model, reason=reason.value, bytes=len(raw))
            case Arrived(device, Reading() as reading, raw) if NEVER_A_PATIENT & set(reading.quality):
                what = "the device says that this is demonstration or test data"
                await self._until_kept(lambda: self._ledger.quarantine(device, raw, Reason.NOT_A_READING, what, now))
                self.notice = f"{device.label} : mesure de démonstration ou de contrôle, refusée. Vérifiez le mode."
            case Arrived(device, Reading() as reading, raw, running):
                self.devices.heard(device)
                identity = identity_of(reading.kind, reading, device, raw)
                marked = self.devices.marked(device, reading)
                age = 0.0 if running else self.devices.age(device, reading, now)
                await self.keep(Capture(reading.kind, marked, device, now, identity, raw), age=age)
                await self._until_kept(lambda: self.devices.remember(device, reading))
            case Arrived(device, Waveform() as recording, raw):
                self.devices.heard(device)
                identity = identity_of(Kind.ECG, recording, device, raw)
                await self.keep(Capture(Kind.ECG, recording, device, now, identity, raw))
        self._changed()

    async def set_aside(self, event: PeripheralEvent) -> None:
        """``event`` could not be taken in: its bytes are kept, and the nurse is told."""
        if not isinstance(event, Arrived | Undecodable):
            return
        device, raw, now = event.device, event.raw, self._clock.now()
        what = "a defect of the cart kept this from being taken in"
        await self._until_kept(lambda: self._ledger.quarantine(device, raw, Reason.NOT_A_READING, what, now))
        self.notice = f"{device.label} : défaut de la borne. Si la mesure n'est pas affichée, refaites-la."
        self._changed()

    async def _scanned(self, text: str) -> None:
        """A resident's wristband brings the question who this is, never the answer: the nurse confirms (H1)."""
        residents = [one for one in await self._ledger.patients() if one.departed is None]
        try:
            scanned = self._read_code(text)
        except Fault as fault:
            found = Recognised(Match.NOBODY)
            self.notice = fault.what
        else:
            found = by_identity(scanned, residents) if scanned else by_identifier(text, residents)
            self.notice = _NOT_RECOGNISED.get(found.match, self.notice)
        log.info("scanned", match=found.match.value)
        self.scan = ScanSeen(self.scan.number + 1, found.patient_id)

    async def keep(self, capture: Capture, *, age: float | None = 0.0) -> Saved:
        """Binds ``capture`` to the resident of the moment it was taken, and saves it.

        ``age`` is how many seconds before it arrived it was made, None where that cannot be told.
        """
        bound = owner(capture.kind, seconds(capture.taken), self.on_screen, age=age)
        if not self._same_user(capture):
            bound = None
        return await self._kept(capture, bound, dated=age is not None)

    async def keep_for(
        self, capture: Capture, whose: OnScreen, save: Callable[[], Awaitable[Saved]] | None = None
    ) -> Saved:
        """Saves what a person said of ``whose``; it is theirs even where somebody else comes on screen meanwhile (H1).

        ``save`` saves it together with what else belongs to it, in one transaction.
        Raises Fault at once where it cannot be saved: who said it is there and says it again, and may have other things to ask.
        """
        saved = await (save() if save else self._ledger.save(capture, whose.encounter))
        return self._told(capture, saved, bound=True, dated=True)

    async def _kept(self, capture: Capture, bound: OnScreen | None, *, dated: bool) -> Saved:
        encounter = bound.encounter if bound else None
        saved = await self._until_kept(lambda: self._ledger.save(capture, encounter))
        return self._told(capture, saved, bound=bound is not None, dated=dated)

    def _told(self, capture: Capture, saved: Saved, *, bound: bool, dated: bool) -> Saved:
        self._live.pop((capture.device.id, capture.kind), None)
        if not bound and saved.new:
            self.notice = f"{capture.device.label} : {_OF_NOBODY if dated else _OF_DOUBTFUL_AGE}"
        elif saved.new:
            self.notice = ""
        else:
            self.notice = f"{capture.device.label} : cette mesure était déjà enregistrée."
        log.info("saved", kind=capture.kind.value, model=capture.device.model, bound=bound, new=saved.new)
        self._changed()
        return saved

    def _same_user(self, capture: Capture) -> bool:
        """False for a reading of another user of a device on which the cart has a slot of its own."""
        agreed = self.devices.known(capture.device.id).user
        said = capture.payload.user if isinstance(capture.payload, Reading) else None
        return agreed is None or said is None or said == agreed[0]

    async def _until_kept(self, work: Callable[[], Awaitable[_Kept]]) -> _Kept:
        while True:
            try:
                return await work()
            except Fault as fault:
                if fault.reason is Reason.NO_ROOM:
                    self.notice = _REFUSED
                    self._changed()
                if fault.reason not in _NOT_SAVED:
                    raise
                self.notice = _NOT_SAVED[fault.reason]
                log.warning("not_saved", reason=fault.reason.value, what=fault.what)
                self._changed()
                await asyncio.sleep(_RETRY)


def warning(posture: Posture) -> str:
    """The gravest trouble in a line for the bedside, "" where there is none."""
    return STANDING[posture.troubles[0]] if posture.troubles else ""


def seconds(instant: Instant) -> float:
    return instant.monotonic_ns / 1e9


async def _take_or_set_aside(recorder: Recorder, event: PeripheralEvent, name: str) -> None:
    """What a defect of ours keeps from being taken in is not lost, and stops nothing that comes after it."""
    try:
        await recorder.take(event)
    except Exception:
        log.exception("event_defect", link=name)
        await recorder.set_aside(event)


async def supervise(peripherals: Peripherals, recorder: Recorder, name: str) -> None:
    """Keeps one link going for ever: whatever ends it, it is started again, a little later each time (at most 30 s)."""
    pause = 0.5
    while True:
        events = peripherals.events()
        try:
            async for event in events:
                await _take_or_set_aside(recorder, event, name)
                pause = 0.5
            log.warning("link_ended", link=name)
        except Fault as fault:
            log.warning("link_failed", link=name, reason=fault.reason.value, what=fault.what)
        except Exception:
            log.exception("link_defect", link=name)
        finally:
            if isinstance(events, AsyncGenerator):
                # else its end would run beside its next beginning
                await events.aclose()
        await asyncio.sleep(pause)
        pause = min(30.0, pause * 2)
