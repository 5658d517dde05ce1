"""The picture of a resident: of who is to be confirmed, and of who is on screen."""

from __future__ import annotations

from typing import Final

from textual import events

from ui.bedside.messages import Go, Tapped
from ui.bedside.views import Page
from ui.bedside.widgets.still import Still

BANNER_ROWS: Final = 3
"""As high as a banner is in any case: the page below does not move when the picture comes."""

BANNER_COLUMNS: Final = 5


class Portrait(Still):
    """Has a place only while a picture stands in it. A touch on it is nothing: it confirms nobody and opens nothing."""

    def on_click(self, event: events.Click) -> None:
        event.stop()


class Face(Portrait):
    """Of who is to be confirmed."""


class OwnFace(Portrait):
    """Of who is on screen."""


class BannerFace(OwnFace):
    """A touch on it is one on the banner."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Tapped(Go(Page.DETAILS)))
