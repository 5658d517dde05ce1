"""The signal check of an ECG."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ui.bedside import braille


class TraceCurve(Widget):
    """All of ``millivolts`` over the whole width, a gap where there is None. Too coarse to read an ECG: its page says so.

    Without ``scaled`` the values are no millivolts, and no calibration pulse stands beside them (H15).
    """

    ALLOW_SELECT = False
    millivolts: reactive[tuple[float | None, ...]] = reactive((), always_update=False)
    scaled: reactive[bool] = reactive(True)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)

    def render(self) -> Content:
        size = self.content_size
        return Content("\n".join(braille.curve(self.millivolts, size.width, size.height, calibrate=self.scaled)))
