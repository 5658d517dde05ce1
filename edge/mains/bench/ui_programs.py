"""Programs for a Python of their own: what the bedside screen is measured against, how it is measured within, what burdens it."""

from __future__ import annotations

from typing import Final

PAGES: Final = """
from textual.app import App
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Static

class Bare(App):
    def compose(self):
        with ContentSwitcher(initial="p1"):
            for page in (1, 2):
                with Vertical(id=f"p{page}"):
                    for label in range(6):
                        yield Static(f"page {page} label {label}\\n" + "x" * 100 * page)

    def on_click(self):
        switcher = self.query_one(ContentSwitcher)
        switcher.current = "p2" if switcher.current == "p1" else "p1"

Bare().run()
"""

SPARKLINE: Final = """
import math
from textual.app import App
from textual.widgets import Sparkline

class Bare(App):
    at = 0

    def compose(self):
        yield Sparkline([0.0])

    def on_mount(self):
        self.query_one(Sparkline).styles.height = 20
        self.set_interval(0.05, self.draw)

    def draw(self):
        self.at += 12
        self.query_one(Sparkline).data = [math.sin(step / 9) for step in range(self.at, self.at + 2500)]

Bare().run()
"""

QUICK: Final = """
import pathlib, sys, time
from ui.bedside.app import BedsideApp

# its clock runs twenty times as fast, so that as many taps are no second finger
BedsideApp(pathlib.Path(sys.argv[1]), demo=True, clock=lambda: 20 * time.monotonic()).run()
"""

PROBED: Final = """
import asyncio, json, pathlib, sys, time
from ui.bedside.running import run

late = []

async def look():
    while True:
        due = time.perf_counter() + 0.005
        await asyncio.sleep(0.005)
        late.append(1e3 * (time.perf_counter() - due))

async def main():
    looking = asyncio.create_task(look())
    await run(pathlib.Path(sys.argv[1]), demo=True)
    looking.cancel()
    pathlib.Path(sys.argv[2]).write_text(json.dumps(late))

asyncio.run(main())
"""

SAVING: Final = """
import contextlib, pathlib, sys, time
from edge.mains.bench.store_scene import new_store, reading

store, encounter = new_store(pathlib.Path(sys.argv[1]))
with contextlib.closing(store.database):
    while True:
        store.journal.save(reading(), encounter)
        time.sleep(0.05)
"""
