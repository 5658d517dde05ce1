"""The bedside screen for a browser on this machine: textual-serve behind a page of our own.

Loopback only. The address holds a key of 128 bits and is told only to whoever started it: another user of the machine, and a
page from elsewhere in the same browser, do not know it. Nothing of the page comes from another place.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shlex
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import textual_serve
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

HOST = "127.0.0.1"
OURS = Path(__file__).parent
THEIRS = Path(textual_serve.__file__).parent / "static"

FILES = {
    "page.css": (OURS / "page.css", "text/css"),
    "page.js": (OURS / "page.js", "text/javascript"),
    "xterm.css": (THEIRS / "css" / "xterm.css", "text/css"),
    "textual.js": (THEIRS / "js" / "textual.js", "text/javascript"),
    "mono.ttf": (THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}

HEARTBEAT_SECONDS = 15.0
END_SECONDS = 5.0

SCREENS_AT_ONCE = 4
"""Each is a process of its own."""

WORDS = {
    "fr": {"starting": "L'écran démarre…", "ended": "L'écran est fermé.", "again": "ROUVRIR"},
    "en": {"starting": "The screen is starting…", "ended": "The screen is closed.", "again": "OPEN AGAIN"},
}

HEADERS = {
    # xterm puts its own rules into the page
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "clipboard-read=(), clipboard-write=(), camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Screen(AppService):
    """One screen's process. It may end its page, and neither open another nor hand out a file."""

    async def on_meta(self, data: bytes) -> None:
        if json.loads(data)["type"] == "exit":
            await self.remote_close()

    async def on_data(self, payload: bytes) -> None:
        # what it still writes to a page that is gone is read all the same: a full pipe would hold it up
        with contextlib.suppress(ConnectionError, RuntimeError):
            await super().on_data(payload)

    async def end(self) -> None:
        """Tells it to end, and it has ended."""
        process, reading = self._process, self._task
        if process is None or reading is None:
            return
        await self.send_meta({"type": "quit"})
        await asyncio.wait({reading}, timeout=END_SECONDS)
        if process.returncode is None and not reading.done():
            process.kill()
        await asyncio.wait({reading})
        await process.wait()


class ScreenServer(Server):
    """Starts ``command`` for each browser that comes, at most SCREENS_AT_ONCE. ``language``: of WORDS."""

    def __init__(self, command: Sequence[str], language: str) -> None:
        super().__init__(f"exec {shlex.join(command)}", host=HOST)
        self._key = secrets.token_urlsafe(16)
        self._language = language
        self._screens: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Future[None]] = set()

    @contextlib.asynccontextmanager
    async def opened(self, port: int = 0) -> AsyncIterator[str]:
        """The address of the page while it can be reached. Raises OSError where ``port`` is taken; 0 is any free one."""
        # bound here so that the address is known before the first request
        bound = socket.create_server((HOST, port))
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=1.0)
        try:
            await runner.setup()
            await web.SockSite(runner, bound).start()
            yield f"http://{HOST}:{bound.getsockname()[1]}/{self._key}/"
        finally:
            await runner.cleanup()
            bound.close()

    async def _make_app(self) -> web.Application:
        app = web.Application()
        at = f"/{self._key}"
        app.add_routes(
            [web.get(f"{at}/", self._page), web.get(f"{at}/ws", self.handle_websocket)]
            + [web.get(f"{at}/{name}", self._file) for name in FILES]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def _page(self, _request: web.Request) -> web.Response:
        page = Template((OURS / "index.html").read_text(encoding="utf-8"))
        text = page.substitute(WORDS[self._language], language=self._language)
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _file(self, request: web.Request) -> web.FileResponse:
        path, kind = FILES[request.path.rsplit("/", 1)[1]]
        return web.FileResponse(path, headers={**HEADERS, "Content-Type": kind})

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A screen of its own for our page, and for no page from elsewhere."""
        origin = urlsplit(request.headers.get("Origin", ""))
        if origin.netloc != request.host or origin.hostname not in {HOST, "localhost"}:
            raise web.HTTPForbidden(text="this page is not the screen's own")
        if len(self._screens) >= SCREENS_AT_ONCE:
            raise web.HTTPServiceUnavailable(text=f"{SCREENS_AT_ONCE} screens are open already: close one")
        task = asyncio.current_task()
        assert task is not None
        self._screens.add(task)
        try:
            return await self._show(request)
        finally:
            self._screens.discard(task)

    async def _show(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
        await websocket.prepare(request)

        async def close() -> None:
            await websocket.close()

        screen = Screen(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await screen.start(to_int(request.query.get("width", ""), 106), to_int(request.query.get("height", ""), 33))
            await self._process_messages(websocket, screen)
        except asyncio.CancelledError:
            await close()
        finally:
            # also where the server ends meanwhile: it waits for what is ending
            ending = asyncio.ensure_future(screen.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            await asyncio.shield(ending)
        return websocket

    async def on_shutdown(self, _app: web.Application) -> None:
        """Every screen is told to end, and has ended."""
        screens = list(self._screens)
        for screen in screens:
            screen.cancel()
        await asyncio.gather(*screens, return_exceptions=True)
        await asyncio.gather(*self._ending, return_exceptions=True)
