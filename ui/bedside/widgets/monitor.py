"""A running signal on the screen: the check that there is one, never a reading of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ui.bedside.sweep import Sweep


class Monitor(Widget):
    """What is fed is drawn at once, over ``seconds`` from the left to the right and again; only what changed is drawn anew."""

    ALLOW_SELECT = False

    def __init__(self, seconds: float, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._seconds = seconds
        self._sweep: Sweep | None = None

    def begin(self, hertz: float, *, scaled: bool) -> None:
        """A signal of so many samples a second, in millivolts where it is ``scaled``; what stood here goes."""
        size = self.content_size
        self._sweep = Sweep(size.width, size.height, hertz, self._seconds, scaled=scaled) if hertz and size else None
        self.refresh()

    @property
    def is_new(self) -> bool:
        """Nothing stands here: not begun, or of another size since."""
        return self._sweep is None

    def feed(self, values: Sequence[float | None]) -> None:
        sweep = self._sweep
        if sweep is None or not (changed := sweep.feed(values)):
            return
        inside = self.gutter
        if len(changed) == sweep.columns:
            self.refresh()
            return
        columns = sorted(changed)
        begin = columns[0]
        regions = []
        for here, after in zip(columns, [*columns[1:], None], strict=True):
            if after is None or after - here > 1:
                regions.append(Region(begin + inside.left, inside.top, here + 1 - begin, sweep.rows))
                begin = after if after is not None else 0
        self.refresh(*regions)

    def on_resize(self, _: events.Resize) -> None:
        self._sweep = None

    def render_line(self, y: int) -> Strip:
        style = self.rich_style
        width = self.content_size.width
        sweep = self._sweep
        if sweep is None or y >= sweep.rows or sweep.columns != width:
            return Strip.blank(width, style)
        return Strip([Segment(sweep.row(y), style)], width)
