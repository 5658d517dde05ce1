"""The cart itself, for whoever looks after it: what is wrong in plain words, how it stands, language and theme, the devices."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.speaking_acts import Speak, Wear
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class SettingsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.SETTINGS, words)

    def compose(self) -> ComposeResult:
        with Horizontal(id="settings-halves"):
            with VerticalScroll(id="settings-left", can_focus=False):
                yield Line(self.words.settings_title, classes="headline")
                yield Line(id="settings-wrong")
                yield Line(id="settings-facts")
            with Vertical(id="settings-right"):
                yield Touch("", Speak(), id="settings-language", classes="choice")
                yield Touch("", Wear(), id="settings-theme", classes="choice")
                yield Touch(self.words.settings_devices, Go(Page.APPLIANCES), id="settings-devices", classes="choice")

    def show(self, view: View) -> None:
        words, shown = self.words, view.settings
        spoken = next(name for name, one in LANGUAGES.items() if type(words) is one)
        wrong = [Content.styled(f"⚠ {line}", "bold") for line in shown.wrong]
        self.query_one("#settings-wrong", Line).put(Content("\n").join(wrong or [Content(words.settings_all_well)]))
        facts = [
            Content.assemble((f"{what} : " if spoken == "fr" else f"{what}: ", "bold"), value)
            for what, value in shown.facts
        ]
        self.query_one("#settings-facts", Line).put(Content("\n").join(facts))
        language = f"{words.settings_languages[spoken]} ▸ {words.other_language}"
        self.query_one("#settings-language", Touch).put(words.settings_language.format(language))
        night = self.app.current_theme.dark
        now, other = (words.other_theme, words.theme_day) if night else (words.theme_day, words.other_theme)
        self.query_one("#settings-theme", Touch).put(words.settings_theme.format(f"{now} ▸ {other}"))
