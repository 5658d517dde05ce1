"""A replacement is let in for a shift: her name, her profession, until when; then what she types to come in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical

from edge.domain.staff import LONGEST_NAME, REPLACEMENTS, SHIFTS
from ui.bedside.letting import LettingView
from ui.bedside.letting_acts import As, EndAccess, For, LetHerIn, NameKey
from ui.bedside.locales import Words
from ui.bedside.messages import Go, LockUp
from ui.bedside.screens.finding import LETTERS
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch

MOST_SHOWN = 2
"""Of those who are there already; the newest ones."""


class LettingPage(PageBody):
    """``name_typed``, ``role`` and ``hours`` of whom is let in; gone when somebody else signs in."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.LETTING, words)
        self.name_typed = ""
        self.role = ""
        self.hours = SHIFTS[-1]
        self._view = LettingView()

    def compose(self) -> ComposeResult:
        words = self.words
        with Horizontal(id="letting"):
            with Vertical(id="letting-left"):
                yield Line(words.letting_title, classes="headline")
                yield Line(id="letting-name")
                with Grid(id="letting-letters"):
                    for letter in LETTERS:
                        yield Touch(letter, NameKey(letter), id=f"letting-{letter}", classes="choice")
                    yield Touch("␣", NameKey(" "), id="letting-space", classes="choice")
                    yield Touch("⌫", NameKey(""), id="letting-erase", classes="choice")
            with Vertical(id="letting-right"):
                yield Line(words.letting_as, classes="headline")
                with Horizontal(id="letting-roles"):
                    for role in REPLACEMENTS:
                        text = words.letting_roles[role.value]
                        yield Touch(text, As(role.value), id=f"letting-{role.name}", classes="choice")
                yield Line(words.letting_for, classes="headline")
                with Horizontal(id="letting-shifts"):
                    for hours in SHIFTS:
                        yield Touch(str(hours), For(hours), id=f"letting-{hours}", classes="choice")
                with Horizontal(id="letting-ways"):
                    yield Touch(words.whose_back, Go(Page.HOME), id="letting-back", classes="quiet")
                    yield Touch(words.letting_go, None, id="letting-go", classes="primary")
                with Horizontal(id="letting-there"):
                    for place in range(MOST_SHOWN):
                        yield Touch("", None, id=f"letting-there-{place}", classes="choice")
        with Vertical(id="welcome"):
            yield Line(words.welcome_title, classes="headline")
            yield Line(id="welcome-line")
            with Horizontal(id="welcome-digits"):
                with Vertical(id="welcome-left"):
                    yield Line(words.welcome_number, classes="faint")
                    yield BigNumber(id="welcome-number")
                with Vertical(id="welcome-right"):
                    yield Line(words.welcome_start, classes="faint")
                    yield BigNumber(id="welcome-start")
            yield Line(words.welcome_how, id="welcome-how")
            yield Touch(words.welcome_lock, LockUp(), id="welcome-lock", classes="primary")

    def on_mount(self) -> None:
        self._draw()

    @property
    def whole(self) -> bool:
        return bool(self.name_typed.strip() and self.role)

    def show(self, view: View) -> None:
        before, self._view = self._view, view.letting
        if view.lock.locked or before.signed_in != view.letting.signed_in or view.letting.welcome.number:
            self._begin()
        self.query_one("#letting-back", Touch).arm(Go(Page.HOME if view.resident else Page.RESIDENTS))
        if before != view.letting:
            self._draw()

    def _begin(self) -> None:
        self.name_typed = self.role = ""
        self.hours = SHIFTS[-1]

    def do(self, wanted: NameKey | As | For) -> None:
        match wanted:
            case NameKey(letter):
                name = self.name_typed + letter if letter else self.name_typed[:-1]
                self.name_typed = " ".join(name.lstrip().split(" "))[:LONGEST_NAME]
            case As(role):
                self.role = role
            case For(hours):
                self.hours = hours
        self._draw()

    def _draw(self) -> None:
        view = self._view
        welcome = bool(view.welcome.number)
        self.query_one("#letting").display = not welcome
        self.query_one("#welcome").display = welcome
        self.query_one("#welcome-line", Line).put(view.welcome.line)
        self.query_one("#welcome-number", BigNumber).number = view.welcome.number
        self.query_one("#welcome-start", BigNumber).number = view.welcome.start
        self.query_one("#letting-name", Line).put(f"{self.name_typed}_")
        for hours, text in view.shifts:
            self.query_one(f"#letting-{hours}", Touch).put(text)
        for touch in self.query("#letting-roles Touch, #letting-shifts Touch").results(Touch):
            touch.set_class(touch.act in (As(self.role), For(self.hours)), "-here")
        self.query_one("#letting-go", Touch).arm(LetHerIn() if self.whole else None)
        self.query_one("#letting-there").display = bool(view.there)
        for place in range(MOST_SHOWN):
            touch = self.query_one(f"#letting-there-{place}", Touch)
            touch.display = place < len(view.there)
            if touch.display:
                one = view.there[place]
                touch.put(f"{one.line}\n{self.words.letting_end}")
                touch.arm(EndAccess(one.member_id))
