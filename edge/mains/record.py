"""`telecart record`: what a real device says, as it comes, ready to become a capture (tests/captures/README.md)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from drivers.english import english
from drivers.link.ble import BlePeripherals
from drivers.link.serial_port import SerialPeripheral
from drivers.models.model import BleModel, SerialModel
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import LinkState, Peripherals
from edge.settings import Settings


def from_memory(model: BleModel | SerialModel) -> SerialModel:
    """``model`` asked for what it has stored instead of what it measures. Raises Fault(SETTINGS) where that is not known."""
    if not isinstance(model, SerialModel) or model.stored is None:
        raise Fault(Reason.SETTINGS, f"how the memory of {model.name} is asked for is not known", "leave --stored out")
    return dataclasses.replace(model, dialogue=model.stored)


async def record(
    settings: Settings,
    model: BleModel | SerialModel,
    out: Path,
    port: str,
    seconds: float | None,
    say: Callable[[str], None],
) -> int:
    """Writes lines of hex (with the characteristic before them, over Bluetooth) until ``seconds`` have passed or it is

    cancelled. Returns how many. ``telecart decode MODEL FILE --hex`` reads them. Raises Fault(SETTINGS | NOT_ALLOWED).
    """
    if settings.door.exists() and await _answers(settings.door):
        raise Fault(
            Reason.NOT_ALLOWED, "the cart is running and owns its devices", "systemctl stop telecart-edge first"
        )
    if isinstance(model, SerialModel) and not port:
        raise Fault(Reason.SETTINGS, f"{model.name} is on a serial line", "name it with --port")
    with _new(out) as file:
        file.write(f"# {model.name}, recorded {dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} by telecart record\n")
        tap = _Tap(file)
        link: Peripherals
        match model:
            case BleModel():
                link = BlePeripherals([model], settings.bluetooth_adapter or None, tap=tap)
            case SerialModel():
                link = SerialPeripheral(port, model, tap=tap)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for event in link.events():
                    if isinstance(event, LinkState):
                        say(english(event.what) or ("connected" if event.connected else "gone"))
    return tap.count


def _new(out: Path) -> TextIO:
    """For us alone: what a device says is somebody's. Raises Fault(SETTINGS)."""
    try:
        return open(out, "x", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600))
    except FileExistsError as exc:
        raise Fault(Reason.SETTINGS, f"{out} is there already", "name a new file") from exc
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{out} cannot be written: {exc.strerror}", "name another file") from exc


class _Tap:
    """No address is written: it would say which apparatus, and so which house."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.count = 0

    def __call__(self, _device: Device, source: str, data: bytes) -> None:
        self._file.write(f"{source.upper()} {data.hex()}\n".lstrip())
        self._file.flush()
        self.count += 1


async def _answers(door: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(door)
    except OSError:
        return False
    writer.close()
    return True
