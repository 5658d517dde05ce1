"""`telecart ui --browser`: the bedside screen for a browser on this machine, until it is told to end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from edge.domain.fault import Fault, Reason
from edge.mains import logs
from edge.mains.children import guarded
from edge.settings import Settings

if TYPE_CHECKING:
    from ui.served.server import ScreenServer


def run(settings: Settings, options: Sequence[str], port: int) -> None:
    """Prints the address, one line. ``options``: where each screen finds the settings, as `telecart` takes them.

    Raises Fault where textual-serve is not installed or the port is taken.
    """
    try:
        from ui.served.server import ScreenServer
    except ModuleNotFoundError as exc:
        raise Fault(
            Reason.MISSING_PROGRAM,
            "the screen cannot be shown in a browser: textual-serve is not installed",
            "install telecart[remote]",
        ) from exc
    logs.configure("ui")
    screen = [*guarded(), sys.executable, "-m", "edge.cli", *options, "ui"]
    asyncio.run(_serve(ScreenServer(screen, settings.language), port))


async def _serve(server: ScreenServer, port: int) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, told.set)
    try:
        async with server.opened(port) as address:
            click.echo(address)
            await told.wait()
    except OSError as exc:
        raise Fault(Reason.LINK_REFUSED, f"port {port} of this machine is taken", "name another with --port") from exc
