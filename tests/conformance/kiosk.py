"""The screen of a cart as it is installed: labwc and foot of Debian 13 with our settings, in a root of their own.

The root is made once by debootstrap and kept in build/; each ``kiosk`` starts from it untouched, without a network, on a
display of 1280 x 800 that only ``picture`` sees. Fingers and keys come through ``firmware_stubs.touch_screen``. Needs root.
"""

from __future__ import annotations

import asyncio
import configparser
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from firmware_stubs.touch_screen import TouchScreen
from tests import needs
from tests.conformance import packages
from tests.conformance.packages import MIRROR, PROJECT, CannotFetch

BUILD = PROJECT / "build" / "conformance" / "kiosk"
SUITE = next(suite for suite in packages.SUITES if suite.name == "trixie")
DEBIAN = (
    *("foot", "foot-terminfo", "labwc", "wlr-randr", "grim", "fonts-dejavu-core", "xkb-data", "procps", "wtype"),
    *("python3-minimal", "libpython3-stdlib", "libstdc++6"),
)
WHEELS = ("click", "msgspec", "structlog", "textual")
"""What `telecart ui` imports."""

PIXELS = (1280, 800)
CELL = (12, 24)
CELLS = (PIXELS[0] // CELL[0], PIXELS[1] // CELL[1])
EDGE = tuple((whole - cells * cell) // 2 for whole, cells, cell in zip(PIXELS, CELLS, CELL, strict=True))
"""Pixels left and above of the cells: foot puts what is left over on all sides."""
START_SECONDS = 60.0
LABWC = "labwc --config-dir /etc/telecart/labwc"

_ENTER = r"""
work=$(mktemp -d); mount -t tmpfs tmpfs "$work"
mkdir "$work"/up "$work"/tmp "$work"/root; r=$work/root
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$work/up,workdir=$work/tmp" "$r"
mount -t proc proc "$r/proc"; mount --rbind /dev "$r/dev"
mkdir -p "$r/run/telecart-kiosk" "$r/opt/telecart/project" "$r/opt/telecart/site" "$r/opt/telecart/current/bin" "$r/etc/telecart"
mount --bind "$RUN" "$r/run/telecart-kiosk"
mount --bind -o ro "$PROJECT" "$r/opt/telecart/project"
mount --bind -o ro "$SITE" "$r/opt/telecart/site"
cp -r "$PROJECT/systemd/kiosk/labwc" "$r/etc/telecart/labwc"
cp "$RUN/foot.ini" "$RUN/telecart.toml" "$r/etc/telecart/"
cp "$RUN/telecart" "$r/opt/telecart/current/bin/telecart"; chmod 755 "$r/opt/telecart/current/bin/telecart"
exec chroot "$r" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 XDG_RUNTIME_DIR=/run/telecart-kiosk \
  WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 bash
"""
_TELECART = """#!/bin/sh
export PYTHONPATH=/opt/telecart/project:/opt/telecart/site PYTHONDONTWRITEBYTECODE=1
exec python3 -m edge.cli "$@"
"""
_SETTINGS = 'cart = "Borne 3"\ndata = "/run/telecart-kiosk/data"\n'


def terminal(unit: Path = PROJECT / "systemd" / "telecart-ui.service") -> str:
    """The command line of the bedside screen's unit."""
    read = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text())
    return read["Service"]["ExecStart"]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Several tests may want the same at once: one makes it, the others find it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def root() -> Path:
    """Debian 13 with DEBIAN, made where it is not there yet. Raises CannotFetch."""
    with _alone():
        return _root()


def _root() -> Path:
    digest = hashlib.sha256("\n".join((SUITE.name, *DEBIAN)).encode()).hexdigest()[:12]
    made = BUILD / f"root-{digest}"
    if made.exists():
        return made
    maker = shutil.which("debootstrap", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if maker is None:
        raise CannotFetch("debootstrap is missing: sudo apt install debootstrap")
    scratch = Path(tempfile.mkdtemp(dir=BUILD, prefix="making-"))
    command = [
        maker,
        "--variant=minbase",
        f"--include={','.join(DEBIAN)}",
        SUITE.name,
        str(scratch),
        f"{MIRROR}/debian",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(scratch)
        raise CannotFetch(f"debootstrap: {(done.stdout.strip().splitlines() or ['it said nothing'])[-1]}")
    scratch.rename(made)
    return made


def site() -> Path:
    """WHEELS for the Python of SUITE, as uv.lock has them. Raises CannotFetch."""
    with _alone():
        return _site()


def _site() -> Path:
    lock = (PROJECT / "uv.lock").read_bytes() + "\n".join(WHEELS).encode()
    folder = BUILD / f"site-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "site" / "textual").exists():
        packages.wheels(SUITE, folder, WHEELS)
    return folder / "site"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not true():
            await asyncio.sleep(0.02)


class Kiosk:
    """What stands on the display, and a hand on it. ``run``: the folder that it shares with the test, the door's place in it."""

    def __init__(self, run: Path, shell: asyncio.subprocess.Process) -> None:
        self.run = run
        self.touch = TouchScreen(run / "wayland-touch", run / "wayland-0")
        self._shell = shell
        self._pictures = 0

    @property
    def door(self) -> Path:
        return self.run / "data" / "door.sock"

    async def do(self, command: str) -> str:
        """What a command inside printed. Raises AssertionError where it failed."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{{ {command}\n}} </dev/null; echo; echo status $?\n".encode())
        lines: list[str] = []
        async with asyncio.timeout(START_SECONDS):
            while not lines or not lines[-1].startswith("status "):
                line = await self._shell.stdout.readline()
                assert line, "the kiosk is gone:\n" + "\n".join(lines)
                lines.append(line.decode(errors="replace").rstrip("\n"))
        said = "\n".join(lines[:-2])
        assert lines[-1] == "status 0", f"{command}: {said}"
        return said

    async def begin(self, command: str) -> None:
        """A command that goes on, behind."""
        await self.do(f"{command} >>/run/telecart-kiosk/log 2>&1 </dev/null &")

    async def processes(self) -> list[str]:
        """The command lines of all that runs inside, but for what asks."""
        return sorted(
            line for line in (await self.do("ps -eo args=")).splitlines() if line and not line.startswith("ps ")
        )

    async def type_at_the_compositor(self, keys: str) -> None:
        """``keys`` as wtype takes them, on a keyboard that the compositor has: these may be its own."""
        await self.do(f"WAYLAND_DISPLAY=wayland-0 wtype {keys}")

    async def picture(self) -> np.ndarray:
        """Rows x columns x 3 of the display."""
        self._pictures += 1
        name = f"picture-{self._pictures}.png"
        await self.do(f"WAYLAND_DISPLAY=wayland-0 grim /run/telecart-kiosk/{name}")
        read = cv2.imread(str(self.run / name))
        assert read is not None
        return read

    async def show(self) -> None:
        """The bedside screen, as its unit starts it, on the touch screen."""
        await self.begin(f"WAYLAND_DISPLAY=wayland-touch {terminal()}")
        await until(lambda: self.touch.ready)

    def at(self, column: float, row: float) -> tuple[float, float]:
        """The pixel in the middle of a cell."""
        return EDGE[0] + (column + 0.5) * CELL[0], EDGE[1] + (row + 0.5) * CELL[1]


@contextlib.asynccontextmanager
async def kiosk(run: Path, foot_ini: str, labwc: str = LABWC) -> AsyncIterator[Kiosk]:
    """The compositor runs, the touch screen waits for its client; no terminal yet. ``run``: short, since sockets are in it."""
    needs.root()
    try:
        base, wheels = await asyncio.to_thread(root), await asyncio.to_thread(site)
    except CannotFetch as exc:
        needs.lacking("a root of Debian 13 with labwc and foot", str(exc))
    (run / "data").mkdir(parents=True)
    (run / "foot.ini").write_text(foot_ini)
    (run / "telecart.toml").write_text(_SETTINGS)
    (run / "telecart").write_text(_TELECART)
    shell = await asyncio.create_subprocess_exec(
        *_INTO_A_NAMESPACE,
        _ENTER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "BASE": str(base), "RUN": str(run), "PROJECT": str(PROJECT), "SITE": str(wheels)},
    )
    try:
        made = Kiosk(run, shell)
        await made.begin(labwc)
        await until((run / "wayland-0").exists)
        await made.do(f"WAYLAND_DISPLAY=wayland-0 wlr-randr --output HEADLESS-1 --custom-mode {PIXELS[0]}x{PIXELS[1]}")
        async with made.touch:
            yield made
    finally:
        # all that runs inside ends with the first process of its namespace
        shell.kill()
        await shell.wait()


_INTO_A_NAMESPACE: Sequence[str] = (
    *("unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child"),
    *("bash", "-euc"),
)

__all__ = ["CELL", "CELLS", "EDGE", "PIXELS", "Kiosk", "kiosk", "terminal", "until"]
