"""Nonin serial data format 7: as format 2, with a pleth of 16 bits and no start byte.

9600 bits a second, 8N1. Three packets a second, 25 frames a packet, 5 bytes a frame (Nonin Onyx II 9560, OEM Specification
6470-000-01, "Serial Data Format #7"; the MD PnP driver reads it so):

    byte 1  status, always above 127 (drivers/codec/nonin_packet.py)
    byte 2  pleth, high byte
    byte 3  pleth, low byte
    byte 4  a value, by the number of the frame, as in format 2
    byte 5  sum of bytes 1 to 4, modulo 256
"""

from __future__ import annotations

from typing import Final

from drivers.codec.nonin_packet import ALWAYS, Layout, NoninPackets


def _shaped(frame: bytes) -> bool:
    return bool(frame[0] & ALWAYS)


FORMAT_7: Final = Layout("format 7", status=0, shaped=_shaped, pleth=lambda frame: frame[1] << 8 | frame[2])


class Nonin7(NoninPackets):
    def __init__(self) -> None:
        super().__init__(FORMAT_7)
