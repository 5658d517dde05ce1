"""S2: eight places, each with what it holds already."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
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
        self._titles = {
            "vitals": words.home_vitals,
            "ecg": words.home_ecg,
            "photo": words.home_photo,
            "sound": words.home_sound,
            "call": words.home_call,
            "outbox": words.home_outbox,
            "appliances": words.home_appliances,
            "residents": words.home_change,
        }

    def compose(self) -> ComposeResult:
        with Grid(id="places"):
            for name, title in self._titles.items():
                yield Touch(title, Go(Page(name)), id=f"home-{name}", classes="place")

    def show(self, view: View) -> None:
        for name, lines in view.home:
            self.query_one(f"#home-{name}", Touch).put(
                Content("\n").join([Content.styled(self._titles[name], "bold"), *map(Content, lines)])
            )
