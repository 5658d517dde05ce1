"""`telecart update`: what the region offers to this cart, brought in and switched to while nobody is served."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import importlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.in_use import Interlock
from edge.settings import Badge, Settings
from edge.store.disk.keys import read_key
from edge.store.file.database import RELEASE, for_reading
from edge.store.leaving.backup import facts
from sync.update import fetching, switching
from sync.update.client import Repository
from sync.update.fetching import Line
from sync.update.manifest import Offer, Release
from sync.update.shelf import Shelf
from sync.update.switching import Outcome, Switch, Told, Tried

UNITS: Final = ("telecart-edge", "telecart-sync", "telecart-media", "telecart-ui")
TARGET: Final = "telecart.target"
_UP: Final = "active "
_PROCESSES: Final = ("edge", "sync", "media", "ui")
_SELF_TEST_SECONDS: Final = 600.0
_RESTART_SECONDS: Final = 120.0
_DOOR_SECONDS: Final = 60.0

Progress = Callable[[str], None]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """For people and scripts. ``bad``: release and why."""

    running: str
    back: str
    trial: str
    installed: tuple[str, ...]
    bad: dict[str, str]
    floor: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """``offer`` None: nothing is offered. ``release`` is its manifest."""

    offer: Offer | None
    release: Release | None


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def cart_id(settings: Settings, machine_id: Path = Path("/etc/machine-id")) -> str:
    """What the region calls this cart; else a name out of the machine's, which itself is not given away (machine-id(5))."""
    if settings.update.id:
        return settings.update.id
    try:
        machine = machine_id.read_text(encoding="ascii").strip()
    except OSError as exc:
        raise Fault(Reason.SETTINGS, "the machine has no id", "give the cart one: id in [update]") from exc
    return hashlib.sha256(f"telecart:{machine}".encode()).hexdigest()[:16]


class Updates:
    """Everything but the switch is done while the cart works. Raises Fault."""

    def __init__(self, settings: Settings, units: switching.Units, come_from: str = "") -> None:
        self._settings = settings
        self._shelf = Shelf(settings.update.folder)
        self._switch = Switch(self._shelf, units, Interlock(settings.data), now)
        self._from = come_from or settings.update.repository

    def status(self) -> Status:
        state = self._shelf.state()
        return Status(
            running=self._shelf.running(),
            back=state.back,
            trial=state.trial,
            installed=tuple(self._shelf.installed()),
            bad={one.release: one.why for one in state.bad},
            floor=state.floor,
        )

    def check(self) -> Found:
        with self._line() as line, self._shelf.alone():
            return self._found(line)

    def apply(self, say: Progress, *, again: bool = False) -> Told:
        """``again``: also a release that was bad once."""
        with self._shelf.alone():
            if (settled := self._switch.settle()) is not None:
                say(settled.what)
                if settled.outcome is Outcome.DEFERRED:
                    return settled
            with self._line() as line:
                found = self._found(line)
                if found.release is None:
                    return Told(Outcome.NOTHING, "nothing is offered to this cart")
                release = found.release
                if (why := self._shelf.state().why_bad(release.id)) and not again:
                    return Told(Outcome.NOTHING, f"{release.id} is not tried again: {why}")
                if release.id == self._shelf.running():
                    return Told(Outcome.NOTHING, f"{release.id} runs already")
                self._shelf.fetch(release, fetching.url_of(self._from), line)
                say(f"{release.id} is here, {line.received} bytes were fetched")
            self._shelf.install(release)
            told = self._switch.to(release, again=again)
            if told.outcome is Outcome.DONE:
                self._shelf.tidy({release.id, self._shelf.state().back})
            return told

    def settle(self) -> Told | None:
        with self._shelf.alone():
            return self._switch.settle()

    def back(self) -> Told:
        with self._shelf.alone():
            return self._switch.back()

    def _line(self) -> Line:
        if not self._from:
            raise Fault(Reason.SETTINGS, "the settings name no repository", "write [update] repository, or say --from")
        return Line(ca=self._settings.update.ca, proxy=self._settings.update.proxy)

    def _found(self, line: Line) -> Found:
        try:
            trust = self._settings.update.trust.read_bytes()
        except OSError as exc:
            raise Fault(
                Reason.SETTINGS, f"the first root of signatures cannot be read: {exc.strerror}", "bring it to the cart"
            ) from exc
        running = self._shelf.release(self._shelf.running()) if self._shelf.running() else None
        state = self._shelf.state()
        floor = max(state.floor, running.built) if running else state.floor
        repository = Repository(fetching.url_of(self._from), line, trust=trust, metadata=self._shelf.metadata)
        believed = repository.believe(now(), floor)
        self._shelf.note(msgspec.structs.replace(state, floor=believed.floor))
        offer = believed.rings.of(cart_id(self._settings)) if believed.rings else None
        if offer is None:
            return Found(None, None)
        switching.note_packages(self._shelf, offer)
        release = repository.release(offer.release, self._shelf.machine, self._shelf.python)
        switching.refuse_older(release, running)
        return Found(offer, release)


# --- what runs on the cart


class Systemd:
    """The units of ``telecart.target``. ``options`` of `telecart` are what a release that tries itself is given again."""

    def __init__(self, settings: Settings, options: Sequence[str] = ()) -> None:
        self._settings, self._options = settings, options
        self._expected = {UNITS[0]}
        """Units that have to stay up: edge, and those that were up before. A screen that is broken makes no release a bad one."""

    def tried(self, release: Path) -> Tried:
        self._expected |= {unit for unit, state in self._starts().items() if state.startswith(_UP)}
        found = _run([str(release / "bin/telecart"), *self._options, "update", "selftest"], _SELF_TEST_SECONDS)
        try:
            return Tried(int(json.loads(found)["min_reader"]))
        except (ValueError, KeyError, TypeError) as exc:
            raise Fault(Reason.UPDATE_REFUSED, "its test says nothing that can be read", "build it again") from exc

    def restarted(self) -> None:
        _run(["systemctl", "restart", TARGET], _RESTART_SECONDS)

    def healthy(self) -> None:
        """The door answers, and no unit was started again meanwhile."""
        before = self._starts()
        asyncio.run(answered(self._settings.door, self._settings.update.watched_seconds))
        after = self._starts()
        for unit in sorted(self._expected):
            if before[unit] != after[unit] or not after[unit].startswith(_UP):
                raise Fault(Reason.UPDATE_REFUSED, f"{unit} does not stay up", "read its log")

    @staticmethod
    def _starts() -> dict[str, str]:
        """By unit: its state, and how often it was started again."""
        found = {}
        for unit in UNITS:
            show = ["systemctl", "show", f"{unit}.service", "--property=ActiveState,NRestarts"]
            told = dict(line.split("=", 1) for line in _run(show, _RESTART_SECONDS).splitlines() if "=" in line)
            found[unit] = f"{told.get('ActiveState', '')} {told.get('NRestarts', '')}"
        return found


async def answered(door: Path, seconds: float) -> None:
    """Returns after the door has told somebody how things stand, and stayed open for ``seconds``. Raises Fault(UPDATE_REFUSED)."""
    told = asyncio.Event()

    async def listen(client: DoorClient) -> None:
        async for said in client.said():
            if isinstance(said, m.Snapshot):
                told.set()

    try:
        async with asyncio.timeout(_DOOR_SECONDS):
            await _until_open(door)
        async with DoorClient(door, m.UPDATE) as client, asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen(client))
            hearing = tasks.create_task(told.wait())
            await asyncio.wait({listening, hearing}, timeout=_DOOR_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            closed, _ = await asyncio.wait({listening}, timeout=seconds)
            listening.cancel()
    except TimeoutError as exc:
        raise Fault(Reason.UPDATE_REFUSED, "its door does not open", "read its log") from exc
    except Fault as fault:
        raise Fault(Reason.UPDATE_REFUSED, fault.what, fault.do) from fault
    if closed or not told.is_set():
        raise Fault(Reason.UPDATE_REFUSED, "nobody answers at its door, or not for long", "read its log")


async def _until_open(door: Path) -> None:
    while True:
        try:
            _, writer = await asyncio.open_unix_connection(door)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def _run(command: list[str], seconds: float) -> str:
    """What it says. Raises Fault with its last line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Fault(Reason.UPDATE_REFUSED, f"{Path(command[0]).name} does not end: {type(exc).__name__}") from exc
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Fault(Reason.UPDATE_REFUSED, f"{Path(command[0]).name} {command[-1]}: {last[:300]}", "read its log")
    return done.stdout


# --- a release that tries itself


def selftest(settings: Settings) -> dict[str, int]:
    """Everything of this release that can be tried beside a running one, on a copy of the store: it is migrated, edge opens its
    door on it, and somebody comes in. Nothing of the cart is changed. Raises Fault.
    """
    from drivers import catalog
    from edge.mains import edge

    for process in _PROCESSES:
        importlib.import_module(f"edge.mains.{process}")
    os.environ.pop("NOTIFY_SOCKET", None)
    scratch_in = settings.update.folder if settings.update.folder.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="try", dir=scratch_in) as folder:
        scratch = Path(folder)
        alone = msgspec.structs.replace(
            settings,
            data=scratch,
            bluetooth=False,
            serial=(),
            device=(),
            recorder_folder=None,
            badge=Badge(),
            record=None,
        )
        if settings.database.exists():
            _copy(settings, alone)

        async def tried() -> None:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(edge.run(alone))
                await answered(alone.door, 0.5)
                running.cancel()

        try:
            asyncio.run(tried())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        with for_reading(alone.database, read_key(alone.key_file)) as connection:
            schema, min_reader, _ = facts(connection)
    return {"schema": schema, "min_reader": min_reader, "reader": RELEASE, "models": len(catalog.MODELS)}


def _copy(settings: Settings, to: Settings) -> None:
    """The store as it is, with the same key, which is not copied."""
    if to.key_file != settings.key_file:
        to.key_file.symlink_to(settings.key_file.absolute())
    with for_reading(settings.database, read_key(settings.key_file)) as connection:
        connection.execute("VACUUM INTO ?", (str(to.database),))
    to.blobs.mkdir(exist_ok=True)
