"""Listening: a clip of the stethoscope, and what was recorded."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll

from ui.bedside.locales import Words
from ui.bedside.messages import Record
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, ShotView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.shot import Shot
from ui.bedside.widgets.touch import Touch

CLIP_SECONDS = 15.0


class SoundPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.SOUND, words)
        self._sounds: tuple[ShotView, ...] | None = None
        self._elapsed: float | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="listening"):
            with Vertical(id="clip"):
                yield Line(self.words.sound_title, classes="headline")
                yield Touch("", Record(), id="record", classes="primary")
                yield Line(id="record-progress")
                yield Line(self.words.sound_hint, id="record-hint")
            with Vertical(id="recorded"):
                yield Line(self.words.sound_taken_title, classes="headline")
                yield VerticalScroll(id="clips", can_focus=False)

    def on_mount(self) -> None:
        self.progress(None)

    def progress(self, elapsed: float | None) -> None:
        """``elapsed`` seconds of the clip that is being recorded; None while there is none."""
        self._elapsed = elapsed
        self._draw()

    def _draw(self) -> None:
        elapsed = self._elapsed
        button = self.query_one("#record", Touch)
        bar = self.query_one("#record-progress", Line)
        if elapsed is None:
            button.put(self.words.sound_take.format(f"{CLIP_SECONDS:.0f}"))
            button.arm(Record())
            bar.put("")
            return
        done = min(max(elapsed / CLIP_SECONDS, 0.0), 1.0)
        width = max(bar.content_size.width, 1)
        button.put(self.words.sound_running.format(f"{max(CLIP_SECONDS - elapsed, 0.0):.0f}"))
        button.arm(None)
        bar.put("━" * round(done * width))

    def show(self, view: View) -> None:
        if view.sounds == self._sounds:
            return
        self._sounds = view.sounds
        rows = self.query_one("#clips", VerticalScroll)
        rows.remove_children()
        if view.sounds:
            rows.mount_all(Shot(sound, self.words) for sound in view.sounds)
        else:
            rows.mount(Line(self.words.sound_none, classes="faint"))
