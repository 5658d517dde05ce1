"""A D-Bus daemon of one's own, so that no real bus and no real adapter is touched."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

START_SECONDS = 10.0

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


def _short(folder: Path | None) -> Path | None:
    """``folder``, absolute; None where a socket below it would have a longer name than the 107 bytes of unix(7)."""
    if folder is None:
        return None
    absolute = folder.absolute()
    return absolute if len(os.fsencode(absolute)) < 70 else None


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), START_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


class PrivateBus:
    """A fresh dbus-daemon, a child of this process that ends with it; ``restart`` ends every connection to it.

    Its socket lies in a new folder within ``folder`` (default: where temporary files go), and stays the same.
    ``async with`` raises RuntimeError that names the package where the program is missing, or what the daemon said if it
    did not start.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.address = ""
        self._folder = folder
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> PrivateBus:
        self._own = tempfile.TemporaryDirectory(prefix="telecart-bus-", dir=_short(self._folder))
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        if self._own is not None:
            self._own.cleanup()

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _stop(process)

    async def start(self) -> None:
        daemon = _program("dbus-daemon")
        if daemon is None:
            raise RuntimeError("dbus-daemon is missing: sudo apt install dbus")
        # a killed parent leaves no daemon behind where util-linux is there to see to it
        guard = _program("setpriv")
        prefix = (guard, "--pdeathsig", "TERM", "--") if guard else ()
        assert self._own is not None
        folder = Path(self._own.name)
        (folder / "bus").unlink(missing_ok=True)
        configuration = folder / "bus.conf"
        configuration.write_text(_CONFIGURATION.format(socket=folder / "bus"))
        self._process = process = await asyncio.create_subprocess_exec(
            *prefix,
            daemon,
            "--nofork",
            "--nopidfile",
            f"--config-file={configuration}",
            "--print-address=1",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        except TimeoutError:
            raise RuntimeError(f"dbus-daemon did not start within {START_SECONDS:g} s") from None
        if not line:
            said = (await process.stderr.read()).decode(errors="replace").strip()
            raise RuntimeError(f"dbus-daemon did not start: {said}")
        # its guid is another after each start; whoever comes back knows the path only
        self.address = line.decode().strip().split(",guid=")[0]


@asynccontextmanager
async def private_bus(folder: Path | None = None) -> AsyncIterator[str]:
    """Yields the address of a PrivateBus."""
    async with PrivateBus(folder) as bus:
        yield bus.address
