"""The picture of whoever is to be confirmed: asked of the cart for her, drawn by the worker, gone with her card (H1)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import structlog

from edge.domain.fault import Fault
from edge.door import messages as m
from ui.bedside.graphics import Graphics, cell_now
from ui.bedside.screens.residents import ConfirmPage
from ui.bedside.views import Page
from ui.bedside.widgets.face import Face
from ui.drawing.hand import DrawingHand
from ui.drawing.messages import PhotoWanted, Space

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

LARGE, SMALL = 10, 6
"""Rows, each two columns broad. Small is as high as the words beside it; higher only where the answers below stay on the page."""

NO_PIXEL_MM: Final = 1.0
"""A face has no scale."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Attempt:
    """Of the ``number``-th question: what comes of an earlier one is nobody's."""

    number: int
    space: Space
    background: tuple[int, int, int]


class FaceHand:
    """``look`` is called often and does what is to be done: it never waits."""

    def __init__(self, app: BedsideApp, pictures: Graphics, drawing: DrawingHand) -> None:
        self._app = app
        self._pictures = pictures
        self._drawing = drawing
        self._whose = ""
        self._asked = 0
        self._jpeg = b""
        self._attempt: _Attempt | None = None
        self._rows = LARGE

    def heard(self, said: m.Face) -> None:
        """Only of who is to be confirmed now: what was asked for the one before is left out (H1)."""
        if said.patient_id != self._whose:
            log.info("face_of_another")
            return
        self._jpeg, self._attempt = said.jpeg, None
        self.look()

    def forget(self) -> None:
        """Nobody's picture stands there, and none is kept."""
        self._whose, self._jpeg, self._attempt, self._rows = "", b"", None, LARGE
        for place in self._app.screen.query(Face):
            place.put(None)
            place.display = False

    def look(self) -> None:
        if self._pictures.way is None:
            return
        app = self._app
        whose = app.candidate if app.page is Page.CONFIRM and not app.view.lock.locked else ""
        if whose != self._whose:
            self.forget()
            self._whose = whose
            if whose:
                self._asked += 1
                app.run_worker(self._ask(whose), name="face")
        if self._whose and self._jpeg:
            self._settle()

    async def _ask(self, whose: str) -> None:
        try:
            await self._app.told(m.ShowFace(patient_id=whose))
        except Fault as fault:
            log.info("face_refused", reason=fault.reason)

    def _settle(self) -> None:
        place = self._app.screen.query_one(Face)
        if not self._app.screen.query_one("#it-is").region:
            # not laid out yet
            return
        while self._rows > SMALL and not self._fits(place, self._rows):
            # and it stays so: beside a smaller one the words may need fewer rows
            self._rows -= 1
        attempt = _Attempt(self._asked, self._space(), place.background_colors[1].rgb)
        if attempt != self._attempt:
            self._attempt = attempt
            self._app.run_worker(self._draw(attempt, self._jpeg), name="draw")

    def _fits(self, place: Face, rows: int) -> bool:
        """Whether both answers are still seen whole below a picture of ``rows``."""
        page = self._app.frame.page(ConfirmPage)
        words = self._app.screen.query_one("#candidate-words").region.height
        now = max(place.region.height - words, 0) if place.display else 0
        bottom = self._app.screen.query_one("#it-is").region.bottom + page.scroll_offset.y - now
        return bottom + max(rows - words, 0) <= page.region.bottom

    def _space(self) -> Space:
        assert self._pictures.way is not None
        width, height = cell_now(self._pictures)
        return Space(
            way=self._pictures.way,
            columns=2 * self._rows,
            rows=self._rows,
            cell_width=width,
            cell_height=height,
            pixel_mm=NO_PIXEL_MM,
        )

    async def _draw(self, attempt: _Attempt, jpeg: bytes) -> None:
        wanted = PhotoWanted(space=attempt.space, jpeg=jpeg, background=attempt.background)
        try:
            drawn = await self._drawing.draw(wanted)
        except Fault as fault:
            # the card says who she is without it
            log.warning("face_not_drawn", reason=fault.reason)
            return
        if attempt != self._attempt:
            return
        place = self._app.screen.query_one(Face)
        place.styles.width, place.styles.height = attempt.space.columns, attempt.space.rows
        if not place.display:
            place.display = True
            self._app.page_moved()
        place.put(drawn)
