"""What each tap asks for: of a page, or of the cart. The only place where a tap becomes a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.domain.staff import Deed
from edge.door import messages as m
from ui.bedside import messages as act
from ui.bedside.answer_hand import AnswerHand
from ui.bedside.consent_hand import ConsentHand
from ui.bedside.diary_hand import DiaryHand
from ui.bedside.letting_acts import LettingAct
from ui.bedside.letting_hand import LettingHand
from ui.bedside.look import Look
from ui.bedside.opinion_hand import OpinionHand
from ui.bedside.screens.appliances import AppliancePage, NearbyPage, PasskeyPage
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.entrance import CLEANING_SECONDS, CleaningPage, LockedPage
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.residents import ResidentsPage
from ui.bedside.screens.sound import CLIP_SECONDS
from ui.bedside.speaking import Speaking
from ui.bedside.standing_hand import StandingHand
from ui.bedside.still_acts import CloseStill
from ui.bedside.typed_acts import TypedAct
from ui.bedside.typing_hand import TypingHand
from ui.bedside.views import Page, View
from ui.bedside.whose_acts import WhoseAct
from ui.bedside.whose_hand import WhoseHand
from ui.bedside.window_acts import WindowAct
from ui.bedside.window_hand import WindowHand
from ui.bedside.zones import UNTOLD

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()


class Acting:
    """The hand of ``app``: what it is asked is done on its pages or asked at its door."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app
        self._cleaning_until = float("-inf")
        self._page_to_clean = Page.STARTING
        self._typing = TypingHand(app)
        self._whose = WhoseHand(app)
        self._standing = StandingHand(app)
        self._opinion = OpinionHand(app)
        self._answers = AnswerHand(app, self._whose)
        self._consent = ConsentHand(app)
        self._diary = DiaryHand(app)
        self._speaking = Look(app, Speaking(app, self._whose.told_again))
        self._letting = LettingHand(app)
        self.windows = WindowHand(app)
        self._replaced = ""

    def do(self, wanted: act.Act) -> None:
        takers = (
            self._speaking,
            self._opinion,
            self._answers,
            self._consent,
            self._diary,
            self._standing,
            self._app.stills,
        )
        if any(one.takes(wanted) for one in takers):
            return
        if isinstance(wanted, TypedAct):
            self._typing.do(wanted)
            return
        if isinstance(wanted, LettingAct):
            self._letting.do(wanted)
            return
        if isinstance(wanted, WhoseAct):
            self._whose.do(wanted)
            return
        if isinstance(wanted, WindowAct):
            self.windows.do(wanted)
            return
        match wanted:
            case act.Go(page):
                self._whose.go(page)
                self._app.go(page)
            case act.Consider() | act.Confirm() | act.Floor() | act.Release() | act.Finish():
                self._resident(wanted)
            case act.Undo(item_id):
                self._app.ask(m.MarkEnteredInError(item_id=item_id), done=self._app.words.undo_asked)
            case act.Record() | act.Strip():
                self._capture(wanted)
            case (
                act.ChooseView()
                | act.Take()
                | act.AskZone()
                | act.ChooseZone()
                | act.CloseZones()
                | act.Intimate()
                | act.Retake()
                | act.KeepShot()
            ):
                self._photo(wanted)
            case act.Enter() | act.Emergency() | act.LockUp() | act.Clean():
                self._entrance(wanted)
            case act.Key(digit) if self._app.page is Page.LOCKED:
                self._app.frame.page(LockedPage).type(digit)
            case act.Call() | act.Admit() | act.HangUp():
                self._call(wanted)
            case _:
                self._device(wanted)

    def _resident(self, wanted: act.ResidentAct) -> None:
        match wanted:
            case act.Consider(resident_id):
                self._app.consider(resident_id)
            case act.Confirm() if self._app.candidate and self._whose.confirm(self._app.candidate):
                log.info("whose_said")
            case act.Confirm() if self._app.candidate:
                self._app.choosing = self._app.candidate
                self._app.ask(m.SelectResident(patient_id=self._app.candidate))
            case act.Floor(floor):
                self._app.frame.page(ResidentsPage).choose_floor(floor)
            case act.Release():
                self._app.ask(m.ReleaseResident())
            case act.Finish():
                self._app.ask(m.FinishRound(), done=self._app.words.finished)
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _capture(self, wanted: act.CaptureAct) -> None:
        match wanted:
            case act.Record() if self._app.recording_since is None:
                self._record()
            case act.Strip(begin):
                self._app.stills.strip_begun(begin)
                self._app.ask(m.StartStrip() if begin else m.StopStrip())
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _photo(self, wanted: act.PhotoAct) -> None:
        """No picture is asked for before somebody said what it shows, or that it is not told (H4)."""
        page = self._app.frame.page(PhotoPage)
        if isinstance(wanted, act.Take) and not page.knows_zone:
            wanted = act.AskZone()
        page.do(wanted)
        if self._app.page is Page.STILL:
            self._app.stills.do(CloseStill())
        if isinstance(wanted, act.Take | act.Retake):
            self._replaced = wanted.item_id if isinstance(wanted, act.Retake) else ""
            zone = page.zone or UNTOLD
            self._app.say(self._app.words.photo_asked)
            self._app.ask(
                m.TakePhoto(view=page.chosen, site=zone.site or "", side=zone.side or "", intimate=page.intimate)
            )

    def follow(self, before: View) -> None:
        """A picture that was taken again is undone when the better one is there, and only of the same resident."""
        self._whose.follow()
        self._speaking.follow()
        now, replaced = self._app.view, self._replaced
        if not replaced or now.lock.locked:
            return
        known = {shot.item_id for shot in before.shots}
        bad = next((shot for shot in now.shots if shot.item_id == replaced and not shot.undone), None)
        if bad is None:
            self._replaced = ""
        elif replaced in known and any(
            shot.item_id not in known and (shot.view, shot.zone) == (bad.view, bad.zone) for shot in now.shots
        ):
            self._replaced = ""
            if now.lock.allows(Deed.UNDO.value):
                self._app.ask(m.MarkEnteredInError(item_id=replaced))

    def _entrance(self, wanted: act.EntranceAct) -> None:
        match wanted:
            case act.Enter():
                page = self._app.frame.page(LockedPage)
                typed = page.typed
                page.type("")
                self._app.ask(m.TypePin(pin=typed) if self._app.view.lock.pin else m.SayWho(code=typed))
            case act.Emergency():
                self._app.ask(m.OpenEmergency())
            case act.LockUp():
                self._app.ask(m.Lock())
            case act.Clean():
                self._page_to_clean = self._app.page
                self._cleaning_until = self._app.now() + CLEANING_SECONDS
                self._app.turn_to(Page.CLEANING)
                self.clean_on()

    def clean_on(self) -> None:
        """How long it still takes; then the page is back that was there."""
        if self._app.page is not Page.CLEANING:
            return
        left = self._cleaning_until - self._app.now()
        self._app.frame.page(CleaningPage).left(left)
        if left <= 0:
            self._app.turn_to(self._page_to_clean)

    def _call(self, wanted: act.CallAct) -> None:
        page = self._app.frame.page(CallPage)
        match wanted:
            case act.Call() if page.agreed:
                self._app.ask(m.StartCall())
            case act.Admit():
                self._app.ask(m.AdmitSpecialist())
            case act.HangUp():
                self._app.ask(m.EndCall())
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _device(self, wanted: act.Act) -> None:
        words = self._app.words
        frame = self._app.frame
        match wanted:
            case act.ShowAppliance(device_id):
                frame.page(AppliancePage).consider(device_id)
                self._app.turn_to(Page.APPLIANCE)
            case act.Pair(device_id):
                frame.page(NearbyPage).expect(device_id)
                self._app.turn_to(Page.NEARBY)
                self._app.ask(m.PairDevice(device_id=device_id))
            case act.TryAppliance(device_id):
                self._app.ask(m.TestDevice(device_id=device_id), done=words.appliance_test_asked)
            case act.AskForget(asking):
                frame.page(AppliancePage).ask_forget(asking)
            case act.Forget(device_id):
                frame.page(AppliancePage).ask_forget(False)
                self._app.turn_to(Page.APPLIANCES)
                self._app.ask(m.ForgetDevice(device_id=device_id), done=words.appliance_forgotten)
            case act.Key(digit):
                self._app.frame.page(PasskeyPage).type(digit)
            case act.SendPasskey():
                page = self._app.frame.page(PasskeyPage)
                command = m.AnswerPasskey(device_id=self._app.view.pairing.device_id, passkey=int(page.typed))
                page.type("")
                self._app.turn_to(Page.NEARBY)
                self._app.ask(command, done=words.passkey_sent)
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _record(self) -> None:
        self._app.recording_since = self._app.now()
        self._app.say(self._app.words.sound_asked)
        self._app.ask(m.RecordSound(source="stethoscope", seconds=CLIP_SECONDS))
