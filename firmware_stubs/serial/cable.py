"""What lies between a simulated device and the cart: a cable into a pseudo-terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import tempfile
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from firmware_stubs.serial.uart import Settings, resampled

_SPEEDS: Final = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()
}
_ISPEED: Final = 4
_MOST: Final = 4096


class Cable(Protocol):
    """``port`` is what a host opens. A line that nobody reads loses bytes, as a real one does."""

    port: str

    def connect(self, settings: Settings, heard: Callable[[bytes], None]) -> None:
        """The device at the far end has ``settings``; ``heard`` gets what the host says. Then ``plug``."""
        ...

    def plug(self) -> None: ...

    def unplug(self) -> None:
        """The cable is pulled: whoever reads hangs up at once."""
        ...

    def send(self, data: bytes) -> None: ...

    def deafen(self) -> None:
        """From now on the device takes nothing that is said to it."""
        ...


class Pty:
    """``link`` names the symbolic link that is the port: the same path after ``unplug`` and ``plug``, nothing in between.

    The terminal's own name is no port: the kernel gives it to the next terminal of any process as soon as this one is
    closed, and a host that still waits for its device would open that.

    The host's speed counts: at another one than the device's, garbage comes. Parity and a seventh bit do not, because a
    pseudo-terminal forgets them.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._link = link or Path(tempfile.gettempdir()) / f"telecart-tty-{secrets.token_hex(8)}"
        self.port = str(self._link)
        self._ends: tuple[int, int] | None = None
        self._settings = Settings(0)
        self._heard: Callable[[bytes], None] = lambda _data: None
        self._deaf = False

    def connect(self, settings: Settings, heard: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._heard = heard
        self.plug()

    def plug(self) -> None:
        master, slave = os.openpty()
        # the slave stays open here too: a pty whose last reader left would hang up on the writer
        self._ends = (master, slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        if not self._deaf:
            asyncio.get_running_loop().add_reader(master, self._read, master)
        # one of the same name that was killed leaves its link
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(slave))

    def unplug(self) -> None:
        self._link.unlink(missing_ok=True)
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None

    def send(self, data: bytes) -> None:
        if self._ends is None:
            return
        master, slave = self._ends
        speed = _SPEEDS.get(termios.tcgetattr(slave)[_ISPEED], 0)
        if speed and speed != self._settings.baud:
            ours = Settings(self._settings.baud)
            data = resampled(data, ours, Settings(speed))
        with contextlib.suppress(BlockingIOError):
            os.write(master, data)

    def deafen(self) -> None:
        self._deaf = True
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])

    def _read(self, master: int) -> None:
        with contextlib.suppress(OSError):
            if data := os.read(master, _MOST):
                self._heard(data)
