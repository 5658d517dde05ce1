"""A still picture in a window beside the terminal, where that shows letters only: drawn by the same worker, told to the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from edge.domain.fault import Fault
from edge.door import messages as m
from ui.bedside import pane
from ui.bedside.graphics import Graphics, cell_now
from ui.bedside.views import Page
from ui.drawing.messages import Drawn, Space, Way

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

USUAL_CELL: Final = (12, 24)
"""Pixels, of a display of 10.1 inches: what is drawn with where the terminal does not tell its own."""

AGAIN_SECONDS: Final = 4.0
"""After which a picture that nobody shows is handed over once more: edge may have been started anew."""


class StillWindow:
    """Over ``place`` of ``page``. ``put`` and ``gone`` say what is to be seen; ``key`` names it for the wish of the windows' hand, "" for nothing."""

    def __init__(
        self,
        app: BedsideApp,
        pictures: Graphics,
        pixel_mm: float,
        page: Page = Page.STILL,
        place: str = "#still-paper",
    ) -> None:
        self._page, self._place = page, place
        self._app = app
        self._pictures = pictures
        self._pixel_mm = pixel_mm
        self._png = b""
        self._count = 0
        self._told_at = float("-inf")
        self.key = ""

    @property
    def possible(self) -> bool:
        """Whether there is no other way, and windows there are."""
        return self._pictures.way is None and self._app.view.window.possible

    @property
    def space(self) -> Space:
        """As much as the window's rectangle has (systemd/kiosk/labwc/rc.xml)."""
        cell = cell_now(self._pictures)
        width, height = cell if min(cell) > 0 else USUAL_CELL
        display = self._app.size
        return Space(
            way=Way.PNG,
            columns=display.width * pane.LARGE.width // 100,
            rows=max(1, display.height * pane.LARGE.height // 100),
            cell_width=width,
            cell_height=height,
            pixel_mm=self._pixel_mm,
        )

    @property
    def has_room(self) -> bool:
        """Whether a window there covers nothing but the place of the picture."""
        place = self._app.screen.query_one(self._place).region
        body = self._app.screen.query_one("#body").region
        return pane.fits(pane.LARGE, self._app.size, place.intersection(body))

    def put(self, drawn: Drawn) -> None:
        if drawn.png != self._png:
            self._count += 1
            self._png, self.key, self._told_at = drawn.png, f"{self._page.value}-{self._count}", float("-inf")
        self.look()

    def gone(self) -> None:
        """Nothing is to be seen, and nothing is kept."""
        self._png, self.key = b"", ""

    def look(self) -> None:
        """Hands over what is not shown."""
        app = self._app
        if app.page is not self._page:
            self.gone()
        new = self._told_at == float("-inf")
        lost = app.view.window.still == "closed" and app.now() - self._told_at > AGAIN_SECONDS
        if not self.key or not (new or lost):
            return
        self._told_at = app.now()
        said = m.StillDrawn(encounter_id=app.view.encounter_id, key=self.key, png=self._png)
        app.run_worker(self._told(said), name="still-window")

    async def _told(self, said: m.StillDrawn) -> None:
        try:
            await self._app.told(said)
        except Fault as fault:
            log.info("command_failed", command="StillDrawn", reason=fault.reason)
