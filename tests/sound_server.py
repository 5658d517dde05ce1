"""A PipeWire of one's own: null sinks for sound cards, WirePlumber for its policy, and no device of the machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_stubs.private_bus import private_bus
from tests import needs
from tests.media_door import PATIENCE

HERTZ = 48_000

# one rate in the whole graph; 170 ms a cycle, since a busy machine without real-time rights misses shorter ones;
# no real-time or device modules
_GRAPH = """
context.properties = {{ core.daemon = true core.name = pipewire-0 default.clock.rate = 48000 default.clock.allowed-rates = [ 48000 ]
  default.clock.quantum = 8192 default.clock.min-quantum = 8192 default.clock.max-quantum = 8192 }}
context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }}
context.modules = [
  {{ name = libpipewire-module-protocol-native }} {{ name = libpipewire-module-metadata }}
  {{ name = libpipewire-module-spa-node-factory }} {{ name = libpipewire-module-client-node }}
  {{ name = libpipewire-module-client-device }} {{ name = libpipewire-module-access }}
  {{ name = libpipewire-module-adapter }} {{ name = libpipewire-module-link-factory }}
  {{ name = libpipewire-module-session-manager }}
]
context.objects = [ {sources} ]
"""
_SOURCE = """
  {{ factory = adapter args = {{ factory.name = support.null-audio-sink node.name = "{name}"
     media.class = "Audio/Source/Virtual" audio.position = [ MONO ] object.linger = true }} }}
"""

_PROGRAMS = (
    ("pipewire", "pipewire"),
    ("pw-play", "pipewire-bin"),
    ("wireplumber", "wireplumber"),
    ("arecord", "alsa-utils"),
    ("dbus-daemon", "dbus"),
)


class SoundServer:
    """``environment`` leads programs to it; each source is a null sink whose input is played into and whose output is recorded."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    async def run(self, *argv: str) -> tuple[int, bytes]:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=os.environ | self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            out, _ = await process.communicate()
        finally:
            # whoever is cancelled leaves no program behind
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out

    async def graph(self) -> list[dict[str, object]]:
        status, out = await self.run("pw-dump")
        return json.loads(out) if status == 0 else []

    async def links(self) -> str:
        return (await self.run("pw-link", "-l"))[1].decode()

    async def until_recorded(self, source: str) -> None:
        """Somebody records from ``source``."""
        async with asyncio.timeout(PATIENCE):
            while f"{source}:capture_MONO\n  |->" not in await self.links():
                await asyncio.sleep(0.05)

    async def play(self, samples: NDArray[np.int16], source: str, folder: Path) -> None:
        """Into ``source``, sample by sample: no mixing, no rate conversion, full volume; until it has been played.

        Silence stands around it: before, for the time until the player is linked; behind, since pw-play leaves out its end.
        """
        silence = np.zeros(HERTZ // 2, np.int16)
        samples = np.concatenate([silence, samples, silence])
        file = folder / f"{source}.wav"
        with wave.open(str(file), "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(HERTZ)
            written.writeframes(samples.astype("<i2").tobytes())
        player = asyncio.create_task(
            self.run(
                "pw-play",
                "--target",
                "0",
                "-P",
                f"{{ node.name = player-{source} state.restore-props = false }}",
                str(file),
            )
        )
        async with asyncio.timeout(PATIENCE):
            while (await self.run("pw-link", f"player-{source}:output_MONO", f"{source}:input_MONO"))[0]:
                await asyncio.sleep(0.02)
        await player

    async def unplug(self, source: str) -> None:
        for thing in await self.graph():
            info = thing.get("info")
            props = info.get("props") if isinstance(info, dict) else None
            if isinstance(props, dict) and props.get("node.name") == source:
                await self.run("pw-cli", "destroy", str(thing["id"]))


def _has_plugin() -> bool:
    return any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pipewire.so"))


@contextlib.asynccontextmanager
async def _running(environment: dict[str, str], *argv: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=os.environ | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


@contextlib.asynccontextmanager
async def sound_server(folder: Path, sources: Sequence[str]) -> AsyncIterator[SoundServer]:
    """``folder`` is short: a socket below it has at most 107 bytes."""
    for program, package in _PROGRAMS:
        needs.program(program, package)
    if not _has_plugin():
        needs.lacking("ALSA's way to PipeWire", "sudo apt install pipewire-alsa")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    configuration = folder / "graph.conf"
    configuration.write_text(_GRAPH.format(sources="".join(_SOURCE.format(name=name) for name in sources)))
    async with private_bus(folder) as bus:
        environment = {
            "XDG_RUNTIME_DIR": str(runtime),
            "PIPEWIRE_RUNTIME_DIR": str(runtime),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DBUS_SYSTEM_BUS_ADDRESS": bus,
        }
        server = SoundServer(environment)
        async with _running(environment, "pipewire", "-c", str(configuration)):
            async with asyncio.timeout(PATIENCE):
                while not await server.graph():
                    await asyncio.sleep(0.05)
            async with _running(environment, "wireplumber"):
                async with asyncio.timeout(PATIENCE):
                    # the policy is there once it has said which source is the default
                    while b"default.audio.source" not in (await server.run("pw-dump"))[1]:
                        await asyncio.sleep(0.05)
                yield server
