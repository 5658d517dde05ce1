"""A small door that a test scripts: the real socket and messages of edge, with a cart made of one snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from edge.door import messages as m
from edge.door.client import frame, read_message
from ui.bedside.app import BedsideApp
from ui.bedside.picture import JEANNE, RESIDENTS, SAMPLE, ZONE

PATIENCE = 20.0
"""Seconds after which something that never comes is a failure."""

TURNS_AT_REST = 5
"""Turns of the event loop without anything to do, after which it waits for a timer: an answer of the door takes one."""

NOBODY = msgspec.structs.replace(SAMPLE, resident=None, items=(), live=(), trace=None)
BESIDE_JEANNE = SAMPLE


class ScriptedDoor:
    """Says ``snapshot`` to whoever comes in, answers every command with Done unless ``refusal`` says otherwise."""

    def __init__(self, path: Path, snapshot: m.Snapshot) -> None:
        self.path = path
        self.snapshot = snapshot
        self.heard: list[m.Command] = []
        self.refusal: m.Refused | None = None
        self.silent = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def close(self) -> None:
        """As when edge is killed."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.close()
            while self._writers:
                await asyncio.sleep(0)
            await self._server.wait_closed()
            self._server = None
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            hello = m.decode_command(await read_message(reader))
            assert hello == m.Hello(id=0, role=m.UI)
            writer.write(frame(m.encode(self.snapshot)))
            while True:
                command = m.decode_command(await read_message(reader))
                assert type(command) in m.ALLOWED[m.UI]
                self.heard.append(msgspec.structs.replace(command, id=0))
                if self.silent:
                    continue
                if self.refusal is not None:
                    writer.write(frame(m.encode(msgspec.structs.replace(self.refusal, id=command.id))))
                    continue
                if isinstance(command, m.SelectResident):
                    chosen = next(one for one in RESIDENTS if one.id == command.patient_id)
                    self.snapshot = msgspec.structs.replace(self.snapshot, resident=chosen)
                elif isinstance(command, m.ReleaseResident | m.FinishRound):
                    self.snapshot = NOBODY
                writer.write(frame(m.encode(m.Done(id=command.id))))
                writer.write(frame(m.encode(self.snapshot)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def say(self, snapshot: m.Snapshot) -> None:
        self.snapshot = snapshot
        self.say_bytes(m.encode(snapshot))

    def say_bytes(self, message: bytes) -> None:
        for writer in self._writers:
            writer.write(frame(message))


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def at_rest() -> None:
    """Until nothing in this event loop can go on but what waits for a timer: the door is in it too."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    still = 0
    while still < TURNS_AT_REST:
        # what another task made ready, and what a socket holds, stands in the queue after this turn
        await asyncio.sleep(0)
        still = 0 if ready else still + 1


class Finger(Pilot[None]):
    """Textual's, but it waits for what is under way instead of asking each widget and then for an idle processor."""

    async def pause(self, delay: float | None = None) -> None:
        assert delay is None
        await at_rest()
        self.app.screen._on_timer_update()
        await at_rest()


class Bedside:
    """The screen in a test: fingers, eyes and the door behind it."""

    def __init__(self, app: BedsideApp, pilot: Finger, door: ScriptedDoor, clock: Clock) -> None:
        self.app = app
        self.pilot = pilot
        self.door = door
        self.clock = clock

    async def tap(self, selector: str) -> None:
        """One tap, a second after the last one."""
        self.clock.seconds += 1.0
        assert await self.pilot.click(selector), f"{selector} is covered or outside the display"
        await self.pilot.pause()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.pilot.pause()
            while not true():
                # a timer of the screen is waited for
                await asyncio.sleep(0.01)
                await self.pilot.pause()

    async def says(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.seen() for text in texts))

    def rows(self) -> list[str]:
        """What stands on the display now, row by row."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        rows = ["".join(segment.text for segment in strip) for strip in strips]
        assert len(rows) == height
        return [row[:width] for row in rows]

    def seen(self) -> str:
        return "\n".join(self.rows())


@asynccontextmanager
async def bedside(
    path: Path, snapshot: m.Snapshot = BESIDE_JEANNE, size: tuple[int, int] = (106, 33), language: str = "fr"
) -> AsyncIterator[Bedside]:
    """The screen at the door, its first snapshot shown."""
    door = ScriptedDoor(path / "door.sock", snapshot)
    clock = Clock()
    app = BedsideApp(door.path, language=language, clock=clock, zone=ZONE)
    await door.open()
    try:
        async with app.run_test(size=size):
            screen = Bedside(app, Finger(app), door, clock)
            await screen.until(lambda: app.view.started and app.complete)
            yield screen
    finally:
        await door.close()


__all__ = ["BESIDE_JEANNE", "JEANNE", "NOBODY", "RESIDENTS", "Bedside", "Clock", "Finger", "ScriptedDoor", "bedside"]
