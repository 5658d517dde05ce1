"""S2: eight places, each with what it holds already."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.letting import NEEDS, opens, reserved
from ui.bedside.locales import Words
from ui.bedside.messages import Clean, Go, LockUp
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.switch import Switches
from ui.bedside.widgets.touch import Touch


class StartingPage(PageBody):
    """Before the cart has said anything."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.STARTING, words)

    def compose(self) -> ComposeResult:
        yield Line(self.words.starting, classes="headline")

    def show(self, view: View) -> None:
        """Nothing is known yet."""


class HomePage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.HOME, words)

    @property
    def _titles(self) -> dict[str, str]:
        words = self.words
        return {
            "vitals": words.home_vitals,
            "ecg": words.home_ecg,
            "photo": words.home_photo,
            "sound": words.home_sound,
            "call": words.home_call,
            "handover": words.home_handover,
            "appliances": words.home_appliances,
            "residents": words.home_change,
        }

    def compose(self) -> ComposeResult:
        with Grid(id="places"):
            for name, title in self._titles.items():
                yield Touch(title, Go(Page(name)), id=f"home-{name}", classes="place")
        with Horizontal(id="home-ways"):
            yield Touch(self.words.answers_button, Go(Page.ANSWERS), id="home-answers")
            yield Touch(self.words.clean, Clean(), id="home-clean")
            yield Touch(self.words.settings_open, Go(Page.SETTINGS), id="home-settings")
            yield Touch(self.words.let_in, Go(Page.LETTING), id="home-let-in")
            yield Touch(self.words.lock, LockUp(), id="home-lock")
            yield Switches(self.words, "home")

    def show(self, view: View) -> None:
        for name, lines in view.home:
            place = self.query_one(f"#home-{name}", Touch)
            may = opens(name, view.lock.allows)
            # what she may not do is seen before she tries, and who may
            said = lines if may else (reserved(NEEDS[name], self.words),)
            place.put(Content("\n").join([Content.styled(self._titles[name], "bold"), *map(Content, said)]))
            place.arm(Go(Page(name)) if may else None)
        answers = self.query_one("#home-answers", Touch)
        answers.put(view.answers.button)
        answers.set_class(view.answers.wants, "-wants")
        self.query_one("#home-lock").display = view.lock.required
        self.query_one("#home-settings").display = view.lock.allows(Deed.ADMINISTER.value)
        self.query_one("#home-let-in").display = view.lock.required and view.lock.allows(Deed.LET_IN.value)
