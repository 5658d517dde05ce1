"""The picture of a resident. A touch on it is nothing: it confirms nobody and opens nothing."""

from __future__ import annotations

from textual import events

from ui.bedside.widgets.still import Still


class Face(Still):
    """Has a place only while a picture stands in it."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
