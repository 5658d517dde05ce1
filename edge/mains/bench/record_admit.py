"""admit_to_screen_ms: from the last byte of an admission (ADT over MLLP) to the resident on the list of the screen, 95 in 100.

`telecart edge` and `telecart sync` as they are, over the real store on this disk, in a house of ninety. The peer is the server
of the HL7 library, which keeps nothing: how long it takes to acknowledge the same message.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from hl7.mllp import start_hl7_server

from edge.mains.bench.figure import Detail, Figure, Unmeasured, percentile
from edge.mains.children import Child, telecart
from edge.mains.nurse import Nurse
from firmware_stubs.record_sender import Line, Person, Record, code_of

LIMIT: Final = 200.0
"""Milliseconds: a nurse who admits somebody at one screen finds her at the other."""

_HOST: Final = "127.0.0.1"
_BEDS: Final = 90
_MESSAGES: Final = 60
_SECONDS: Final = 60.0


def measure() -> Figure:
    with tempfile.TemporaryDirectory(prefix="telecart-bench-") as made:
        answered, seen = asyncio.run(_measured(Path(made)))
        peer = asyncio.run(_peer())
    details: dict[str, Detail] = {
        "p50": percentile(seen, 0.5),
        "answered_p50": percentile(answered, 0.5),
        "answered_p95": percentile(answered, 0.95),
        "messages": len(seen),
        "peer": {
            "name": "the HL7 library's own server, which keeps nothing",
            "p50": percentile(peer, 0.5),
            "p95": percentile(peer, 0.95),
        },
    }
    return Figure(percentile(seen, 0.95), LIMIT, details)


async def _measured(folder: Path) -> tuple[list[float], list[float]]:
    """(until it was acknowledged, until it was seen) of each admission in milliseconds."""
    port = _free_port()
    config = folder / "telecart.toml"
    config.write_text(
        f'data = "{folder / "data"}"\ndemo = true\nbluetooth = false\n'
        f'[record.mllp]\nhost = "{_HOST}"\nport = {port}\ncallers = ["{_HOST}"]\n',
        encoding="utf-8",
    )
    (folder / "data").mkdir()
    processes = [Child(name, telecart(config, name), folder, {}) for name in ("edge", "sync")]
    record = Record()
    answered, seen = [], []
    try:
        await processes[0].start()
        async with Nurse(folder / "data" / "door.sock") as nurse:
            # the store is there, and whole, before anybody joins it
            await nurse.until(lambda _: True, _SECONDS, "snapshot")
        await processes[1].start()
        async with Nurse(folder / "data" / "door.sock") as nurse, await _line(port) as line:
            for number in range(_BEDS + _MESSAGES):
                person = Person(f"b{number}", f"BENCH{number}", "Jeanne", "19380312", "F", room=str(number))
                begin = time.perf_counter()
                if code_of(await line.say(record.admitted(person)))[0] != "AA":
                    raise Unmeasured("an admission is not taken here")
                acknowledged = time.perf_counter()
                if number < _BEDS - 1:
                    continue
                await nurse.until(lambda s, of=person.ipp: any(r.id == of for r in s.residents), _SECONDS, "resident")  # type: ignore[misc]
                if number >= _BEDS:
                    answered.append((acknowledged - begin) * 1000)
                    seen.append((time.perf_counter() - begin) * 1000)
    finally:
        for one in reversed(processes):
            await one.stop()
    return answered, seen


async def _line(port: int) -> Line:
    """To a listener that may still be starting. Raises Unmeasured."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(_HOST, port)
            writer.close()
            return Line(_HOST, port)
        await asyncio.sleep(0.1)
    raise Unmeasured("telecart sync does not listen for the record here")


async def _peer() -> list[float]:
    async def acknowledge(reader: Any, writer: Any) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await reader.readmessage()
                writer.writemessage(message.create_ack())
                await writer.drain()

    found = []
    server = await start_hl7_server(acknowledge, _HOST, 0, encoding="utf-8")
    async with server, Line(_HOST, server.sockets[0].getsockname()[1]) as line:
        message = Record().admitted(Person("1", "BENCH", "Jeanne", "19380312", "F", room="1"))
        for _ in range(_MESSAGES):
            begin = time.perf_counter()
            await line.say(message)
            found.append((time.perf_counter() - begin) * 1000)
    return found


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
