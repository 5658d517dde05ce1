"""Where a page of a PDF stands."""

from __future__ import annotations

from textual import events

from ui.bedside.widgets.still import Still


class Paper(Still):
    """What stands here is put by ui.bedside.paper_hand alone. A touch on it opens nothing."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
