"""A door that a test scripts for the real media process, and that process as a child."""

from __future__ import annotations

import asyncio
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np

from edge.door import messages as m
from edge.door.client import frame, read_message
from firmware_stubs.video_source import write

PATIENCE = 30.0
"""Seconds after which something that never comes is a failure."""

CALL_ID = "0190-call"

RESIDENT = m.ResidentCard(
    id="IPP-9",
    birth_name="ESSAI",
    given_names="Odile",
    used_name=None,
    birth_date="1940-02-29",
    sex="F",
    room="7",
    identity_status="validee",
    allergies=None,
)

PRESSURE = m.ItemCard(
    item_id="item-bp",
    kind="blood_pressure",
    device="Tensiomètre",
    model="cuff",
    taken="2026-11-22T08:00:00+00:00",
    age_seconds=42.0,
    values=(
        m.Value(name="systolic", value="124", unit="mm[Hg]"),
        m.Value(name="diastolic", value="76", unit="mm[Hg]"),
        m.Value(name="pulse_rate", value="71", unit="/min"),
    ),
    state="sent",
)

OXYGEN = m.ItemCard(
    item_id="item-spo2",
    kind="spo2",
    device="Oxymètre",
    model="oximeter",
    taken="2026-11-22T08:01:00+00:00",
    age_seconds=5.0,
    values=(m.Value(name="spo2", value="96", unit="%"), m.Value(name="pulse_rate", value="70", unit="/min")),
    quality=("low_perfusion",),
    state="received",
)


class MediaDoor:
    """Edge as media sees it. A call moves as media says, but for what a test decides with ``say``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.heard: list[m.Command] = []
        self.call = m.CallCard()
        self.items: tuple[m.ItemCard, ...] = (PRESSURE,)
        self._changed = asyncio.Condition()
        self._writer: asyncio.StreamWriter | None = None
        self._left = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> MediaDoor:
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=2 * m.MAXIMUM)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.close()
            async with asyncio.timeout(PATIENCE):
                await self._left.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = m.decode_command(await read_message(reader))
        assert hello == m.Hello(id=0, role=m.MEDIA)
        self._writer = writer
        self._publish()
        async with self._changed:
            self._changed.notify_all()
        try:
            while True:
                await self._hear(m.decode_command(await read_message(reader)), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._left.set()

    async def _hear(self, command: m.AnyCommand, writer: asyncio.StreamWriter) -> None:
        assert type(command) in m.ALLOWED[m.MEDIA]
        writer.write(frame(m.encode(m.Done(id=command.id))))
        if isinstance(command, m.CallProgress):
            self._follow(command)
        async with self._changed:
            self.heard.append(command)
            self._changed.notify_all()

    def _follow(self, said: m.CallProgress) -> None:
        if said.call_id == self.call.call_id and self.call.state not in {"none", "ended"}:
            self.call = msgspec.structs.replace(
                self.call, state=said.state, address=said.address, pin=said.pin, visitor=said.visitor
            )
            self._publish()

    def _publish(self) -> None:
        open_call = self.call.state in {"admitted", "connected"}
        self._say(
            m.Snapshot(
                cart="Borne d'essai",
                demo=True,
                clock="2026-11-22T08:02:00+00:00",
                resident=RESIDENT if open_call else None,
                items=self.items if open_call else (),
                call=self.call,
            )
        )

    def _say(self, said: m.Said) -> None:
        assert self._writer is not None
        self._writer.write(frame(m.encode(said)))

    async def at_the_door(self) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self._writer is not None)

    def move(self, state: str) -> None:
        """What edge decides: requested, admitted, ended."""
        self.call = msgspec.structs.replace(self.call, call_id=CALL_ID, state=state)
        self._publish()

    def save(self, *items: m.ItemCard) -> None:
        self.items = items
        self._publish()

    def trace(self, values: tuple[float, ...], label: str = "II", lost: int = 0, signal: str = "ecg") -> None:
        """The next stretch of a running signal at 250 Hz."""
        self._say(m.LiveTrace(device="ECG", signal=signal, label=label, hertz=250.0, values=values, lost=lost))

    def want_still(self, request_id: str, view: str = "close_up") -> None:
        self._say(m.StillWanted(request_id=request_id, view=view))

    def want_sound(self, request_id: str, source: str, seconds: float) -> None:
        self._say(m.SoundWanted(request_id=request_id, source=source, seconds=seconds))

    def close(self) -> None:
        """As when edge dies."""
        assert self._writer is not None
        self._writer.close()

    async def until(self, seen: Callable[[m.Command], bool]) -> m.Command:
        """The first command, past or to come, for which ``seen`` is true."""

        def found() -> m.Command | None:
            return next((one for one in self.heard if seen(one)), None)

        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        command = found()
        assert command is not None
        return command

    async def progress(self, state: str) -> m.CallProgress:
        said = await self.until(lambda one: isinstance(one, m.CallProgress) and one.state == state)
        assert isinstance(said, m.CallProgress)
        return said


def tone(path: Path) -> Path:
    """One second of 440 Hz as a WAV file."""
    samples = (8000 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


@asynccontextmanager
async def media_process(folder: Path, call: str = "") -> AsyncIterator[tuple[asyncio.subprocess.Process, MediaDoor]]:
    """`telecart media` on a video file and a tone, at a scripted door; ``call`` is what stands below [call]."""
    camera = write(folder / "camera.avi", seconds=4)
    microphone = tone(folder / "microphone.wav")
    settings = folder / "telecart.toml"
    settings.write_text(
        f'demo = true\ndata = "{folder}"\n[cameras]\nroom = "{camera}"\n[sound]\nmicrophone = "{microphone}"\n[call]\n{call}'
    )
    async with MediaDoor(folder / "door.sock") as door:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge.cli", "--config", str(settings), "media", stdin=asyncio.subprocess.DEVNULL
        )
        try:
            await door.at_the_door()
            yield process, door
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(PATIENCE):
                await process.wait()


def holds(pid: int, file: Path) -> bool:
    """Whether the process has ``file`` open."""
    held = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            held.append(descriptor.readlink())
        except FileNotFoundError:
            continue
    return file in held


async def eventually(true: Callable[[], bool], within: float) -> None:
    """Asks again and again, for at most ``within`` seconds: the kernel tells nobody when a file is closed."""
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.02)
