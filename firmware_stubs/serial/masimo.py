"""A Masimo oximeter with its serial port set to ASCII 1: one line a second, 9600 8N1, its fields by model.

The lines are those that public logs of a Rad-5, a Rad-7 and a Rad-8 show; ``EXC`` is documented in the Rad-8's manual.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.uart import Settings

NO_SENSOR, LOW_PERFUSION, PULSE_SEARCH, INTERFERENCE, SENSOR_OFF, LOW_SIGNAL, SET = 1, 4, 8, 0x10, 0x20, 0x400, 0x800


class Masimo(SerialDevice):
    """``model`` is rad-5, rad-7 or rad-8. It begins without a sensor."""

    settings: ClassVar = Settings(9600)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0, *, model: str = "rad-5") -> None:
        super().__init__(cable, speed)
        self.clock = dt.datetime(2026, 3, 19, 13, 37, 12)  # noqa: DTZ001 - the device knows no zone
        self._line = {"rad-5": self._rad_5, "rad-7": self._rad_7, "rad-8": self._rad_8}[model]
        self._values: tuple[int, int, int] | None = None
        self._exceptions = NO_SENSOR

    # --- what a person does

    def set(self, spo2: int, pulse: int, perfusion: int = 482, exceptions: int = SET) -> None:
        """A finger is in; ``perfusion`` is the index in hundredths of a percent."""
        self._values, self._exceptions = (spo2, pulse, perfusion), exceptions

    def finger_off(self, exceptions: int = SENSOR_OFF) -> None:
        self._values, self._exceptions = None, exceptions

    # --- what the device does

    async def live(self) -> None:
        while True:
            when = self.clock.strftime("%m/%d/%y %H:%M:%S")
            await self.say(f"{when} {self._line()}\r\n".encode("ascii"), lasts=1.0)
            self.clock += dt.timedelta(seconds=1)

    def _numbers(self) -> tuple[str, str, str]:
        if self._values is None:
            return "---", "---", "--.--"
        spo2, pulse, perfusion = self._values
        return f"{spo2:03}", f"{pulse:03}", f"{perfusion // 100:02}.{perfusion % 100:02}"

    def _rad_5(self) -> str:
        spo2, pulse, perfusion = self._numbers()
        return f"SPO2={spo2}% BPM={pulse} PI={perfusion}% ALARM=20 EXC={self._exceptions:03X}"

    def _rad_7(self) -> str:
        spo2, pulse, perfusion = self._numbers()
        return (
            f"SN=---------- SPO2={spo2}% BPM={pulse} PI={perfusion} SPCO=--% SPMET=--.-% SPHB=--.- SPOC=-- RESVD=--- "
            f"DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC={self._exceptions:07X} EXC1=00000000"
        )

    def _rad_8(self) -> str:
        if self._values is None:
            # as logged: this model leaves the perfusion out, and ends its missing pulse with a percent sign
            return f"SN=0000093112 SPO2=---% BPM=---% DESAT=-- PIDELTA=+-- ALARM=0000 EXC={self._exceptions:06X}"
        spo2, pulse, perfusion = self._numbers()
        return (
            f"SN=0000093112 SPO2={spo2}% BPM={pulse} PI={perfusion}% DESAT=-- PIDELTA=+-- ALARM=0000 "
            f"EXC={self._exceptions:06X}"
        )
