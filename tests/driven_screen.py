"""``python -m tests.driven_screen DOOR SOCKET``: the bedside screen on this terminal, with a finger at a socket.

Each line that comes there is the name of a tap (TAPS); the answer is a line of JSON: where things are, in cells and pixels.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import struct
import sys
import termios
from pathlib import Path

from edge.domain.body_site import BodySite, Side
from ui.bedside import pane
from ui.bedside.app import BedsideApp
from ui.bedside.messages import Act, ChooseZone, Go
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner
from ui.bedside.window_acts import FillScreen, Guide, LayOver, ShowShots
from ui.bedside.zones import Zone

TAPS: dict[str, Act] = {
    "photo": Go(Page.PHOTO),
    "home": Go(Page.HOME),
    "call": Go(Page.CALL),
    "heel": ChooseZone(Zone(BodySite.HEEL, Side.LEFT)),
    "shots": ShowShots(True),
    "live": ShowShots(False),
    "guide": Guide(),
    "over": LayOver(),
    "large": FillScreen(True),
    "small": FillScreen(False),
}


def _where(app: BedsideApp) -> dict[str, object]:
    rows, columns, width, height = struct.unpack("4H", fcntl.ioctl(sys.__stdin__ or 0, termios.TIOCGWINSZ, bytes(8)))
    screen = app.screen
    return {
        "columns": columns,
        "rows": rows,
        "width": width,
        "height": height,
        "page": app.page.value,
        "resident": app.view.resident.name if app.view.resident else "",
        "phase": app.view.call.phase.value,
        "camera": app.view.window.camera,
        "specialist": app.view.window.specialist,
        "overlay": app.view.window.overlay,
        "remark": app.view.window.remark,
        "possible": app.view.window.possible,
        "banner": tuple(screen.query_one(Banner).region),
        "bar": tuple(screen.query_one("#way-back" if screen.query_one("#way-back").display else "#bar").region),
        "small": tuple(pane.cells(pane.SMALL, app.size)),
        "large": tuple(pane.cells(pane.LARGE, app.size)),
    }


async def main(door: Path, socket: Path) -> None:
    app = BedsideApp(door)

    async def finger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name = line.decode().strip()
            if name:
                app.call_later(app._acting.do, TAPS[name])
            answered = asyncio.get_running_loop().create_future()
            app.call_later(lambda done=answered: done.cancelled() or done.set_result(None))
            await answered
            writer.write(json.dumps(_where(app)).encode() + b"\n")

    async def open_when_drawn() -> None:
        while not (app.view.started and app.complete):
            await asyncio.sleep(0.05)
        await asyncio.start_unix_server(finger, socket)

    opening = asyncio.create_task(open_when_drawn())
    try:
        await app.run_async()
    finally:
        opening.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
