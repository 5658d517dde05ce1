"""Battery Level, 0x2A19 (BAS 1.1, 3.1): u8 in %, from 0 to 100; others are reserved. `55` = 85 %."""

from __future__ import annotations

from drivers.codec.payload import Payload, undecodable


def battery_level(data: bytes) -> int:
    """Per cent. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    level = payload.unsigned(1)
    payload.end()
    if level > 100:
        raise undecodable("a battery says that it is more than full")
    return level
