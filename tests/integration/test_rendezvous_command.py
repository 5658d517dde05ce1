"""`telecart rendezvous` and `telecart media` as they run: a call that outlives a restart of the rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.domain.visitor import Visitor
from edge.door import messages as m
from firmware_stubs import specialist
from tests.media_door import PATIENCE, media_process
from tests.meeting import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def telecart(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edge.cli", *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )


@contextlib.asynccontextmanager
async def rendezvous(file: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await telecart("--config", str(file), "rendezvous")
    try:
        async with asyncio.timeout(120):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.communicate()


async def test_a_call_outlives_a_restart_of_the_rendezvous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path / "region")
    key = tmp_path / "call.key"
    asked = await telecart("rendezvous", "key", str(key))
    public = (await asked.communicate())[0].decode().strip()
    (tmp_path / "carts.toml").write_text(f'[[cart]]\nname = "borne-1"\nkey = "{public}"\n')
    file = tmp_path / "rendezvous.toml"
    file.write_text(
        f'origin = "{house.origin}"\nport = {house.port}\ncarts = "{tmp_path / "carts.toml"}"\n'
        f'certificate = "{house.issued.certificate}"\nkey = "{house.issued.key}"\n'
    )
    call = f'rendezvous = "{house.origin}"\ncart_name = "borne-1"\ncart_key = "{key}"\nca = "{house.authority.file}"\n'
    seen: list[specialist.Specialist] = []
    made = specialist.Specialist

    def remembered() -> specialist.Specialist:
        seen.append(made())
        return seen[-1]

    monkeypatch.setattr(specialist, "Specialist", remembered)
    async with contextlib.AsyncExitStack() as first, media_process(tmp_path, call) as (_, door):
        await first.enter_async_context(rendezvous(file, house.port))
        door.call = m.CallCard(guest="Anne Petit")
        door.move("requested")
        address = (await door.progress("lobby")).address
        assert address.startswith(f"{house.origin}/#")
        there = asyncio.create_task(specialist.consult(address, 3600.0, context=house.trusting()))
        try:
            waiting = await door.progress("waiting")
            assert waiting.visitor == Visitor("Anne Petit", invited=True)
            door.move("admitted")
            await door.progress("connected")
            told = await door.until(lambda one: isinstance(one, m.CallProgress) and bool(one.visitor.spoken))
            assert isinstance(told, m.CallProgress)
            assert len(told.visitor.spoken) == 6

            await first.aclose()
            async with rendezvous(file, house.port), asyncio.timeout(120):
                frames = seen[0].video_frames
                await seen[0].reach(frames + 5)
            assert not there.done()
            states = {one.state for one in door.heard if isinstance(one, m.CallProgress)}
            assert states == {"lobby", "waiting", "connected"}
        finally:
            door.move("ended")
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "missing required field `origin`"),
        ('origin = "http://x"\ncarts = "x"\n', "the origin is https://host"),
        ('origin = "https://x"\ncarts = "x"\nhost = "0.0.0.0"\n', "listens on loopback only"),
        ('origin = "https://x"\ncarts = "/nowhere"\n', "/nowhere cannot be read"),
    ],
)
async def test_wrong_settings_are_one_plain_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "rendezvous.toml"
    file.write_text(text)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edge.cli", "--config", str(file), "rendezvous", stderr=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[1].decode()
    assert process.returncode == 1
    assert told in said
    assert len(said.splitlines()) == 1
