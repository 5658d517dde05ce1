"""What each command at the door does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import structlog

from edge.acquire.call import ACTIVE, FROM_MEDIA, OPEN, Call, CallState, told
from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.acquire.strip import Strips
from edge.domain.appointment import LONGEST_LINK
from edge.domain.audit import THE_CART, Act, Actor
from edge.domain.binding import REMEMBERED_SECONDS, OnScreen
from edge.domain.capture import Capture
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.measurement import Device, Kind
from edge.domain.operator import Operator
from edge.domain.photo import Encoding, Photo, Shows, View
from edge.domain.ports import Clock, Ledger
from edge.domain.sound import SoundSite, heard
from edge.door import messages as m
from edge.door.device_desk import DeviceDesk
from edge.door.earlier_desk import EarlierDesk
from edge.door.typing_desk import TypingDesk

log = structlog.get_logger()

CAMERA = Device("camera", "uvc-camera", "Caméra")
CAMERAS = {
    View.OVERVIEW: CAMERA,
    View.CLOSE_UP: CAMERA,
    View.DERMOSCOPY: Device("dermatoscope", "uvc-dermatoscope", "Dermatoscope"),
    View.OTOSCOPY: Device("otoscope", "uvc-otoscope", "Otoscope"),
}
SOUND_SOURCES = {
    SoundSite.STETHOSCOPE: Device("stethoscope", "stethoscope", "Stéthoscope"),
    SoundSite.VOICE: Device("microphone", "sound-card", "Micro"),
}

LONGEST_SOUND = 60.0
"""Seconds."""

_REMARKS_KEPT = 200


@dataclasses.dataclass(frozen=True, slots=True)
class WantedStill:
    """A still that was asked for, for whom and by whom: whoever is on screen when it comes must be the same."""

    encounter_id: str
    shows: Shows
    operator: Operator | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class WantedSound:
    """A clip that was asked for, and for whom, as a still."""

    encounter_id: str
    source: SoundSite
    operator: Operator | None = None


def _shows(command: m.TakePhoto) -> Shows:
    """Raises Fault(NOT_ALLOWED)."""
    try:
        return Shows.of(command.view, command.site, command.side, intimate=command.intimate)
    except ValueError as exc:
        raise Fault(
            Reason.NOT_ALLOWED, "Cette photo ne se prend pas ainsi", "choisissez la partie du corps, puis le côté"
        ) from exc


class Desk:
    """``to_media`` hands a request to the media process; it returns False where none is at the door."""

    def __init__(
        self,
        recorder: Recorder,
        ledger: Ledger,
        clock: Clock,
        to_media: Callable[[m.StillWanted | m.SoundWanted], bool],
        devices: DeviceDesk,
        strips: Strips,
        earlier: EarlierDesk,
        typing: TypingDesk,
        consents: Consents,
    ) -> None:
        self._consents = consents
        self._earlier = earlier
        self._typing = typing
        self._recorder = recorder
        self._ledger = ledger
        self._clock = clock
        self._to_media = to_media
        self._devices = devices
        self._strips = strips
        self._stills: dict[str, WantedStill] = {}
        self._sounds: dict[str, WantedSound] = {}
        self.call = Call()

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where the command cannot be done; then nothing has changed."""
        match command:
            case m.SelectResident(patient_id=patient_id):
                await self._select(patient_id, by)
            case m.ReleaseResident() | m.FinishRound():
                self._no_call_open()
                await self._leave(by)
            case m.MarkEnteredInError(item_id=item_id):
                await self._undo(item_id, by)
            case m.TakePhoto() | m.RecordSound() | m.StartStrip() | m.StopStrip():
                await self._capture(command, by)
            case m.SubmitStill() | m.SubmitSound():
                await self._submitted(command)
            case m.StillFailed() | m.SoundFailed():
                self._failed(command)
            case m.ShowEarlier(prior_id=prior_id):
                await self._earlier.show(prior_id, by)
            case m.ShowEcg(prior_id=prior_id):
                await self._earlier.show_ecg(prior_id, by)
            case m.StartCall() | m.AdmitSpecialist() | m.EndCall() | m.CallProgress():
                await self._about_call(command, by)
            case m.PairDevice() | m.AnswerPasskey() | m.ForgetDevice() | m.TestDevice():
                await self._devices.handle(command, by)
            case m.TypeValue() | m.SetScaleTwo():
                await self._typing.handle(command, by)
            case m.Hello():
                raise Fault(Reason.NOT_ALLOWED, "said hello twice", "restart that process")

    async def restore(self) -> None:
        """After a restart of this process: who was on screen is on screen, and who just was is not forgotten (H1)."""
        now = self._clock.now()
        for patient_id, seconds_ago in await self._ledger.recently_on_screen(now, REMEMBERED_SECONDS):
            self._recorder.remember(patient_id, seconds_ago)
        if found := await self._ledger.on_screen(now.boot_id):
            self._recorder.show(*found)

    def media_left(self) -> None:
        """The call's lobby is opened again when media comes back; the nurse admits again."""
        if self._stills:
            self._recorder.notice = "Photo non prise : la caméra redémarre. Recommencez."
        elif self._sounds:
            self._recorder.notice = "Son non enregistré : l'appareil redémarre. Recommencez."
        self._want_nothing()
        if self.call.state in ACTIVE:
            kept = dataclasses.replace(self.call, state=CallState.REQUESTED, address="", pin="", video_frames_sent=0)
            self.call = dataclasses.replace(kept, what="L'appel a été coupé, il reprend.", vitals_messages=0)

    # --- residents

    async def _select(self, patient_id: str, by: Actor) -> None:
        if (shown := self._recorder.on_screen) and shown.patient.id == patient_id:
            return
        self._no_call_open()
        patient, encounter = await self._ledger.open_encounter(patient_id, self._clock.now(), by)
        self._want_nothing()
        if self.call.state in ACTIVE and not self.call.parked:
            # it was started for the resident before while this one was being written down
            await self._move(CallState.ENDED, THE_CART)
        self._recorder.show(patient, encounter)

    async def _leave(self, by: Actor) -> None:
        if shown := self._recorder.on_screen:
            await self._ledger.leave_encounter(shown.encounter.id, self._clock.now(), by)
            self._want_nothing()
            self._recorder.clear()

    def _no_call_open(self) -> None:
        if self.call.state in ACTIVE and not self.call.parked:
            raise Fault(Reason.CALL, "Un appel est en cours pour ce résident", "raccrochez d'abord")

    async def _undo(self, item_id: str, by: Actor) -> None:
        """Only what is on screen: a tap that comes late must not reach the resident before."""
        await self._ledger.mark_entered_in_error(item_id, self._recorder.who().encounter.id, self._clock.now(), by)

    # --- pictures and sounds

    def _room_for(self, refused: str) -> None:
        """What takes much room is refused before it is taken, so that readings keep theirs. Raises Fault(NO_ROOM)."""
        if not self._ledger.posture.takes_large:
            raise Fault(Reason.NO_ROOM, f"{refused} : le disque est presque plein", "prévenez le support")

    def _want_nothing(self) -> None:
        self._stills.clear()
        self._sounds.clear()

    def _failed(self, failed: m.StillFailed | m.SoundFailed) -> None:
        """Nothing is said to the next resident of what failed for the one before."""
        match failed:
            case m.StillFailed(request_id=request_id, what=what) if self._stills.pop(request_id, None):
                self._recorder.notice = f"Photo impossible : {what}"
            case m.SoundFailed(request_id=request_id, what=what) if self._sounds.pop(request_id, None):
                self._recorder.notice = f"Son impossible : {what}"

    async def _capture(self, command: m.TakePhoto | m.RecordSound | m.StartStrip | m.StopStrip, by: Actor) -> None:
        match command:
            case m.TakePhoto():
                await self.take_photo(_shows(command), by, Operator.of(by.who))
            case m.RecordSound(source=source, seconds=seconds):
                await self._record_sound(source, seconds, by)
            case m.StartStrip():
                await self._start_strip(by)
            case m.StopStrip():
                await self._stop_strip(by)

    async def _submitted(self, came: m.SubmitStill | m.SubmitSound) -> None:
        await (self._still(came) if isinstance(came, m.SubmitStill) else self._sound(came))

    async def _asked_for(self, act: Act, shown: OnScreen, by: Actor, detail: str) -> None:
        """The trace comes before what is asked for: no picture is taken that nobody asked for on paper.

        Raises Fault(RESIDENT_CHANGED) where somebody else came on screen while it was written.
        """
        await self._ledger.note(act, by, self._clock.now(), shown.encounter, detail)
        if self._recorder.on_screen is not shown:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez")

    async def take_photo(self, shows: Shows, by: Actor, operator: Operator | None) -> str:
        shown = self._recorder.who()
        self._room_for("Photo refusée")
        request = m.StillWanted(request_id=str(uuid7()), view=shows.view.value)
        await self._asked_for(Act.PHOTO, shown, by, f"{request.view}, still {request.request_id}")
        if not self._to_media(request):
            raise Fault(Reason.CAMERA, "La caméra ne répond pas", "attendez quelques secondes et recommencez")
        self._stills[request.request_id] = WantedStill(shown.encounter.id, shows, operator)
        return request.request_id

    async def _still(self, still: m.SubmitStill) -> None:
        wanted = self._stills.pop(still.request_id, None)
        shown = self._recorder.on_screen
        if wanted is None or shown is None or shown.encounter.id != wanted.encounter_id:
            self._recorder.notice = "Photo refusée : le résident a changé. Reprenez-la."
            raise Fault(Reason.RESIDENT_CHANGED, "the resident changed before the picture came", "take it again")
        now = self._clock.now()
        camera = CAMERAS[wanted.shows.view]
        if not whole_jpeg(still.jpeg):
            await self._ledger.quarantine(camera, still.jpeg, Reason.CORRUPT_FILE, "not a whole JPEG", now)
            self._recorder.notice = "Photo illisible : reprenez-la."
            raise Fault(Reason.CORRUPT_FILE, "the picture is not a whole JPEG", "take it again")
        photo = Photo(
            still.jpeg,
            still.width,
            still.height,
            Encoding(still.encoding),
            wanted.shows.view,
            still.sharpness,
            still.brightness,
            still.overexposed,
            wanted.shows.site,
            wanted.shows.side,
            wanted.shows.intimate,
        )
        identity = f"still {still.request_id}"
        await self._recorder.keep(Capture(Kind.PHOTO, photo, camera, now, identity, operator=wanted.operator))

    async def _record_sound(self, source: str, seconds: float, by: Actor) -> None:
        shown = self._recorder.who()
        if not 1 <= seconds <= LONGEST_SOUND:
            raise Fault(Reason.NOT_ALLOWED, "Durée impossible", f"demandez de 1 à {LONGEST_SOUND:.0f} secondes")
        self._room_for("Son refusé")
        request = m.SoundWanted(request_id=str(uuid7()), source=SoundSite(source).value, seconds=seconds)
        await self._asked_for(Act.SOUND, shown, by, f"{request.source}, sound {request.request_id}")
        if not self._to_media(request):
            raise Fault(Reason.SOUND, "L'enregistrement ne répond pas", "attendez quelques secondes et recommencez")
        self._sounds[request.request_id] = WantedSound(shown.encounter.id, SoundSite(source), Operator.of(by.who))

    async def _sound(self, sound: m.SubmitSound) -> None:
        wanted = self._sounds.pop(sound.request_id, None)
        shown = self._recorder.on_screen
        if wanted is None or shown is None or shown.encounter.id != wanted.encounter_id:
            self._recorder.notice = "Son refusé : le résident a changé. Refaites l'enregistrement."
            raise Fault(Reason.RESIDENT_CHANGED, "the resident changed before the sound came", "record it again")
        now = self._clock.now()
        device = SOUND_SOURCES[wanted.source]
        try:
            clip = heard(sound.pcm, sound.hertz, wanted.source)
        except ValueError:
            await self._ledger.quarantine(device, sound.pcm, Reason.UNDECODABLE, "not whole samples", now)
            self._recorder.notice = "Son illisible : refaites l'enregistrement."
            raise Fault(Reason.UNDECODABLE, "the sound is not whole samples", "record it again") from None
        identity = f"sound {sound.request_id}"
        await self._recorder.keep(Capture(Kind.SOUND, clip, device, now, identity, operator=wanted.operator))

    async def _start_strip(self, by: Actor) -> None:
        shown = self._recorder.who()
        await self._asked_for(Act.STRIP, shown, by, "")
        await self._strips.begin(shown, Operator.of(by.who))

    async def _stop_strip(self, by: Actor) -> None:
        if encounter := self._strips.stop():
            await self._ledger.note(Act.STRIP_STOPPED, by, self._clock.now(), encounter)

    # --- the call

    async def _about_call(
        self, command: m.StartCall | m.AdmitSpecialist | m.EndCall | m.CallProgress, by: Actor
    ) -> None:
        match command:
            case m.StartCall():
                await self._start_call(command, by)
            case m.AdmitSpecialist():
                await self._admit(by)
            case m.EndCall():
                await self._move(CallState.ENDED, by)
            case m.CallProgress():
                await self._progress(command, by)

    def park(self) -> None:
        """The lobby stays open while nobody is with its resident. Raises Fault(CALL) where a doctor is in (H1)."""
        if self.call.state in OPEN:
            raise Fault(Reason.CALL, "Un médecin est en ligne", "raccrochez d'abord")
        self.call = dataclasses.replace(self.call, parked=True)

    async def resume(self, shown: OnScreen) -> None:
        """Its resident is on screen again. Raises Fault(CALL) where nothing allows it any more: then it is over (H19)."""
        call_id = self.call.call_id
        try:
            allowed = await self._consents.basis(shown, call_id)
        except Fault as fault:
            if fault.reason is not Reason.NOT_ALLOWED:
                raise
            allowed = None  # she refused meanwhile
        if self._recorder.on_screen is not shown or self.call.call_id != call_id:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez")
        self.call = dataclasses.replace(self.call, parked=False, encounter_id=shown.encounter.id)
        if allowed is None:
            await self.consented(THE_CART)
            raise Fault(Reason.CALL, "L'accord vient d'être retiré", "pas d'appel")

    async def _start_call(self, asked: m.StartCall, by: Actor) -> None:
        shown = self._recorder.who()
        if not 1 <= asked.link_minutes <= LONGEST_LINK:
            raise Fault(Reason.NOT_ALLOWED, "Durée impossible", "recommencez")
        if self.call.state in ACTIVE and not self.call.parked:
            raise Fault(Reason.CALL, "Un appel est déjà en cours", "raccrochez d'abord")
        act_id = self._consents.next_act(shown.encounter.id)
        call = Call(act_id, shown.encounter.id, link_minutes=asked.link_minutes, guest=asked.guest)
        consent = await self._consents.basis(shown, call.call_id)
        if consent is None:
            raise Fault(Reason.CALL, "Sans consentement, pas d'appel", "recueillez le consentement du résident")
        if self.call.parked:  # nobody is with whom that lobby is for, and somebody is here who needs a doctor now
            await self._move(CallState.ENDED, by)
        await self._note(call, "consent", by, f"{consent.basis}, consent {consent.id}")
        if self._recorder.on_screen is not shown or self.call.state in ACTIVE:
            raise Fault(Reason.CALL, "Le résident ou l'appel vient de changer", "regardez l'écran et recommencez")
        if not self._consents.allows(call.encounter_id, call.call_id):
            raise Fault(Reason.CALL, "L'accord vient d'être retiré", "pas d'appel")
        self.call = dataclasses.replace(call, state=CallState.REQUESTED)
        self._consents.begun()

    async def consented(self, by: Actor) -> None:
        """Ends a call that nothing allows any more: who took back her agreement is neither seen nor heard (H19, H20)."""
        if self.call.parked and self.call.state not in OPEN:
            return  # nobody is seen or heard before somebody is with her again, and then it is looked at
        if self.call.state in ACTIVE and not self._consents.allows(self.call.encounter_id, self.call.call_id):
            self._recorder.notice = "Accord retiré : l'appel est terminé."
            ended, self.call = self.call, dataclasses.replace(self.call, state=CallState.ENDED, address="", pin="")
            await self._note(ended, CallState.ENDED.value, by, "no consent")

    async def _admit(self, by: Actor) -> None:
        if self.call.state is not CallState.WAITING:
            raise Fault(Reason.CALL, "Aucun médecin n'attend", "attendez qu'il ouvre la page")
        if self.call.parked:
            raise Fault(Reason.CALL, "Personne n'est auprès du résident", "revenez à ce résident d'abord")
        if not await self._turned("admitted", by) or self.call.parked:
            raise Fault(Reason.CALL, "L'appel vient de changer", "regardez l'écran et recommencez")
        self.call = dataclasses.replace(self.call, state=CallState.ADMITTED, address="", pin="", what="")

    async def _progress(self, said: m.CallProgress, by: Actor) -> None:
        state = CallState(said.state)
        if said.call_id != self.call.call_id or state not in FROM_MEDIA.get(self.call.state, frozenset()):
            return
        if state is not self.call.state and not await self._turned(state.value, by):
            return
        self.call = told(self.call, state, said)

    async def _move(self, state: CallState, by: Actor) -> None:
        if self.call.state in ACTIVE:
            await self._note(self.call, state.value, by)
            self.call = dataclasses.replace(self.call, state=state, address="", pin="")

    async def _turned(self, event: str, by: Actor) -> bool:
        """Notes ``event``. False where the call moved on while that was written: who hangs up meanwhile has hung up."""
        before = (self.call.call_id, self.call.state)
        await self._note(self.call, event, by)
        return (self.call.call_id, self.call.state) == before

    async def _note(self, call: Call, event: str, by: Actor, detail: str = "") -> None:
        await self._ledger.note_consultation(call.call_id, call.encounter_id, event, self._clock.now(), by, detail)


def whole_jpeg(data: bytes) -> bool:
    """Begins with SOI and a marker, ends with EOI (ITU-T T.81 B.1.1.3), and is more than its markers."""
    return len(data) > 100 and data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")
