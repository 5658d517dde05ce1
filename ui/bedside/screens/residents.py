"""S1: who is in front of the nurse. Two taps: the room, then the one confirmation."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Confirm, Consider, Floor, Go, LockUp, Release
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, ResidentView, View
from ui.bedside.whose_acts import Aside, AskMove, AskRound, AskWho
from ui.bedside.whose_views import Purpose
from ui.bedside.widgets.face import Face, OwnFace
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.switch import Switches
from ui.bedside.widgets.touch import Touch

FLOORS_FROM = 9
"""Residents from which choosing a floor first saves scrolling."""


def card(one: ResidentView, words: Words, offered: str = "") -> Content:
    """Room and name first; then what tells two people with one name apart. ``offered``: why she stands first, or ""."""
    rows = [
        Content.assemble(
            (one.room, "bold"),
            ("   " if one.homonym else ""),
            (words.homonym if one.homonym else "", "bold reverse"),
        ),
        Content.styled(one.surname, "bold"),
        Content(f"{one.given} · {one.sex}"),
        Content(one.birth),
    ]
    if one.used:
        rows.insert(3, Content(one.used))
    if offered:
        rows.append(Content.styled(offered, "bold"))
    return Content("\n").join(rows)


class ResidentsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.RESIDENTS, words)
        self._all: tuple[ResidentView, ...] | None = None
        self._marks: tuple[tuple[str, str], ...] = ()
        self._floor = ""
        self._purpose: Purpose | None = None
        self._shown = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.choose_title, classes="headline", id="choose-title")
            yield Horizontal(id="floors")
            yield Touch(self.words.find_open, Go(Page.FIND), id="residents-find", classes="quiet")
            yield Touch(self.words.unknown_open, Go(Page.UNKNOWN), id="residents-unknown", classes="quiet")
            yield Touch(self.words.whose_nobodys, Aside(), id="residents-aside", classes="quiet")
            yield Touch(self.words.whose_back, Go(Page.WHOSE), id="residents-back", classes="quiet")
            yield Touch(self.words.answers_button, Go(Page.ANSWERS), id="residents-answers", classes="quiet")
            yield Touch(self.words.handover_title, Go(Page.HANDOVER), id="residents-handover", classes="quiet")
            yield Touch(self.words.home_appliances, Go(Page.APPLIANCES), id="residents-appliances", classes="quiet")
            yield Touch(self.words.release, Release(), id="release", classes="quiet")
        yield Line(id="residents-movements")
        yield Line(self.words.no_residents, id="no-residents")
        yield Grid(id="cards", classes="cards")
        with Horizontal(id="residents-ways"):
            yield Touch(self.words.let_in, Go(Page.LETTING), id="residents-let-in")
            yield Touch(self.words.lock, LockUp(), id="residents-lock")
            yield Switches(self.words, "residents")

    def show(self, view: View) -> None:
        self._shown = view.resident is not None
        unknown = self.query_one("#residents-unknown", Touch)
        unknown.arm(Go(Page.UNKNOWN) if view.lock.allows(Deed.NEW_RESIDENT.value) else None)
        handover = self.query_one("#residents-handover", Touch)
        handover.arm(Go(Page.HANDOVER) if view.lock.allows(Deed.HANDOVER.value) else None)
        self.query_one("#residents-lock").display = view.lock.required
        self.query_one("#residents-let-in").display = view.lock.required and view.lock.allows(Deed.LET_IN.value)
        appliances = self.query_one("#residents-appliances", Touch)
        appliances.arm(Go(Page.APPLIANCES) if view.lock.allows(Deed.DEVICES.value) else None)
        movements = self.query_one("#residents-movements", Line)
        movements.display = bool(view.movements)
        movements.put(view.movements)
        self._draw_head()
        answers = self.query_one("#residents-answers", Touch)
        answers.put(view.answers.button)
        answers.display = bool(view.answers.alert) and self._purpose is None
        if (view.residents, view.answers.marks) != (self._all, self._marks):
            self._all, self._marks = view.residents, view.answers.marks
            self.refill()

    def look_for(self, purpose: Purpose | None) -> None:
        """For what somebody is chosen; None: to have her on screen."""
        if purpose != self._purpose:
            self._purpose = purpose
            self._floor = ""
            self._draw_head()
            self.refill()

    def _draw_head(self) -> None:
        purpose = self._purpose
        self.query_one("#choose-title", Line).put(purpose.headline if purpose else self.words.choose_title)
        self.query_one("#release").display = self._shown and purpose is None
        self.query_one("#residents-appliances").display = purpose is None
        self.query_one("#residents-handover").display = purpose is None
        self.query_one("#residents-unknown").display = purpose is None
        self.query_one("#residents-aside").display = purpose is not None and purpose.nobody
        back = self.query_one("#residents-back", Touch)
        back.display = purpose is not None
        elsewhere = Page.HOME if self._shown else Page.OUTBOX
        back.arm(Go(Page(purpose.back) if purpose and purpose.nobody else elsewhere))

    def choose_floor(self, floor: str) -> None:
        self._floor = floor
        self.refill()

    def refill(self) -> None:
        purpose = self._purpose
        near = purpose.near if purpose else ()
        everyone = [one for one in self._all or () if purpose is None or one.id != purpose.besides]
        everyone.sort(key=lambda one: near.index(one.id) if one.id in near else len(near))
        floors = sorted({one.floor for one in everyone if one.floor})
        if self._floor not in floors:
            self._floor = ""
        self.query_one("#no-residents").display = not everyone
        row = self.query_one("#floors")
        row.remove_children()
        row.display = len(everyone) >= FLOORS_FROM and len(floors) > 1
        if row.display:
            row.mount_all(
                Touch(
                    self.words.floor.format(floor) if floor else self.words.everyone,
                    Floor(floor),
                    classes="chip -here" if floor == self._floor else "chip",
                )
                for floor in ("", *floors)
            )
        cards = self.query_one("#cards")
        cards.remove_children()
        marks = dict(self._marks) if purpose is None else {}
        cards.mount_all(
            ResidentCardTouch(one, self.words, self.words.whose_offered if one.id in near else marks.get(one.id, ""))
            for one in everyone
            if not self._floor or one.floor == self._floor
        )


class ResidentCardTouch(Touch):
    def __init__(self, one: ResidentView, words: Words, offered: str = "") -> None:
        super().__init__("", Consider(one.id), classes="card")
        self.put(card(one, words, offered))


class ConfirmPage(PageBody):
    """The one deliberate confirmation: two identifiers, said by the resident or attested by the carer."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.CONFIRM, words)
        self._purpose: Purpose | None = None
        self._may_reconcile = False

    def compose(self) -> ComposeResult:
        with Horizontal(id="candidate"):
            with Vertical(id="candidate-words"):
                yield Line(id="candidate-room")
                yield Line(id="candidate-surname")
                yield Line(id="candidate-given")
                yield Line(id="candidate-details")
                yield Line(id="candidate-homonym")
            yield Face(id="candidate-face")
        yield Line(self.words.ask_her, id="ask-her")
        yield Line(self.words.attest, id="attest")
        with Horizontal(classes="actions"):
            yield Touch(self.words.not_them, Go(Page.RESIDENTS), id="not-them")
            yield Touch(self.words.who_found, AskWho(), id="who-found")
            yield Touch("", None, id="it-is", classes="primary")

    def show(self, view: View) -> None:
        """The candidate is the app's, not the view's: see ``consider``."""
        self._may_reconcile = view.lock.allows(Deed.RECONCILE.value)

    def look_for(self, purpose: Purpose | None) -> None:
        """What is confirmed; None: who is in front of the nurse."""
        self._purpose = purpose
        self.query_one("#ask-her", Line).put(purpose.question if purpose else self.words.ask_her)
        self.query_one("#attest", Line).display = purpose is None
        elsewhere = purpose is not None and purpose.back == Page.ANSWERS.value
        self.query_one("#not-them", Touch).arm(Go(Page.ANSWERS if elsewhere else Page.RESIDENTS))

    def consider(self, one: ResidentView) -> None:
        self.query_one("#candidate-room", Line).put(one.room)
        self.query_one("#candidate-surname", Line).put(one.surname)
        self.query_one("#candidate-given", Line).put(" · ".join(part for part in (one.given, one.used) if part))
        self.query_one("#candidate-details", Line).put(f"{one.birth} · {one.sex} · {one.identity}")
        homonym = self.query_one("#candidate-homonym", Line)
        homonym.display = one.homonym
        homonym.put(self.words.homonym)
        button = self.query_one("#it-is", Touch)
        button.put(self._purpose.yes if self._purpose else one.it_is)
        button.arm(Confirm())
        self.query_one("#who-found").display = one.without_identity and self._purpose is None and self._may_reconcile


class DetailsPage(PageBody):
    """Everything the banner says, in full length."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.DETAILS, words)
        self._saved: tuple[tuple[tuple[str, str], ...], bool] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.details_title, classes="headline")
            yield Touch(self.words.round_wrong, AskRound(), id="round-wrong", classes="quiet")
            yield Touch(self.words.close, Go(Page.HOME), id="close", classes="quiet")
        with Horizontal(id="details-who"):
            yield Line(id="details-text")
            yield Line(id="details-record")
            yield OwnFace(id="details-face")
        yield Line(self.words.move_one, id="details-move", classes="headline")
        yield Grid(id="details-saved", classes="cards")

    def _list(self, saved: tuple[tuple[str, str], ...], *, may: bool) -> None:
        """What is saved in this round: a touch says that it is not hers."""
        self.query_one("#details-move").display = bool(saved)
        if (saved, may) == self._saved:
            return
        self._saved = saved, may
        cards = self.query_one("#details-saved")
        cards.remove_children()
        cards.mount_all(
            Touch(title, AskMove(item_id) if may else None, classes="card saved") for item_id, title in saved
        )

    def show(self, view: View) -> None:
        one = view.resident
        may = one is not None and view.lock.allows(Deed.RECONCILE.value)
        self._list(view.standing.saved, may=may)
        self.query_one("#round-wrong", Touch).arm(AskRound() if may else None)
        if one is None:
            self.query_one("#details-text", Line).put(self.words.nobody)
            self.query_one("#details-record", Line).put("")
            return
        rows = [part for part in (one.surname, one.given, one.used, one.room, one.birth, one.sex, one.identity) if part]
        rows.append("")
        match one.allergies:
            case None:
                rows.append(self.words.allergies_unknown)
            case ():
                rows.append(self.words.allergies_none)
            case _:
                rows += [self.words.allergies.strip(), *(f"  • {allergy}" for allergy in one.allergies)]
        self.query_one("#details-record", Line).put("\n\n".join(one.record))
        self.query_one("#details-text", Line).put("\n".join(rows))
