"""What each tap about what leaves, and about the handover, asks for: of a page, or of the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from edge.door import messages as m
from ui.bedside import standing_acts as act
from ui.bedside.messages import Act, AskZone, ChooseZone, CloseZones
from ui.bedside.screens.stopped import StoppedPage
from ui.bedside.views import Page
from ui.bedside.zones import Zone

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

_LISTS = {Page.OUTBOX: "#ways", Page.HANDOVER: "#changes", Page.ANSWERS: "#answers-rows"}


class StandingHand:
    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def takes(self, wanted: Act) -> bool:
        """Whether that was meant for these pages, and is done."""
        if isinstance(wanted, act.StandingAct):
            self._do(wanted)
            return True
        if self._app.page is not Page.STOPPED:
            return False
        page = self._app.frame.page(StoppedPage)
        match wanted:
            case AskZone():
                page.ask_zone(wanted)
            case ChooseZone(zone):
                self._relabel(page, zone)
            case CloseZones():
                page.close()
            case _:
                return False
        return True

    def _do(self, wanted: act.StandingAct) -> None:
        app, words = self._app, self._app.words
        match wanted:
            case act.OpenStopped(item_id):
                app.frame.page(StoppedPage).open(item_id)
                app.turn_to(Page.STOPPED)
            case act.Resend(item_id):
                app.turn_to(Page.OUTBOX)
                app.ask(m.SendAgain(item_id=item_id), done=words.stopped_resent)
            case act.Relabel(view):
                app.frame.page(StoppedPage).relabel(view)
            case act.ReadAll():
                read = app.view.standing.handover
                # what stands on another page was not seen
                whose = tuple(one.patient_id for one in read.changes) if read.pages > 1 else ()
                said = m.ReadHandover(through=read.through, audited=read.audited, patient_ids=whose)
                app.ask(said, done=words.handover_read_done)
            case act.ReadOne(patient_id):
                read = app.view.standing.handover
                one = m.ReadHandover(through=read.through, audited=read.audited, patient_ids=(patient_id,))
                app.page_moved()
                app.ask(one, done=words.relay_read_one_done)
            case act.TurnPage(page):
                app.screen.query_one("#changes", VerticalScroll).scroll_home(animate=False)
                app.ask(m.TurnHandover(page=page))
            case act.Leaf(down) if app.page in _LISTS:
                listed = app.screen.query_one(_LISTS[app.page], VerticalScroll)
                (listed.scroll_page_down if down else listed.scroll_page_up)(animate=False)
            case _:
                pass

    def _relabel(self, page: StoppedPage, zone: Zone) -> None:
        one = page.one
        if one is None or not page.picked:
            return
        command = m.CorrectPhoto(
            item_id=one.item_id,
            view=page.picked,
            site=zone.site or "",
            side=zone.side or "",
            intimate=one.intimate,
        )
        self._app.turn_to(Page.OUTBOX)
        page.close()
        self._app.ask(command, done=self._app.words.stopped_relabelled)
