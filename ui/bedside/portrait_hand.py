"""The picture of who is on screen, on the banner and on the page behind it: asked of the cart for her, gone with her (H1)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import structlog

from edge.domain.fault import Fault
from edge.door import messages as m
from ui.bedside.graphics import Graphics, cell_now
from ui.bedside.views import Page
from ui.bedside.widgets.face import BANNER_COLUMNS, BANNER_ROWS, BannerFace, OwnFace
from ui.bedside.widgets.frame import Banner
from ui.drawing.hand import DrawingHand
from ui.drawing.messages import PhotoWanted, Space

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

LARGE, SMALL = 10, 7
"""Rows on the page behind the banner, each two columns broad; the fewer on the smallest displays."""

AGAIN_SECONDS: Final = 30.0
"""After which it is asked for once more: it may have been replaced, or taken away."""

NO_PIXEL_MM: Final = 1.0
"""A face has no scale."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Attempt:
    """``of`` counts the residents who came on screen, ``jpeg`` is what is drawn."""

    of: int
    jpeg: bytes
    space: Space
    background: tuple[int, int, int]


class PortraitHand:
    """``look`` is called often and does what is to be done: it never waits."""

    def __init__(self, app: BedsideApp, pictures: Graphics, drawing: DrawingHand) -> None:
        self._app = app
        self._pictures = pictures
        self._drawing = drawing
        self._whose = ""
        self._turn = 0
        self._asked_at = float("-inf")
        self._jpeg = b""
        self._under_way: _Attempt | None = None
        self._undrawable: set[_Attempt] = set()

    def heard(self, said: m.Face) -> None:
        """Only of who is on screen now: what was asked for the one before is left out (H1)."""
        if not self._whose or said.patient_id != self._whose:
            return
        self._jpeg = said.jpeg
        if not said.jpeg:
            self._take_away()
        self.look()

    def forget(self) -> None:
        """Nobody's picture stands there, and none is kept."""
        self._whose, self._jpeg = "", b""
        self._turn += 1
        self._undrawable.clear()
        self._take_away()

    def _take_away(self) -> None:
        for place in self._app.screen.query(OwnFace):
            place.attempt = None
            place.put(None)
            place.display = False
        self._app.screen.query_one(Banner).picture(shown=False)

    def look(self) -> None:
        if self._pictures.way is None:
            return
        app = self._app
        one = app.view.resident
        whose = one.id if one and not one.without_identity and not app.view.lock.locked else ""
        if whose != self._whose:
            self.forget()
            self._whose = whose
            self._asked_at = float("-inf")
        if not whose:
            return
        if app.now() - self._asked_at > AGAIN_SECONDS:
            self._asked_at = app.now()
            app.run_worker(self._ask(whose), name="portrait")
        if self._jpeg:
            self._settle()

    async def _ask(self, whose: str) -> None:
        try:
            await self._app.told(m.ShowFace(patient_id=whose))
        except Fault as fault:
            log.info("face_refused", reason=fault.reason)

    def _settle(self) -> None:
        """One picture at a time; what is not seen now is drawn when it is."""
        if self._under_way is not None:
            return
        app = self._app
        banner = app.screen.query_one(Banner)
        if banner.display and banner.size.width > 0:
            if banner.has_room:
                self._stand(banner.query_one(BannerFace), BANNER_COLUMNS, BANNER_ROWS)
            else:
                self._clear(banner.query_one(BannerFace))
        if app.page is Page.DETAILS and self._under_way is None:
            rows = SMALL if app.screen.has_class("-short") else LARGE
            self._stand(app.screen.query_one("#details-face", OwnFace), 2 * rows, rows)

    def _clear(self, place: OwnFace) -> None:
        if place.attempt is not None:
            place.attempt = None
            place.put(None)
            place.display = False
            self._app.screen.query_one(Banner).picture(shown=False)

    def _stand(self, place: OwnFace, columns: int, rows: int) -> None:
        assert self._pictures.way is not None
        width, height = cell_now(self._pictures)
        space = Space(
            way=self._pictures.way,
            columns=columns,
            rows=rows,
            cell_width=width,
            cell_height=height,
            pixel_mm=NO_PIXEL_MM,
        )
        attempt = _Attempt(self._turn, self._jpeg, space, place.background_colors[1].rgb)
        if place.attempt == attempt or attempt in self._undrawable:
            return
        self._under_way = attempt
        self._app.run_worker(self._draw(place, attempt), name="draw")

    async def _draw(self, place: OwnFace, attempt: _Attempt) -> None:
        wanted = PhotoWanted(space=attempt.space, jpeg=attempt.jpeg, background=attempt.background)
        try:
            drawn = await self._drawing.draw(wanted)
        except Fault as fault:
            # the banner says who she is without it
            log.warning("face_not_drawn", reason=fault.reason)
            self._undrawable.add(attempt)
            return
        finally:
            self._under_way = None
        if (attempt.of, attempt.jpeg) != (self._turn, self._jpeg):
            return
        place.attempt = attempt
        place.styles.width, place.styles.height = attempt.space.columns, attempt.space.rows
        place.display = True
        place.put(drawn)
        banner = self._app.screen.query_one(Banner)
        if isinstance(place, BannerFace) and banner.picture(shown=True):
            self._app.page_moved()
