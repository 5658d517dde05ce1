"""The kiosk's compositor without a display: labwc with the rules that a cart has, and a terminal and pictures of it.

Debian 12 has no labwc: there the one of Debian 13 is fetched, with the libraries that it needs, into a folder of the project's
build and run from it by its own loader; nothing is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests import needs
from tests.conformance import packages

PROJECT = Path(__file__).resolve().parents[1]
RULES = PROJECT / "systemd/kiosk/labwc"
FETCHED = PROJECT / "build/labwc"
LOADER = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
DISPLAY = (1280, 720)
"""Columns and rows of wlroots' display that is none."""

PATIENCE = 90.0

_OTHERS = {"DISPLAY", "WAYLAND_DISPLAY"}
"""What would tell a client of another display."""

Pixels = NDArray[np.uint8]


def labwc() -> list[str]:
    """The command that starts it; fetched once where this machine has none."""
    if shutil.which("labwc"):
        return ["labwc"]
    root = FETCHED / "root"
    FETCHED.mkdir(parents=True, exist_ok=True)
    with (FETCHED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "whole").exists():
            try:
                debs = packages.fetched(packages.SUITES[-1], FETCHED, ("labwc",))
            except packages.CannotFetch as exc:
                needs.lacking("labwc", f"{exc}; or run on Debian 13: sudo apt install labwc")
            # what draws with a graphics chip is five times as large as all the rest, and there is none
            for deb in (one for one in debs if not one.name.startswith(("libllvm", "mesa-", "libgl1-mesa"))):
                subprocess.run(["dpkg-deb", "-x", deb, root], check=True, capture_output=True)
            (root / "whole").touch()
            shutil.rmtree(FETCHED / "archives")
    return [str(root / LOADER), "--library-path", str(root / LIBRARIES), str(root / "usr/bin/labwc")]


class Display:
    """A running compositor: ``environment`` is for its clients."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.folder = folder

    async def picture(self) -> Pixels:
        """What stands on the display now, [row][column][blue, green, red]."""
        grim = await asyncio.create_subprocess_exec(
            needs.program("grim", "grim"),
            *("-t", "ppm", "-"),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await grim.communicate()
        assert grim.returncode == 0, said.decode()
        shown = cv2.imdecode(np.frombuffer(out, np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        return np.asarray(shown, dtype=np.uint8)

    @contextlib.asynccontextmanager
    async def terminal(self, *command: str) -> AsyncIterator[None]:
        """foot over the whole display as on a cart, with a cell of about 12 x 24 pixels."""
        with (self.folder / "foot.log").open("wb") as log:
            foot = await asyncio.create_subprocess_exec(
                needs.program("foot", "foot"),
                f"--config={PROJECT / 'systemd/foot.ini'}",
                "--override=font=DejaVu Sans Mono:pixelsize=20",
                "--fullscreen",
                *command,
                env=self.environment,
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        try:
            yield
        finally:
            await _end(foot)


@contextlib.asynccontextmanager
async def display(rules: Path = RULES, more: Sequence[str] = ()) -> AsyncIterator[Display]:
    """labwc with the ``rules`` of a cart. Its folder is short: a socket's path has its limit."""
    start = labwc()
    with tempfile.TemporaryDirectory(prefix="tc-") as name:
        folder = Path(name)
        os.chmod(folder, 0o700)  # noqa: PTH101 - of our own, before anything runs
        environment = {
            **{key: value for key, value in os.environ.items() if key not in _OTHERS},
            "XDG_RUNTIME_DIR": name,
            "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_XWAYLAND": shutil.which("false") or "",
        }
        with (folder / "labwc.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *start, "--debug", "--config-dir", str(rules), *more, env=environment, stdout=log, stderr=log
            )
        try:
            async with asyncio.timeout(PATIENCE):
                # a socket that is not there yet tells nobody when it comes
                while not (folder / "wayland-0").exists():
                    await asyncio.sleep(0.02)
            yield Display(environment | {"WAYLAND_DISPLAY": "wayland-0"}, folder)
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
