"""Every simulated peripheral of the demo in one process, over the real stacks.

``python -m firmware_stubs.ward --folder DIR`` prints one JSON line when all is ready: ``bus`` (empty where no D-Bus daemon
is installed), ``nonin``, ``camera``, ``microphone``, ``recorder``. Then it obeys one JSON line after another on standard
input: ``{"do": "cuff"}``, ``oximeter``, ``finger``, ``no_finger``, ``ecg``. It ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import random
import sys
from pathlib import Path

from firmware_stubs.ble_ward import BleWard
from firmware_stubs.ecg_recorder import EcgRecorder
from firmware_stubs.nonin import NoninOnPty
from firmware_stubs.private_bus import private_bus
from firmware_stubs.sound_source import hum
from firmware_stubs.video_source import write


class Ward:
    """The peripherals at one bedside; values drift from measurement to measurement."""

    def __init__(self, ble: BleWard | None, nonin: NoninOnPty, recorder: EcgRecorder) -> None:
        self._ble = ble
        self._nonin = nonin
        self._recorder = recorder
        self._random = random.Random(4)  # noqa: S311 - a simulation

    async def do(self, what: str) -> None:
        pulse = self._random.randint(66, 78)
        now = dt.datetime.now().astimezone()
        match what:
            case "cuff" if self._ble:
                systolic, diastolic = self._random.randint(118, 136), self._random.randint(68, 80)
                mean = diastolic + (systolic - diastolic) // 3
                await self._ble.cuff.measure(systolic, diastolic, mean, pulse, now)
            case "oximeter" if self._ble:
                await self._ble.oximeter.measure(self._random.randint(94, 98), pulse, now)
            case "cuff" | "oximeter":
                sys.stderr.write(f"ward: there is no Bluetooth here, so no {what}\n")
            case "finger":
                self._nonin.set(self._random.randint(94, 98), pulse)
            case "no_finger":
                self._nonin.finger_off()
            case "ecg":
                self._recorder.record()
            case _:
                sys.stderr.write(f"ward: unknown request {what}\n")


async def _requests() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def run(folder: Path) -> None:
    recordings = folder / "recorder"
    recordings.mkdir(parents=True, exist_ok=True)
    video = folder / "camera.avi"
    sound = folder / "microphone.wav"
    await asyncio.to_thread(write, video)
    await asyncio.to_thread(hum, sound)
    async with contextlib.AsyncExitStack() as stack:
        nonin = await stack.enter_async_context(NoninOnPty())
        bus, ble = "", None
        try:
            bus = await stack.enter_async_context(private_bus(folder))
        except RuntimeError as exc:
            sys.stderr.write(f"ward: no Bluetooth: {exc}\n")
        else:
            ble = await stack.enter_async_context(BleWard(bus))
        ward = Ward(ble, nonin, EcgRecorder(recordings))
        ready = {
            "bus": bus,
            "nonin": nonin.port,
            "camera": str(video),
            "microphone": str(sound),
            "recorder": str(recordings),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        running = set()
        requests = await _requests()
        async for line in requests:
            task = asyncio.create_task(ward.do(json.loads(line)["do"]))
            running.add(task)
            task.add_done_callback(running.discard)
        for task in running:
            task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    asyncio.run(run(parser.parse_args().folder))


if __name__ == "__main__":
    main()
