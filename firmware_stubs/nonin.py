"""A Nonin oximeter in data format 2 on a pseudo-terminal, in real time, from the layout in Nonin's OEM III specification."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import tty
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_FRAMES_A_SECOND = 75
_TURN = 5  # frames written at once

_PRESENT = 0x80
_GREEN = 0x02
_NO_SIGNAL = 0x98  # sensor alarm and out of track


class NoninOnPty:
    """``async with NoninOnPty() as oximeter``: then ``oximeter.port`` is a serial port that speaks.

    It begins without a finger. ``link`` names a symbolic link that leads to the port, so that the same path works
    after ``unplug`` and ``plug``. ``speed`` 3 streams three times as fast as a real one.
    """

    def __init__(self, link: Path | None = None, speed: float = 1.0) -> None:
        self._link = link
        self._pause = _TURN / _FRAMES_A_SECOND / speed
        self._values: tuple[int, int] | None = None
        self._next = bytearray()
        self._damage = 0
        self._phase = 0.0
        self._ends: tuple[int, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = ""

    async def __aenter__(self) -> NoninOnPty:
        self.plug()
        self._task = asyncio.create_task(self._stream())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.unplug()

    # --- what a person does

    def set(self, spo2: int, pulse: int) -> None:
        """A finger is in: ``spo2`` in percent, ``pulse`` in beats a minute."""
        self._values = (spo2, pulse)

    def finger_off(self) -> None:
        self._values = None

    def send_garbage(self, data: bytes = bytes(range(7, 60))) -> None:
        """``data`` comes between two packets."""
        self._next += data

    def damage(self, packets: int = 1) -> None:
        """The next ``packets`` packets each have one wrong bit on the way."""
        self._damage += packets

    def unplug(self) -> None:
        """The cable is pulled: whoever reads hangs up at once."""
        if self._ends is not None:
            for end in self._ends:
                os.close(end)
            self._ends = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def plug(self) -> None:
        master, slave = os.openpty()
        # the slave stays open here too: a pty whose last reader left would hang up on the writer
        self._ends = (master, slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.port = os.ttyname(slave)
        if self._link is not None:
            self._link.symlink_to(self.port)
            self.port = str(self._link)

    # --- what the device does

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for turn in self._turns():
                if self._ends is not None:
                    # a line that nobody reads loses bytes, as a real one does
                    with contextlib.suppress(BlockingIOError):
                        os.write(self._ends[0], turn)
                due += self._pause
                await asyncio.sleep(max(0.0, due - loop.time()))

    def _turns(self) -> Iterator[bytes]:
        if self._next:
            yield bytes(self._next)
            self._next.clear()
        packet = self._packet()
        if self._damage:
            self._damage -= 1
            packet[52] ^= 0x10
        for start in range(0, len(packet), 5 * _TURN):
            yield bytes(packet[start : start + 5 * _TURN])

    def _packet(self) -> bytearray:
        if self._values is None:
            spo2, high, low, status = 127, 3, 127, _NO_SIGNAL
        else:
            spo2, pulse = self._values
            high, low = divmod(pulse, 128)
            status = _PRESENT
        # pulse rate, SpO2, then the device's other averages of them and its revision, in the order of frames 1 to 25
        values = [high, low, spo2, 0x94, 0, 0, 0, 0, spo2, spo2, spo2, 0, 0]
        values += [high, low, spo2, spo2, 0, 0, high, low, high, low, 0, 0]
        packet = bytearray()
        for number, value in enumerate(values):
            pleth, beat = self._pleth()
            code = status | (_GREEN if beat else 0) | (1 if number == 0 else 0)
            packet += bytes((1, code, pleth, value, (1 + code + pleth + value) % 256))
        return packet

    def _pleth(self) -> tuple[int, bool]:
        """The next sample of a pulse wave with its dicrotic notch, and whether it lies within the upstroke."""
        if self._values is None:
            return 0, False
        self._phase = (self._phase + self._values[1] / 60 / _FRAMES_A_SECOND) % 1.0
        main = math.exp(-(((self._phase - 0.2) / 0.1) ** 2))
        notch = 0.35 * math.exp(-(((self._phase - 0.5) / 0.12) ** 2))
        return round(40 + 150 * min(1.0, main + notch)), 0.1 <= self._phase < 0.3
