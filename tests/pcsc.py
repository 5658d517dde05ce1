"""Debian's pcscd with vsmartcard's virtual reader, on a socket and a port of their own."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests import needs

VPCD = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
READER = "Virtual PCD"


@functools.cache
def _socket_path() -> Path:
    """One for this process: libpcsclite reads PCSCLITE_CSOCK_NAME once and never again."""
    folder = tempfile.mkdtemp(prefix="telecart-pcsc-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PCSCLITE_CSOCK_NAME"] = f"{folder}/pcscd.comm"
    return Path(folder) / "pcscd.comm"


def _listens(port: int) -> bool:
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    return any(f":{port:04X} " in table.read_text() for table in tables if table.exists())


def _virtual_reader() -> None:
    if not Path(VPCD).exists():
        needs.lacking("vsmartcard's virtual reader", "sudo apt install vsmartcard-vpcd")


@functools.cache
def _no_polkit(program: str) -> str:
    """Debian 13's asks polkit who may use a reader, and a test has none."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
    return " --disable-polkit" if "--disable-polkit" in said else ""


def free_port() -> int:
    """vpcd takes the next one too, for its second slot."""
    while True:
        with contextlib.closing(socket.socket()) as first, contextlib.closing(socket.socket()) as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


class Pcscd:
    """``port`` is that of the virtual reader's first slot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket_path = _socket_path()
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *, with_reader: bool = True) -> None:
        program = needs.program("pcscd", "pcscd")
        _virtual_reader()
        needs.root()
        readers = self.folder / "readers"
        readers.mkdir(exist_ok=True)
        row = (
            f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{self.port:#x}\nLIBPATH {VPCD}\nCHANNELID {self.port:#x}\n'
        )
        (readers / "vpcd").write_text(row if with_reader else "")
        self.socket_path.unlink(missing_ok=True)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(str(self.socket_path))
            listening.listen()
            # as systemd hands a socket over (sd_listen_fds(3)): the path of pcscd itself cannot be chosen
            number = listening.fileno()
            script = f"exec 3<&{number}; export LISTEN_FDS=1 LISTEN_PID=$$; exec {program} --foreground{_no_polkit(program)} --config {readers}"
            with (self.folder / "pcscd.log").open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    "/bin/bash", "-c", script, pass_fds=[number], stdout=log, stderr=log
                )
        if with_reader:
            await self._wait()

    async def _wait(self) -> None:
        async with asyncio.timeout(20):
            while not _listens(self.port):
                assert self._process is not None
                assert self._process.returncode is None, (self.folder / "pcscd.log").read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self.socket_path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def pcscd(folder: Path) -> AsyncIterator[Pcscd]:
    """Running, and what this process and its children talk to."""
    daemon = Pcscd(folder)
    try:
        await daemon.start()
        yield daemon
    finally:
        await daemon.stop()
