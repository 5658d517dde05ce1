"""The language and theme that somebody chose: told to the cart, and taken up again by a screen that was started anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.domain.fault import Fault
from edge.door import messages as m
from ui.bedside.locales import LANGUAGES
from ui.bedside.speaking import Speaking
from ui.bedside.speaking_acts import Speak, Wear
from ui.bedside.themes import THEMES

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()


class Look:
    """``speaking`` turns the screen; this remembers that somebody asked for it."""

    def __init__(self, app: BedsideApp, speaking: Speaking) -> None:
        self._app = app
        self._speaking = speaking
        self._begun = False
        self._chosen = False

    def takes(self, wanted: object) -> bool:
        """Whether it was for language or theme; then it is done."""
        if not self._speaking.takes(wanted):
            return False
        self._begun = self._chosen = True
        self._tell()
        return True

    def follow(self) -> None:
        """With every view: a screen that begins looks as it did; a cart that began hears how its screen looks."""
        kept = self._app.view.look
        if not self._app.view.started:
            return
        if not self._begun:
            self._begun = True
            self._take_up(kept)
        elif self._chosen and kept == ("", ""):
            self._tell()

    def _take_up(self, kept: tuple[str, str]) -> None:
        language, theme = kept
        now = self._now()
        if language in LANGUAGES and language != now.language:
            self._speaking.takes(Speak(language))
        if theme in {one.name for one in THEMES} and theme != now.theme:
            self._speaking.takes(Wear(theme))

    def _now(self) -> m.KeepLook:
        spoken = next(name for name, words in LANGUAGES.items() if type(self._app.words) is words)
        return m.KeepLook(language=spoken, theme=self._app.theme)

    def _tell(self) -> None:
        self._app.run_worker(self._told(self._now()), name="look")

    async def _told(self, said: m.KeepLook) -> None:
        try:
            await self._app.told(said)
        except Fault as fault:
            log.info("command_failed", command="KeepLook", reason=fault.reason)
