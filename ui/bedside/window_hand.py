"""What the screen has room for, told to the cart: it opens the windows, and closes them when this is not said again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from textual.css.query import NoMatches

from edge.domain.fault import Fault
from edge.door import messages as m
from ui.bedside import pane, window_acts as act
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.views import Page
from ui.bedside.widgets.frame import BottomBar
from ui.bedside.widgets.live_pane import WayBack

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

REPEATED_SECONDS = 1.0
"""edge.door.window_messages.WISH_SECONDS is longer."""

NOTHING = m.Watch()


class WindowHand:
    """``look`` is called ten times a second and at each change of page."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app
        self._wish = NOTHING
        self._said_at = float("-inf")
        self._large = False

    def do(self, wanted: act.WindowAct) -> None:
        frame = self._app.frame
        match wanted:
            case act.ShowShots(listed):
                frame.page(PhotoPage).list_shots(listed)
            case act.LayOver():
                frame.page(PhotoPage).turn_overlay()
            case act.Guide():
                frame.page(PhotoPage).turn_guide()
            case act.FillScreen(large):
                frame.page(CallPage).fill(large)
            case act.PutNoteAway():
                frame.page(CallPage).put_note_away()
        # what is not on the page any more is not shown before the page is laid out
        self._app.call_after_refresh(self.look)

    def look(self) -> None:
        app = self._app
        if not app.complete:
            return
        try:
            self._way_back()
            wish = self._wished()
        except NoMatches:
            # the pages are being taken down: edge hears that the screen is gone
            return
        now = app.now()
        if wish == self._wish and (wish == NOTHING or now - self._said_at < REPEATED_SECONDS):
            return
        self._wish, self._said_at = wish, now
        app.run_worker(self._asked(wish), name="watch")

    async def _asked(self, wish: m.Watch) -> None:
        try:
            await self._app.told(wish)
        except Fault as fault:
            log.info("command_failed", command="Watch", reason=fault.reason)
            if wish.overlay and wish == self._wish:
                self._app.frame.page(PhotoPage).forget_overlay()
                self._app.say(self._app.words.fault(fault))

    def _way_back(self) -> None:
        app = self._app
        large = app.page is Page.CALL and app.frame.page(CallPage).filled
        if large == self._large:
            return
        self._large = large
        app.screen.query_one(WayBack).display = large
        app.screen.query_one(BottomBar).display = not large and app.page not in {Page.LOCKED, Page.CLEANING}

    def _wished(self) -> m.Watch:
        """Only what covers nothing: a window over the banner would hide who is before the nurse (H1)."""
        app = self._app
        view, screen = app.view, app.screen
        if not view.window.possible or view.old or view.lock.locked or not view.encounter_id:
            return NOTHING
        body = screen.query_one("#body").region
        if app.page is Page.PHOTO and (photo := app.frame.page(PhotoPage)).is_live:
            space = screen.query_one("#camera-space").region
            if not space:
                return NOTHING  # a page that is not laid out yet says nothing of its room
            free = space.intersection(body)
            photo.has_room(pane.fits(pane.SMALL, app.size, free))
            if photo.room:
                return m.Watch(
                    encounter_id=view.encounter_id, camera=photo.chosen, overlay=photo.overlay, guide=photo.guided
                )
        elif app.page is Page.CALL and (call := app.frame.page(CallPage)).is_talking:
            share = pane.LARGE if call.filled else pane.SMALL
            space = body if call.filled else screen.query_one("#specialist-space").region
            if not space:
                return NOTHING
            call.has_room(pane.fits(share, app.size, space.intersection(body)))
            if call.room:
                return m.Watch(encounter_id=view.encounter_id, specialist="large" if call.filled else "small")
        elif app.page in {Page.STILL, Page.PAPER}:
            window = app.stills.window if app.page is Page.STILL else app.stills.papers.window
            if window.key and window.has_room:
                return m.Watch(encounter_id=view.encounter_id, still=window.key)
        return NOTHING
