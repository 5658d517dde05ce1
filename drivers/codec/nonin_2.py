"""Nonin serial data format 2 (Nonin OEM III specification, "Serial Data Format #2", as public implementations quote it).

9600 bits a second, 8N1. Three packets a second, 25 frames a packet, 5 bytes a frame:

    byte 1  01
    byte 2  status (drivers/codec/nonin_packet.py)
    byte 3  pleth, 0 to 255
    byte 4  a value, by the number of the frame (there too)
    byte 5  sum of bytes 1 to 4, modulo 256

The capture is in tests/captures/nonin-2.toml.
"""

from __future__ import annotations

from typing import Final

from drivers.codec.nonin_packet import ALWAYS, Layout, NoninPackets

_START: Final = 0x01


def _shaped(frame: bytes) -> bool:
    return frame[0] == _START and bool(frame[1] & ALWAYS)


FORMAT_2: Final = Layout("format 2", status=1, shaped=_shaped, pleth=lambda frame: frame[2])


class Nonin2(NoninPackets):
    def __init__(self) -> None:
        super().__init__(FORMAT_2)
