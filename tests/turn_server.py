"""coturn as a child, on loopback, with the shared secret of a rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from tests import needs
from tests.certificates import Issued
from tests.meeting import free_port

SECRET = "what rendezvous and relay share"


@dataclasses.dataclass(frozen=True)
class TurnServer:
    """``udp`` and ``tls`` as browsers write them; ``log`` is what coturn says."""

    udp: str
    tls: str
    log: Path


@contextlib.asynccontextmanager
async def coturn(folder: Path, issued: Issued) -> AsyncIterator[TurnServer]:
    program = needs.program("turnserver", "coturn")
    plain, tls = free_port(), free_port()
    log = folder / "turn.log"
    arguments = [
        "-n",
        "--use-auth-secret",
        f"--static-auth-secret={SECRET}",
        "--realm=telecart.test",
        "--listening-ip=127.0.0.1",
        "--relay-ip=127.0.0.1",
        f"--listening-port={plain}",
        f"--tls-listening-port={tls}",
        f"--cert={issued.certificate}",
        f"--pkey={issued.key}",
        "--allow-loopback-peers",
        "--no-cli",
        "--verbose",
        "--simple-log",
        f"--log-file={log}",
        f"--pidfile={folder / 'turn.pid'}",
        f"--userdb={folder / 'turn.db'}",
        "--min-port=49152",
        "--max-port=65535",
    ]
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, cwd=folder
    )
    try:
        async with asyncio.timeout(60):
            for port in (plain, tls):
                await _listens(process, port)
        yield TurnServer(f"turn:127.0.0.1:{plain}?transport=udp", f"turns:127.0.0.1:{tls}?transport=tcp", log)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(20):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _listens(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return
    raise AssertionError(f"coturn ended with {process.returncode}")
