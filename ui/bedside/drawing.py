"""``python -m ui.bedside.drawing DIRECTORY [all]``: pictures of the bedside screen with invented residents, as SVG.

The screen runs as it does on a cart, and is told what to show through a door. Without ``all``: each scene once, in French by
night on a display of 106 x 33 cells, and a few in another look; these are kept in docs/pictures. With it: each scene in both
languages and themes on displays of three sizes.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import itertools
import multiprocessing
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from edge.door import messages as m
from edge.door.client import frame, read_message
from ui.bedside.app import BedsideApp
from ui.bedside.locales import LANGUAGES
from ui.bedside.messages import Tapped
from ui.bedside.picture import LIVE, SCENES, ZONE
from ui.bedside.themes import NIGHT, THEMES
from ui.bedside.widgets.monitor import Monitor

SETTLED_SECONDS = 30.0
SIZES = ((80, 24), (106, 33), (120, 32))


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """``size``: columns and rows of the display."""

    language: str = "fr"
    theme: str = NIGHT.name
    size: tuple[int, int] = (106, 33)

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size[0]}x{self.size[1]}"


USUAL = Look()
DAY = next(theme.name for theme in THEMES if theme is not NIGHT)
FEW = (
    ("residents", Look(language="en")),
    ("home", Look(language="en", theme=DAY)),
    ("vitals", Look(theme=DAY)),
    ("vitals", Look(size=(80, 24))),
    ("vitals", Look(language="en", size=(120, 32))),
    ("photo", Look(theme=DAY)),
)
"""Scenes that are kept in a look that is not USUAL."""


def kept() -> Mapping[str, tuple[str, Look]]:
    """Scene and look of each picture that is kept, by its file's name."""
    usual = {f"bedside-{scene}.svg": (scene, USUAL) for scene in SCENES}
    return usual | {f"bedside-{scene}-{look}.svg": (scene, look) for scene, look in FEW}


def every() -> Mapping[str, tuple[str, Look]]:
    """The same of every picture that can be drawn."""
    looks = [Look(*one) for one in itertools.product(LANGUAGES, (theme.name for theme in THEMES), SIZES)]
    return {f"bedside-{scene}-{look}.svg": (scene, look) for scene in SCENES for look in looks}


_STEADY_LOOKS = 3
"""So often a running signal has to stand there before the picture is taken: a page that is laid out anew begins it again."""


class _Clock:
    """Seconds that pass only between two taps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def svg(scene: str, look: Look = USUAL) -> str:
    """One picture of the screen in a scene of SCENES."""
    snapshot, acts = SCENES[scene]
    live = LIVE.get(scene)
    left = asyncio.Event()
    done = asyncio.Event()

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_message(reader)
        writer.write(frame(m.encode(snapshot)))
        await done.wait()
        if live is not None:
            writer.write(frame(m.encode(live)))
        await reader.read()
        writer.close()
        left.set()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "door.sock"
        server = await asyncio.start_unix_server(door, path)
        clock = _Clock()
        app = BedsideApp(path, language=look.language, theme=look.theme, clock=clock, zone=ZONE)
        async with server, app.run_test(size=look.size) as pilot:
            async with asyncio.timeout(SETTLED_SECONDS):
                while not (app.view.started and app.complete):
                    await pilot.pause(0.01)
            for act in acts:
                clock.seconds += 1.0
                app.post_message(Tapped(act))
                await pilot.pause()
            done.set()
            async with asyncio.timeout(SETTLED_SECONDS):
                looks = 0 if live is not None else _STEADY_LOOKS
                while looks < _STEADY_LOOKS:
                    await pilot.pause(0.05)
                    drawn = [not one.is_new for one in app.screen.query(Monitor)]
                    looks = looks + 1 if drawn and all(drawn) else 0
            await pilot.pause()
            picture = bare(app.export_screenshot(), look.theme)
        await asyncio.wait_for(left.wait(), SETTLED_SECONDS)
        return picture


HALF_BLOCKS = re.compile(
    r'<text class="(\S+)" x="([\d.]+)" y="([\d.]+)"[^>]*>((?:[▀▄]|&#160;)*[▀▄](?:[▀▄]|&#160;)*)</text>'
)
CELL, ROW, ASCENT, TOP = 12.2, 24.4, 20.0, 1.5
"""Rich's picture in pixels: a cell's width and height, the baseline below its top, and where its first row begins."""


def _rectangles(text: re.Match[str]) -> str:
    """Half blocks as rectangles, so that no font leaves seams in the big digits."""
    style, left, top = text[1], float(text[2]), float(text[3]) - ASCENT + TOP
    return "".join(
        f'<rect class="{style}" x="{left + column * CELL:.1f}" y="{top + (ROW / 2 if block == "▄" else 0):.2f}" '
        f'width="{CELL}" height="{ROW / 2:.2f}" shape-rendering="crispEdges"/>'
        for column, block in enumerate(text[4].replace("&#160;", " "))
        if block != " "
    )


def bare(picture: str, theme: str) -> str:
    """The picture without the window that is drawn around it and without fonts from the internet."""
    background = next(one.background for one in THEMES if one.name == theme)
    picture = re.sub(r"<!--.*?-->\s*", "", picture)
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = picture.replace("Fira Code", "'DejaVu Sans Mono', 'Liberation Mono', Menlo")
    picture = picture.replace('fill="#292929"', f'fill="{background}"')
    picture = re.sub(
        r'<text class="[^"]*-title".*?</text>|<g transform="translate\(26,22\)">.*?</g>', "", picture, flags=re.DOTALL
    )
    picture = re.sub(HALF_BLOCKS, _rectangles, picture)
    size = re.search(r'-clip-terminal">\s*<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"', picture)
    corner = re.search(r'<g transform="translate\(([\d.]+), ([\d.]+)\)" clip-path', picture)
    if size is None or corner is None:
        raise ValueError("Rich draws its pictures differently now")
    return re.sub(r'viewBox="[^"]*"', f'viewBox="{corner[1]} {corner[2]} {size[1]} {size[2]}"', picture, count=1)


def _draw(path: Path, scene: str, look: Look) -> None:
    path.write_text(asyncio.run(svg(scene, look)), encoding="utf-8")


def draw(folder: Path, pictures: Mapping[str, tuple[str, Look]]) -> None:
    """``pictures`` in ``folder``, and no other of the bedside screen: what is there of scenes that are no more goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("bedside-*.svg"):
        if old.name not in pictures:
            old.unlink()
    new = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(mp_context=new) as processes:
        drawn = [processes.submit(_draw, folder / name, scene, look) for name, (scene, look) in pictures.items()]
        for one in drawn:
            one.result()


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3} or sys.argv[2:] not in ([], ["all"]):
        sys.exit("usage: python -m ui.bedside.drawing DIRECTORY [all]")
    draw(Path(sys.argv[1]), every() if sys.argv[2:] else kept())
