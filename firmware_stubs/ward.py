"""Every simulated peripheral of the demo in one process, over the real stacks.

``python -m firmware_stubs.ward --folder DIR`` prints one JSON line when all is ready: ``bus`` (empty where no D-Bus daemon
is installed), ``nonin``, ``camera``, ``microphone``, ``recorder``, ``card``, ``bluetooth`` (addresses by name). Then it
obeys one JSON line after another on standard input: ``{"do": "cuff"}``, any other of BLUETOOTH, ``finger``, ``no_finger``,
``ecg`` (a DICOM file), ``ecg_scp``, ``ecg_edf``, ``picture`` (on the card of a camera). It ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from types import MappingProxyType

from firmware_stubs.ble_ward import BleWard
from firmware_stubs.camera_card import CameraCard
from firmware_stubs.ecg_recorder import EcgRecorder
from firmware_stubs.edf_recorder import EdfRecorder
from firmware_stubs.gatt.blood_pressure_cuff import BloodPressureCuff
from firmware_stubs.gatt.heart_rate_strap import Beats
from firmware_stubs.private_bus import private_bus
from firmware_stubs.scp_recorder import ScpRecorder
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.nonin_waves import Nonin2
from firmware_stubs.sound_source import hum
from firmware_stubs.video_source import write


class Ward:
    """The peripherals at one bedside; values drift from measurement to measurement."""

    def __init__(self, ble: BleWard | None, nonin: Nonin2, recordings: Path, card: Path) -> None:
        self._ble = ble
        self._nonin = nonin
        self._files: Mapping[str, Callable[[], Path]] = {
            "ecg": EcgRecorder(recordings).record,
            "ecg_scp": ScpRecorder(recordings).record,
            "ecg_edf": EdfRecorder(recordings).record,
            "picture": CameraCard(card).take,
        }
        self._random = Random(4)  # noqa: S311 - a simulation

    async def do(self, what: str) -> None:
        match what:
            case "finger":
                self._nonin.set(self._random.randint(94, 98), self._random.randint(66, 78))
            case "no_finger":
                self._nonin.finger_off()
            case _ if what in self._files:
                await asyncio.to_thread(self._files[what])
            case _ if what not in BLUETOOTH:
                sys.stderr.write(f"ward: unknown request {what}\n")
            case _ if self._ble is None:
                sys.stderr.write(f"ward: there is no Bluetooth here, so no {what}\n")
            case _:
                await BLUETOOTH[what](self._ble, self._random)


async def _cuff(ble: BleWard, random: Random) -> None:
    await _pressure(ble.cuff, random)


async def _bm85(ble: BleWard, random: Random) -> None:
    await _pressure(ble.bm85, random)


async def _pressure(cuff: BloodPressureCuff, random: Random) -> None:
    systolic, diastolic = random.randint(118, 136), random.randint(68, 80)
    mean = diastolic + (systolic - diastolic) // 3
    await cuff.measure(systolic, diastolic, mean, random.randint(66, 78), cuff.clock.now())


async def _oximeter(ble: BleWard, random: Random) -> None:
    await ble.oximeter.measure(random.randint(94, 98), random.randint(66, 78), ble.oximeter.clock.now())


async def _thermometer(ble: BleWard, random: Random) -> None:
    await ble.thermometer.measure(Decimal(random.randint(362, 376)) / 10, ble.thermometer.clock.now())


async def _scale(ble: BleWard, random: Random) -> None:
    await ble.scale.measure(Decimal(random.randint(12000, 15000)) / 200, ble.scale.clock.now())


async def _body_scale(ble: BleWard, random: Random) -> None:
    weight = Decimal(random.randint(12000, 15000)) / 200
    await ble.body_scale.measure(
        Decimal(random.randint(220, 300)) / 10,
        ble.body_scale.clock.now(),
        muscle_percent=Decimal(random.randint(300, 380)) / 10,
        impedance_ohm=Decimal(random.randint(4500, 5500)) / 10,
        weight=weight,
    )


async def _glucose(ble: BleWard, random: Random) -> None:
    ble.glucose.measure(random.randint(85, 145), ble.glucose.clock.now())
    await ble.glucose.offer()


async def _strap(ble: BleWard, random: Random) -> None:
    rate = random.randint(66, 78)
    beat = 60 * 1024 // rate
    await ble.strap.wear([Beats(rate, (beat + random.randint(-20, 20),)) for _ in range(8)])


BLUETOOTH: Mapping[str, Callable[[BleWard, Random], Awaitable[None]]] = MappingProxyType(
    {
        "cuff": _cuff,
        "bm85": _bm85,
        "oximeter": _oximeter,
        "thermometer": _thermometer,
        "scale": _scale,
        "body_scale": _body_scale,
        "glucose": _glucose,
        "strap": _strap,
    }
)
"""What a Bluetooth device does when it is used once; each returns when the cart has what it said."""


async def _requests() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def run(folder: Path) -> None:
    recordings = folder / "recorder"
    recordings.mkdir(parents=True, exist_ok=True)
    card = folder / "card"
    card.mkdir(exist_ok=True)
    video = folder / "camera.avi"
    sound = folder / "microphone.wav"
    await asyncio.to_thread(write, video)
    await asyncio.to_thread(hum, sound)
    async with contextlib.AsyncExitStack() as stack:
        nonin = await stack.enter_async_context(Nonin2(Pty(folder / "ttyUSB0")))
        bus, ble = "", None
        try:
            bus = await stack.enter_async_context(private_bus(folder))
        except RuntimeError as exc:
            sys.stderr.write(f"ward: no Bluetooth: {exc}\n")
        else:
            ble = await stack.enter_async_context(BleWard(bus))
        ward = Ward(ble, nonin, recordings, card)
        ready = {
            "bus": bus,
            "nonin": nonin.port,
            "camera": str(video),
            "microphone": str(sound),
            "recorder": str(recordings),
            "card": str(card),
            "bluetooth": {name: getattr(ble, name).address for name in BLUETOOTH} if ble else {},
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
