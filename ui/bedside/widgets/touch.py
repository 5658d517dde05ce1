"""What a finger can press."""

from __future__ import annotations

from textual import events

from ui.bedside.messages import Act, Tapped
from ui.bedside.widgets.line import Line

PRESSED_SECONDS = 0.2


class Touch(Line):
    """A target that posts its act when tapped; without an act it is shown as not available and says nothing."""

    def __init__(
        self,
        text: str,
        act: Act | None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(text, id=id, classes=classes)
        self.act = act
        self._down: float | None = None
        self.set_class(act is None, "-off")

    def arm(self, act: Act | None) -> None:
        self.act = act
        self.set_class(act is None, "-off")

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._down = event.time

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.act is not None:
            self.add_class("-pressed")
            self.set_timer(PRESSED_SECONDS, lambda: self.remove_class("-pressed"))
            self.post_message(Tapped(self.act, self._down))
