"""What stands around a window of a running picture, and what is under it while it is not there."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.views import WindowView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.window_acts import FillScreen, Guide, LayOver, ShowShots


class LivePane(Vertical):
    """The camera's. ``#camera-space`` is kept free."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="live")
        self._words = words

    def compose(self) -> ComposeResult:
        yield Line(id="live-title")
        yield Line(id="camera-space", classes="space")
        with Horizontal(id="live-ways"):
            yield Touch("", ShowShots(True), id="to-shots", classes="choice")
            yield Touch("", None, id="lay-over", classes="choice")
            yield Touch("", Guide(), id="guide", classes="choice")

    def draw(self, window: WindowView, view: str, taken: int, *, may_overlay: bool, guided: bool, room: bool) -> None:
        """``view`` is the name of what is photographed, ``room``: the window has its place on this display now."""
        words = self._words
        remark = words.window_remarks.get(window.remark, "")
        said_of = ("  ", (f" {remark} ", "bold reverse")) if remark else (f" · {view}",)
        self.query_one("#live-title", Line).put(Content.assemble(f"● {words.window_live}", *said_of).stylize("bold"))
        said = words.window_camera.get(window.camera, "") if room else words.window_no_room
        self.query_one("#camera-space", Line).put(said)
        self.query_one("#to-shots", Touch).put(words.window_shots.format(taken))
        over = self.query_one("#lay-over", Touch)
        over.put(words.window_overlaid if window.overlay else words.window_overlay)
        over.set_class(bool(window.overlay), "-here")
        over.arm(LayOver() if may_overlay else None)
        guide = self.query_one("#guide", Touch)
        guide.put(words.window_guided if guided else words.window_guide)
        guide.set_class(guided, "-here")


class CallPane(Horizontal):
    """The specialist's, beside what is done in a call. ``#specialist-space`` is kept free."""

    def __init__(self, words: Words, *side: Line) -> None:
        super().__init__(id="talking")
        self._words = words
        self._side = side

    def compose(self) -> ComposeResult:
        yield Line(id="specialist-space", classes="space")
        with Vertical(id="talking-side"):
            yield from self._side
            yield Touch(self._words.window_large, FillScreen(True), id="fill-screen", classes="choice")

    def draw(self, window: WindowView, *, room: bool) -> None:
        said = self._words.window_specialist.get(window.specialist, "") if room else self._words.window_no_room
        self.query_one("#specialist-space", Line).put(said)


class WayBack(Horizontal):
    """In the place of the bottom bar while the specialist fills the screen."""

    def __init__(self, words: Words, hang_up: Touch) -> None:
        super().__init__(id="way-back")
        self._words = words
        self._hang_up = hang_up

    def compose(self) -> ComposeResult:
        yield Touch(self._words.window_small, FillScreen(False), id="smaller", classes="primary")
        yield self._hang_up
