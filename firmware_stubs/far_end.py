"""``python -m firmware_stubs.far_end``: the region's side on one machine, an embedded PACS and a FHIR endpoint.

Prints one JSON line with their addresses when both are up; ends on SIGTERM, SIGINT or the end of its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.fhir_troubles import Unsteady
from firmware_stubs.pacs import EmbeddedPacs


async def run(folder: Path, aet: str, pacs_port: int, fhir_port: int, unsteady: float = 0.0) -> None:
    """Both, kept in ``folder``, until the process is told to end. Of what FHIR is asked an ``unsteady`` share goes wrong."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    pacs = EmbeddedPacs(folder / "pacs", aet, pacs_port)
    pacs.start()
    try:
        troubles = Unsteady(unsteady) if unsteady else None
        async with FhirEndpoint(folder / "fhir", fhir_port, troubles=troubles) as fhir, _input_ending(ended):
            addresses = {"aet": pacs.aet, "pacs_port": pacs.port, "fhir_url": fhir.url}
            sys.stdout.write(json.dumps(addresses) + "\n")
            sys.stdout.flush()
            await ended.wait()
    finally:
        await asyncio.to_thread(pacs.stop)


@contextlib.asynccontextmanager
async def _input_ending(ended: asyncio.Event) -> AsyncIterator[None]:
    """Sets ``ended`` at the end of standard input, where that is a pipe: whoever started this has gone."""

    class Input(asyncio.Protocol):
        def eof_received(self) -> None:
            ended.set()

    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        yield
        return
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(Input, sys.stdin)
    try:
        yield
    finally:
        transport.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="firmware_stubs.far_end", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--aet", default="DEMOPACS")
    parser.add_argument("--pacs-port", type=int, default=0)
    parser.add_argument("--fhir-port", type=int, default=0)
    parser.add_argument("--fhir-unsteady", type=float, default=0.0, help="share of requests that go wrong, 0 to 1")
    options = parser.parse_args()
    asyncio.run(run(options.folder, options.aet, options.pacs_port, options.fhir_port, options.fhir_unsteady))


if __name__ == "__main__":
    main()
