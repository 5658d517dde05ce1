"""S5: say which part of the body, take, and see at once whether it is good."""

from __future__ import annotations

import enum

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import AskZone, ChooseView, ChooseZone, CloseZones, Intimate, KeepShot, PhotoAct, Retake, Take
from ui.bedside.opinion_acts import OpenOpinion
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, ShotView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.live_pane import LivePane
from ui.bedside.widgets.pair import Pair, beside
from ui.bedside.widgets.shot import Shots, shot_title
from ui.bedside.widgets.still import Shows, Still
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.word import BigWord
from ui.bedside.widgets.zone_picker import ZonePicker
from ui.bedside.window_acts import ShowShots
from ui.bedside.zones import UNTOLD, Zone, named

SERIES = ("overview", "close_up", "dermoscopy")
"""A good picture of one arms the next, unless a view was touched."""


class Step(enum.StrEnum):
    """What is on the page; the value is the id of its part."""

    ZONES = "zones"
    STUDIO = "studio"
    VERDICT = "verdict"


class PhotoPage(PageBody):
    """``chosen`` is the view of the next picture, ``zone`` what it shows: None until somebody said it or that it is not told.

    Both stay for the next ones, until they are changed or another resident is on screen (H4).
    """

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PHOTO, words)
        self._view = View()
        self._resident = ""
        self._known: frozenset[str] = frozenset()
        self._judged: ShotView | None = None
        self.room = True
        self._pictures = False
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of what the next resident's pictures will show."""
        self.step = Step.ZONES
        self.zone: Zone | None = None
        self.chosen = SERIES[0]
        self._by_hand = False
        self._marked = False
        self._judged = None
        self.guided = False
        self.overlay = ""
        self._listed = False

    # --- still pictures

    def has_pictures(self, pictures: bool) -> None:
        """Whether this display shows them."""
        if pictures != self._pictures:
            self._pictures = pictures
            self._draw()

    def _draw_pair(self) -> None:
        shot = next((one for one in self._view.shots if not one.undone), None) if self._pictures else None
        before = beside(shot, self.zone, self._view.earlier) if self._pictures else None
        self.query_one(Pair).fill(shot, before, may_retake=self._view.lock.allows(Deed.PHOTO.value))

    # --- the running picture

    @property
    def is_live(self) -> bool:
        """The camera's window is wanted: nothing else stands in its place."""
        return self.query_one(LivePane).display and self.query_one("#studio").display

    def has_room(self, room: bool) -> None:
        if room != self.room:
            self.room = room
            self._draw()

    def list_shots(self, listed: bool) -> None:
        self._listed = listed
        self._draw()

    def turn_guide(self) -> None:
        self.guided = not self.guided
        self._draw()

    def turn_overlay(self) -> None:
        """The newest earlier photo of the very same part and side (H4)."""
        self.overlay = "" if self.overlay else self._before()
        self._draw()

    def forget_overlay(self) -> None:
        self.overlay = ""
        self._draw()

    def _before(self) -> str:
        told = _told(self.zone)
        return next((one.prior_id for one in self._view.earlier if told and one.zone == told), "")

    def _draw_live(self, allowed: bool) -> None:
        possible = self._view.window.possible and allowed
        live = possible and not self._listed
        if self.overlay and self.overlay != self._before():
            self.overlay = ""
        self.query_one("#taken").display = not live
        self.query_one("#to-live").display = possible
        pane = self.query_one(LivePane)
        pane.display = live
        taken = sum(not shot.undone for shot in self._view.shots)
        view = self.words.photo_views[self.chosen]
        pane.draw(self._view.window, view, taken, may_overlay=bool(self._before()), guided=self.guided, room=self.room)

    # --- what it shows

    @property
    def knows_zone(self) -> bool:
        """Somebody said it, or that it is not told."""
        return self.zone is not None

    @property
    def intimate(self) -> bool:
        return self._marked or (self.zone is not None and self.zone.intimate)

    def compose(self) -> ComposeResult:
        words = self.words
        yield ZonePicker(words)
        with Horizontal(id="studio"):
            with Vertical(id="taken"):
                yield Line(words.photo_taken_title, classes="headline")
                yield Pair(words)
                yield Shots(words)
                yield Touch(words.window_live, ShowShots(False), id="to-live", classes="choice")
            yield LivePane(words)
            with Vertical(id="camera"):
                with Grid(id="views"):
                    for name, text in words.photo_views.items():
                        yield Touch(text, ChooseView(name), id=f"view-{name}", classes="choice")
                with Horizontal(id="showing"):
                    yield Touch("", AskZone(), id="zone", classes="choice")
                    yield Touch("", Intimate(), id="intimate", classes="choice")
                with Horizontal(id="take-row"):
                    yield Touch(words.photo_take, Take(), id="take", classes="primary")
                    yield Touch(
                        words.opinion_ask_here, OpenOpinion("dermatology"), id="photo-opinion", classes="choice"
                    )
        with Vertical(id="verdict"):
            with Horizontal(id="verdict-what"):
                with Vertical(id="verdict-said"):
                    yield BigWord(id="verdict-word")
                    yield Line(id="verdict-shot")
                    yield Line(id="verdict-advice")
                yield Still(id="verdict-picture")
            with Horizontal(id="verdict-ways"):
                yield Touch(words.photo_keep, KeepShot(), id="keep-shot", classes="choice")
                yield Touch(words.photo_retake, None, id="retake", classes="primary")

    def on_mount(self) -> None:
        self._draw()

    # --- what the cart says

    def show(self, view: View) -> None:
        self._view = view
        who = view.resident.id if view.resident else ""
        if who != self._resident and not view.lock.locked:
            self._resident = who
            self._begin()
            self.query_one(ZonePicker).ask(AskZone())
            self._known = frozenset(shot.item_id for shot in view.shots)
        self._judge(view)
        days: dict[Zone, str] = {}
        for one in view.earlier:
            if one.zone and one.day:
                days.setdefault(one.zone, one.day)
        self.query_one(ZonePicker).know(days)
        self._draw()

    def _judge(self, view: View) -> None:
        """A picture that has come: what is wrong with it is said before anything else is done, else the next view is armed."""
        came = [shot for shot in view.shots if shot.item_id not in self._known and not shot.undone]
        self._known |= {shot.item_id for shot in came}
        if came:
            self._judged = came[0] if came[0].remark else None
            if self._judged is None:
                self._arm_next(came[0])
        elif self._judged and any(shot.undone and shot.item_id == self._judged.item_id for shot in view.shots):
            self._judged = None

    def _arm_next(self, shot: ShotView) -> None:
        if (
            not self._by_hand
            and shot.view == self.chosen
            and shot.zone == _told(self.zone)
            and self.chosen in SERIES[:-1]
        ):
            self.chosen = SERIES[SERIES.index(self.chosen) + 1]

    def told_again(self, view: View) -> None:
        super().told_again(view)
        self.query_one(ZonePicker).told_again()

    # --- what a finger says

    def do(self, wanted: PhotoAct) -> None:
        """What does not leave the page."""
        match wanted:
            case ChooseView(name):
                self.chosen, self._by_hand = name, True
            case AskZone():
                self.step = Step.ZONES
                self.query_one(ZonePicker).ask(wanted)
            case ChooseZone(zone):
                self._choose_zone(zone)
            case CloseZones():
                self.step = Step.STUDIO
            case Intimate():
                self._marked = not self._marked
            case Retake(item_id):
                self._again(item_id)
            case KeepShot() | Take():
                self._judged = None
        self._draw()

    def _choose_zone(self, zone: Zone) -> None:
        if zone != self.zone:
            self.zone, self._marked = zone, False
            if not self._by_hand:
                self.chosen = SERIES[0]
        self.step = Step.STUDIO

    def _again(self, item_id: str) -> None:
        """The next picture shows what this one did."""
        self._judged = None
        shot = next((one for one in self._view.shots if one.item_id == item_id), None)
        if shot is not None:
            self.zone, self._marked = shot.zone or UNTOLD, shot.intimate
            self.chosen = shot.view if shot.view in self.words.photo_views else self.chosen

    # --- drawing

    def _draw(self) -> None:
        allowed = self._view.lock.allows(Deed.PHOTO.value)
        step = self.step if allowed else Step.STUDIO
        if self._judged is not None:
            step = Step.VERDICT
            self._draw_verdict(self._judged)
        for one in Step:
            self.query_one(f"#{one.value}").display = one is step
        self.query_one("#photo-opinion").display = any(not one.undone for one in self._view.shots)
        self._draw_live(allowed)
        self._draw_pair()
        self._draw_views()
        self._draw_zone(allowed)
        take = self.query_one("#take", Touch)
        take.arm(Take() if allowed else None)
        take.put(self._take_words() if allowed else self.words.photo_not_allowed)
        self.query_one(Shots).fill(
            self._view.shots,
            self._view.earlier,
            self.zone,
            may_undo=self._view.lock.allows(Deed.UNDO.value),
            pictures=self._pictures,
        )

    def _take_words(self) -> Content:
        view = self.words.photo_views[self.chosen]
        return Content.assemble((self.words.photo_take, "bold"), f"\n{view} · {named(self.zone, self.words)}")

    def _draw_views(self) -> None:
        """A tick where there is a good picture of this zone."""
        good = {
            one.view for one in self._view.shots if not one.undone and not one.remark and one.zone == _told(self.zone)
        }
        for name, text in self.words.photo_views.items():
            button = self.query_one(f"#view-{name}", Touch)
            shown = f"▸ {text}" if name == self.chosen else text
            button.put(self.words.photo_done.format(shown) if name in good else shown)
            button.set_class(name == self.chosen, "-here")

    def _draw_zone(self, allowed: bool) -> None:
        words = self.words
        zone = self.query_one("#zone", Touch)
        zone.put(Content.assemble(f"{words.zone_label} : ", (named(self.zone, words).upper(), "bold")))
        zone.arm(AskZone() if allowed else None)
        mark = self.query_one("#intimate", Touch)
        always = self.zone is not None and self.zone.intimate
        box = words.consent_yes if self.intimate else words.consent_no
        mark.put((words.photo_always_intimate if always else words.photo_intimate).format(box))
        mark.arm(Intimate() if allowed and not always else None)
        mark.set_class(self.intimate, "-here")

    def _draw_verdict(self, shot: ShotView) -> None:
        words = self.words
        self.query_one(BigWord).number = words.photo_verdicts.get(shot.remark, shot.remark.upper())
        picture = self.query_one("#verdict-picture", Still)
        picture.display, picture.shows = self._pictures, Shows(shot.item_id)
        self.query_one("#verdict-shot", Line).put(Content.styled(shot_title(shot, words), "bold"))
        self.query_one("#verdict-advice", Line).put(words.photo_advice.get(shot.remark, ""))
        allowed = self._view.lock.allows(Deed.PHOTO.value)
        self.query_one("#retake", Touch).arm(Retake(shot.item_id) if allowed else None)


def _told(zone: Zone | None) -> Zone | None:
    """As a picture says it: one whose zone was not told says nothing."""
    return None if zone is None or zone.site is None else zone
