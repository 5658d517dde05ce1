"""A ProtoCentral HealthyPi v4 in its USB streaming mode, from its public firmware: 125 packets a second, 115200 8N1.

0A FA, length 0014, type 02, then 20 bytes, little-endian: ECG and respiration (16 bits signed), infra-red and red light
(32 bits), temperature in hundredths of a degree, respiratory rate, SpO2, heart rate, a blood pressure that the firmware
makes up (80, 120), lead status; then 00 0B. No sum.
"""

from __future__ import annotations

from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.pulse import breath, ecg, pleth
from firmware_stubs.serial.uart import Settings

HERTZ = 125
_TURN = 5
_STEPS_A_MILLIVOLT = 500


class HealthyPi(SerialDevice):
    """It begins with its leads off, and no finger in the probe."""

    settings: ClassVar = Settings(115200)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
        self.sent_ecg: list[int] = []
        self._heart: tuple[int, int] | None = None
        self._spo2 = 0
        self._temperature = 0
        self._phases = [0.0, 0.0]

    # --- what a person does

    def leads_on(self, heart_rate: int, respiratory_rate: int) -> None:
        self._heart = (heart_rate, respiratory_rate)

    def leads_off(self) -> None:
        self._heart = None

    def finger(self, spo2: int) -> None:
        """Percent; 0 takes the finger out."""
        self._spo2 = spo2

    def temperature(self, hundredths: int) -> None:
        """Of a degree Celsius; 0 is what the firmware sends before it measured any."""
        self._temperature = hundredths

    # --- what the device does

    async def live(self) -> None:
        while True:
            await self.say(b"".join(self._frame() for _ in range(_TURN)), _TURN / HERTZ)

    def damaged(self, frame: bytes) -> bytes:
        """The first packet loses its end mark: the one thing, with the header, by which it can be told."""
        return frame[:26] + bytes([frame[26] ^ 0x10]) + frame[27:]

    def _frame(self) -> bytes:
        heart, breaths = self._heart or (0, 0)
        self._phases[0] = (self._phases[0] + heart / 60 / HERTZ) % 1.0
        self._phases[1] = (self._phases[1] + breaths / 60 / HERTZ) % 1.0
        wave = round(ecg(self._phases[0]) * _STEPS_A_MILLIVOLT) if heart else 0
        chest = round(breath(self._phases[1]) * 900) if heart else 0
        light = 1_200_000 + (round(40_000 * pleth(self._phases[0])) if self._spo2 else 0)
        self.sent_ecg.append(wave)
        content = wave.to_bytes(2, "little", signed=True) + chest.to_bytes(2, "little", signed=True)
        content += light.to_bytes(4, "little", signed=True) + (light * 3 // 4).to_bytes(4, "little", signed=True)
        content += self._temperature.to_bytes(2, "little")
        content += bytes([breaths, self._spo2, heart, 80, 120, 0 if heart else 0x1F])
        return bytes([0x0A, 0xFA, len(content), 0, 2]) + content + bytes([0, 0x0B])
