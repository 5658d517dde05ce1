"""All signals that run, each in a monitor of its own: one high, many in two columns, what is no ECG below."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from ui.bedside.live import ECG, WINDOW_SECONDS, LiveSignal, LiveSignals
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.monitor import Monitor

_TWO_COLUMNS_FROM = 4
"""Leads beside one another: twelve below one another would be one row each."""


class _Lane(Horizontal):
    """One signal and what it is called."""

    def __init__(self, about: LiveSignal, name: str) -> None:
        super().__init__()
        self.about = about
        self._name = name
        self._seen = 0

    def compose(self) -> ComposeResult:
        if self._name:
            yield Line(self._name)
        yield Monitor(WINDOW_SECONDS)

    def draw(self, signals: LiveSignals) -> None:
        # none while it is being made
        for monitor in self.query(Monitor):
            if not monitor.content_size:
                return
            if monitor.is_new:
                monitor.begin(self.about.hertz, scaled=self.about.in_millivolts)
                self._seen = 0
            self._seen, values = signals.since(self.about, self._seen)
            if values:
                monitor.feed(values)


class Monitors(Vertical):
    """``draw`` as often as the screen is to follow."""

    def __init__(self, names: dict[str, str], *, id: str | None = None) -> None:  # noqa: A002
        """``names`` are the words for what is no ECG, by signal."""
        super().__init__(id=id)
        self._names = names
        self._shown: tuple[LiveSignal, ...] = ()

    def draw(self, signals: LiveSignals, now: float) -> None:
        running = signals.running(now)
        if running != self._shown:
            self._shown = running
            self._lay_out()
            return
        for lane in self.query(_Lane):
            lane.draw(signals)

    def _lay_out(self) -> None:
        self.remove_children()
        leads = [_Lane(one, one.label) for one in self._shown if one.signal == ECG]
        others = [_Lane(one, self._names.get(one.signal, "")) for one in self._shown if one.signal != ECG]
        columns = 2 if len(leads) >= _TWO_COLUMNS_FROM else 1
        half = -(-len(leads) // columns)
        parts: list[Widget] = []
        if columns == 1:
            parts += leads
        else:
            parts.append(Horizontal(Vertical(*leads[:half]), Vertical(*leads[half:]), classes="leads"))
            parts[0].styles.height = f"{half}fr"
        self.mount(*parts, *others)
