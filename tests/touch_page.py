"""The bedside screen in headless Chromium, and a finger on its glass (Chrome DevTools Protocol)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests import needs
from tests.screens.door import PATIENCE
from tests.terminal_grid import Grid
from ui.bedside.app import DEBOUNCE_SECONDS

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page, WebSocket

BROWSER = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GLASS = (1280, 800)
"""Pixels of the cart's 10.1" display."""

CELLS = (106, 33)


class Glass:
    """Eyes and one finger: what stands on the page's terminal, taps and swipes at cells of it."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page = page
        self.grid = Grid(*CELLS)
        self.requested: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.failed: list[str] = []
        self._cdp = cdp
        self._came = asyncio.Event()
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.failed.append(str(error)))
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.requested.append(socket.url)
        socket.on("framereceived", self._written)
        socket.on("framesent", self._asked)

    def _written(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            self.grid.feed(data.decode())
        self._came.set()

    def _asked(self, data: bytes | str) -> None:
        if isinstance(data, str) and (found := re.match(r'\["resize",\{"width":(\d+),"height":(\d+)\}', data)):
            self.sizes.append((int(found[1]), int(found[2])))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self._came.clear()
                await self._came.wait()

    async def shows(self, *texts: str) -> None:
        try:
            await self.until(lambda: all(any(text in row for row in self.grid.rows) for text in texts))
        except TimeoutError:
            raise AssertionError(f"{texts} never came:\n" + "\n".join(self.grid.rows)) from None

    def at(self, column: float, row: float) -> tuple[float, float]:
        """The pixel in the middle of a cell."""
        return (column + 0.5) * GLASS[0] / CELLS[0], (row + 0.5) * 24

    async def tap(self, text: str, times: int = 1) -> None:
        """On the middle of ``text``; later than the last tap by as long as a person needs for the next."""
        await asyncio.sleep(DEBOUNCE_SECONDS + 0.1)
        x, y = self.at(*self.grid.find(text))
        for _ in range(times):
            await self._touch("touchStart", (x, y))
            await self._touch("touchEnd")

    async def swipe(self, column: int, row: int, rows: int, steps: int = 12) -> None:
        """From a cell by ``rows`` (up where negative), as a finger: in small steps."""
        x, y = self.at(column, row)
        await self._touch("touchStart", (x, y))
        for step in range(1, steps + 1):
            await self._touch("touchMove", (x, y + rows * 24 * step / steps))
        await self._touch("touchEnd")

    async def _touch(self, kind: str, *points: tuple[float, float]) -> None:
        await self._cdp.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )


@asynccontextmanager
async def glass(folder: Path, address: str) -> AsyncIterator[Glass]:
    """The page at ``address`` on a touch display of GLASS pixels."""
    from playwright.async_api import async_playwright

    chromium = needs.program("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=chromium,
            args=BROWSER,
            viewport={"width": GLASS[0], "height": GLASS[1]},
            has_touch=True,
        )
        page = await browser.new_page()
        shown = Glass(page, await browser.new_cdp_session(page))
        try:
            await page.goto(address)
            yield shown
        finally:
            await browser.close()
