"""`telecart media`: the one owner of cameras and sound; stills and clips for edge, consultations with the specialist's browser.

It knows what the door tells it: a call, and its resident only while edge holds that call admitted and consented.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Coroutine

import structlog

from drivers.link.audio import Microphone
from drivers.link.window_mpv import MpvWindow, lacking
from edge.domain.fault import Fault, Reason
from edge.domain.samples import Signal
from edge.domain.visitor import Visitor
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains import calling, notify
from edge.mains.asking import Asking
from edge.mains.calling import OpenLobby
from edge.mains.sounds import Sounds
from edge.mains.stills import Stills
from edge.mains.windows import Pictures
from edge.settings import Settings
from sync.consult import relay, vitals
from sync.consult.addresses import gather_on
from sync.consult.peer import Peer

log = structlog.get_logger()

LINK_SECONDS = 15 * 60.0
"""How long a link may be used to come in."""

_DOOR_RETRY = 0.5
_CONNECT_SECONDS = 20.0
_FAILED = "L'appel n'a pas pu se faire. Rappelez."
_TELL_EVERY = 1.0
_LOOK_EVERY = 0.2
_GOING_ON = {"requested", "lobby", "waiting", "admitted", "connected"}


def said_to_page(card: m.ResidentCard) -> vitals.Resident:
    return vitals.Resident(
        birth_name=card.birth_name,
        given_names=card.given_names,
        used_name=card.used_name,
        birth_date=card.birth_date,
        sex=card.sex,
        room=card.room,
        identity_status=card.identity_status,
        allergies=card.allergies,
    )


def agreed_to_page(card: m.ConsentCard) -> vitals.Agreed | None:
    return vitals.Agreed(card.basis, card.standing, card.collected, card.by, card.other) if card.allows else None


def items_to_page(cards: tuple[m.ItemCard, ...]) -> tuple[vitals.SavedItem, ...]:
    return tuple(
        vitals.SavedItem(
            item_id=card.item_id,
            kind=card.kind,
            device=card.device,
            device_en=card.device_en,
            taken=card.taken,
            age_seconds=round(card.age_seconds, 1),
            values=tuple(vitals.Value(v.name, v.value, v.unit, v.quality) for v in card.values),
            quality=card.quality,
            state=card.state,
            entered_in_error=card.entered_in_error,
            remark=card.remark,
        )
        for card in cards
    )


class Media:
    """What media does while one connection to the door lasts."""

    def __init__(self, settings: Settings, stills: Stills, sounds: Sounds, door: DoorClient) -> None:
        self._settings = settings
        self._stills = stills
        self._sounds = sounds
        self._door = door
        self._snapshot: m.Snapshot | None = None
        self._came = asyncio.Condition()
        self._call_id = ""
        self._call: asyncio.Task[None] | None = None
        self._peer: Peer | None = None
        self._asking: Asking | None = None
        self._asked: set[asyncio.Task[None]] = set()
        self._pictures = Pictures(
            stills.by_view,
            stills.room,
            settings.cameras.dermatoscope_field_mm,
            MpvWindow,
            lacking(),
            lambda told: self._later(self._tell(told)),
        )

    async def listen(self) -> None:
        """Until the door closes; then nothing of a call or a recording is left open (H20)."""
        self._pictures.begin()
        try:
            async for said in self._door.said():
                match said:
                    case m.ShowWindows(windows=windows):
                        await self._pictures.show(windows)
                    case m.StillWanted():
                        self._answer(self._stills.take(said))
                    case m.SoundWanted():
                        self._answer(self._sounds.record(said))
                    case m.ForSpecialist():
                        if self._asking is not None:
                            self._asking.came(said)
                    case m.LiveTrace():
                        self._hear_ecg(said)
                    case m.Snapshot():
                        await self._look(said)
                notify.watchdog()
        finally:
            await self._pictures.close()
            await self._end_asked()
            await self._end_call()

    def _hear_ecg(self, said: m.LiveTrace) -> None:
        """Of the call's resident and of nobody else: edge says it only then, and without her there is no call to hear it."""
        if (
            said.signal == Signal.ECG
            and self._peer is not None
            and self._snapshot is not None
            and self._snapshot.resident is not None
        ):
            scaled = said.in_millivolts
            self._peer.ecg.take(said.device, said.label, said.hertz, said.values, said.lost, in_millivolts=scaled)

    async def _look(self, snapshot: m.Snapshot) -> None:
        call = snapshot.call
        if self._call is not None and (call.call_id != self._call_id or call.state not in _GOING_ON):
            await self._end_call()
        if call.state == "requested" and (self._call is None or self._call.done()):
            self._call_id = call.call_id
            self._call = asyncio.create_task(self._consult(call.call_id))
        async with self._came:
            self._snapshot = snapshot
            self._came.notify_all()

    async def _end_call(self) -> None:
        # aioice swallows a cancellation that comes while it closes: the call must not then wait for an answer of the
        # door, which nobody reads during this
        self._call_id = ""
        if self._call is not None:
            self._call.cancel()
            await asyncio.gather(self._call, return_exceptions=True)
            self._call = None

    # --- stills and sounds

    def _answer(self, answering: Coroutine[None, None, m.Command]) -> None:
        self._later(self._tell_of(answering))

    def _later(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(doing)
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _tell_of(self, answering: Coroutine[None, None, m.Command]) -> None:
        await self._tell(await answering)

    async def _end_asked(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _tell(self, command: m.Command) -> None:
        try:
            await self._door.ask(command)
        except Fault as fault:
            log.info("door_said_no", command=type(command).__name__, reason=fault.reason.value)

    # --- calls

    async def _consult(self, call_id: str) -> None:
        try:
            asked = self._snapshot.call if self._snapshot else None
            async with calling.lobby(self._settings, asked) as open_lobby:
                calling.tell_late(
                    open_lobby, lambda minutes: self._later(self._tell(m.DoctorLate(call_id=call_id, minutes=minutes)))
                )
                await self._progress(call_id, "lobby", lobby=open_lobby)
                await self._admission(call_id, open_lobby)
                await self._talk(call_id, open_lobby)
            await self._progress(call_id, "ended", what="Le médecin a quitté l'appel.")
        except Fault as fault:
            log.warning("call_failed", reason=fault.reason.value, what=fault.what)
            await self._progress(call_id, "failed", what=calling.said_of(fault) or _FAILED)
        except Exception:  # a defect must not leave the nurse with a call that hangs
            log.exception("call_defect")
            await self._progress(call_id, "failed", what=_FAILED)

    async def _admission(self, call_id: str, open_lobby: OpenLobby) -> None:
        """Until somebody is admitted. Raises Fault(CALL) when the link has expired (T11)."""
        try:
            async with asyncio.timeout(self._link_seconds()):
                while not self._is_admitted():
                    while not await calling.somebody(open_lobby):
                        await self._progress(call_id, "lobby", lobby=open_lobby)
                    await self._progress(call_id, "waiting", lobby=open_lobby)
                    await self._admitted_or_gone(open_lobby)
                    if not self._is_admitted():
                        await self._progress(call_id, "lobby", lobby=open_lobby)
        except TimeoutError:
            raise Fault(Reason.CALL, "nobody was admitted in time, the link has expired", "call again") from None

    def _link_seconds(self) -> float:
        """As edge says, who knows of a doctor's delay."""
        return self._snapshot.call.link_minutes * 60.0 if self._snapshot else LINK_SECONDS

    async def _admitted_or_gone(self, open_lobby: OpenLobby) -> None:
        gone = asyncio.create_task(open_lobby.gone())
        admitted = asyncio.create_task(self._until_admitted())
        try:
            await asyncio.wait({gone, admitted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            admitted.cancel()

    async def _until_admitted(self) -> None:
        async with self._came:
            await self._came.wait_for(self._is_admitted)

    def _is_admitted(self) -> bool:
        return self._snapshot is not None and self._snapshot.call.state == "admitted"

    async def _talk(self, call_id: str, open_lobby: OpenLobby) -> None:
        """Camera and microphone are open from here to the end of this, however it ends."""
        settings = self._settings
        admitted = self._snapshot.call.visitor if self._snapshot is not None else Visitor()
        calling.look_who_is_admitted(open_lobby, admitted)
        devices = contextlib.ExitStack()
        try:
            devices.enter_context(self._stills.room.held())
            microphone = devices.enter_context(Microphone(settings.sound.microphone))
            chosen = await relay.choose(open_lobby.ice)
            peer = Peer(
                self._stills.room,
                microphone,
                chosen.servers,
                relay_only=settings.call.relay_only or open_lobby.relay_only,
            )
            self._pictures.theirs = peer.their_picture
            try:
                # devices and relays took their time: somebody else may stand there by now
                calling.look_who_is_admitted(open_lobby, admitted)
                await open_lobby.admit(peer.answer)
                await self._until_connected(peer, chosen.trouble)
                self._peer = peer
                async with self._asked_of(call_id, peer):
                    await self._while_connected(call_id, peer, open_lobby)
            finally:
                self._pictures.theirs = self._peer = None
                await peer.close()
        finally:
            # leaving the camera waits for its thread
            await asyncio.shield(asyncio.to_thread(devices.close))

    @contextlib.asynccontextmanager
    async def _asked_of(self, call_id: str, peer: Peer) -> AsyncIterator[None]:
        """Within it the specialist's page may ask for what is here of the call's resident."""
        asking = self._asking = Asking(call_id, peer.asks, self._door.ask, self._stills.room, self._pictures.point)
        serving = asyncio.create_task(asking.serve())
        try:
            yield
        finally:
            self._asking = None
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def _until_connected(self, peer: Peer, trouble: relay.Trouble) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await peer.connected.wait()
        except TimeoutError:
            raise calling.not_through(trouble) from None

    async def _while_connected(self, call_id: str, peer: Peer, open_lobby: OpenLobby) -> None:
        number = 0
        told: object = None
        told_at = -math.inf
        loop = asyncio.get_running_loop()
        while not peer.over.is_set():
            snapshot, now = self._snapshot, loop.time()
            content = snapshot and (
                snapshot.resident,
                snapshot.consent,
                *((i.item_id, i.state, i.entered_in_error) for i in snapshot.items),
            )
            if snapshot is not None and snapshot.resident and (content != told or now - told_at >= _TELL_EVERY):
                number += 1
                told, told_at = content, now
                portals = tuple(vitals.Portal(one.name, one.url) for one in snapshot.portals)
                items = items_to_page(snapshot.items)
                agreed = agreed_to_page(snapshot.consent)
                peer.tell(vitals.message(number, said_to_page(snapshot.resident), items, portals, agreed))
                await self._progress(call_id, "connected", lobby=open_lobby, counts=peer)
            if snapshot is not None and snapshot.resident and self._asking is not None:
                self._asking.look(snapshot)
            with contextlib.suppress(TimeoutError):
                # not wait_for, which in Python 3.11 swallows a cancellation at the moment of success
                async with asyncio.timeout(_LOOK_EVERY):
                    await peer.over.wait()

    async def _progress(
        self, call_id: str, state: str, *, lobby: OpenLobby | None = None, counts: Peer | None = None, what: str = ""
    ) -> None:
        if call_id != self._call_id:
            return
        await self._tell(
            m.CallProgress(
                call_id=call_id,
                state=state,
                address=lobby.address if lobby else "",
                pin=lobby.pin if lobby else "",
                what=what,
                visitor=calling.visitor(lobby),
                video_frames_sent=counts.video_frames_sent if counts else 0,
                vitals_messages=counts.vitals_messages if counts else 0,
            )
        )


async def run(settings: Settings) -> None:
    """Until cancelled. Comes back to the door whenever edge was restarted."""
    gather_on(settings.call.host)
    stills, sounds = Stills(settings.cameras), Sounds(settings.sound)
    notify.ready()
    while True:
        try:
            async with DoorClient(settings.door, m.MEDIA) as door:
                log.info("at_the_door")
                await Media(settings, stills, sounds, door).listen()
        except Fault as fault:
            log.info("no_door", reason=fault.reason.value)
        await asyncio.sleep(_DOOR_RETRY)
