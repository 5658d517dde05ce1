"""Which page is on top without a touch: it follows who is on screen, who is at the cart, and a device that asks for its digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.door import messages as m
from ui.bedside.letting import opens
from ui.bedside.views import DEVICE_PAGES, NEEDS_RESIDENT, CallPhase, Page, View

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class Following:
    """``app``'s own hand."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app
        self._before_lock = (Page.STARTING, "")
        self._scans = -1

    def follow(self, before: View) -> None:
        """The page follows who is on screen, and a device that wants its six digits; nothing else."""
        app = self._app
        now = app.view.resident
        if app.view.lock.locked or app.page is Page.LOCKED:
            self.lock(before)
            return
        if app.view.pairing.passkey and not before.pairing.passkey and app.page in DEVICE_PAGES:
            app.turn_to(Page.PASSKEY)
        elif app.page is Page.PASSKEY and not app.view.pairing.passkey:
            app.turn_to(Page.NEARBY)
        began = app.beginning and now and now.without_identity and now != before.resident
        if now and (now.id == app.choosing or began):
            app.choosing = app.candidate = ""
            app.beginning = False
            app.turn_to(Page.HOME)
        elif now is None and (app.page in NEEDS_RESIDENT or app.page in {Page.STARTING, Page.DETAILS}):
            app.turn_to(Page.RESIDENTS)
        elif now and (app.page is Page.STARTING or (before.resident and before.resident.id != now.id)):
            app.turn_to(Page.HOME)

    def lock(self, before: View) -> None:
        """Whoever unlocks finds the page that was left, where its resident is still the one on screen."""
        app = self._app
        locked = app.view.lock.locked
        if locked and app.page is not Page.LOCKED:
            self._before_lock = (app.page, before.resident.id if before.resident else "")
            app.turn_to(Page.LOCKED)
        elif not locked:
            page, resident_id = self._before_lock
            now = app.view.resident
            same = now is not None and now.id == resident_id
            gone = {Page.LOCKED, Page.STARTING, Page.CLEANING, Page.CONFIRM, Page.STILL, Page.PAPER, Page.LETTING}
            hers = opens(page.value, app.view.lock.allows)
            if not hers or page in gone or (page in NEEDS_RESIDENT and not same):
                page = Page.RESIDENTS if now is None else Page.HOME
            app.turn_to(self._called() or page)

    def _called(self) -> Page | None:
        """Where the doctor is answered who rang behind the lock; it changes nobody who is on screen (H1)."""
        view = self._app.view
        if not opens(Page.CALL.value, view.lock.allows):
            return None
        if view.diary.recall.rings:
            return Page.DIARY
        return Page.CALL if view.resident and view.call.phase is CallPhase.WAITING else None

    def scanned(self, snapshot: m.Snapshot) -> None:
        """A bar code that was read since: its resident is proposed, and confirmed like any other. None while it is locked."""
        app, scan = self._app, snapshot.scan
        if snapshot.attendance.locked:
            self._scans = max(self._scans, scan.number)
            return
        new, self._scans = -1 < self._scans < scan.number, scan.number
        if not new:
            return
        if not any(one.id == scan.patient_id for one in app.view.residents):
            app.say(app.words.scan_unknown)
        elif app.view.resident is not None and app.view.resident.id == scan.patient_id:
            app.say(app.words.scan_same)
        else:
            # a tap that was meant for the page before must not confirm somebody else
            app.tapped_at = app.now()
            app.consider(scan.patient_id)
