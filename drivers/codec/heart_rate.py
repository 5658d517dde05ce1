"""Heart Rate Measurement, 0x2A37 (HRS 1.0, 3.1; GSS).

    flags u8: bit 0 rate in 16 bits (else 8), 1 skin contact detected, 2 contact detection supported,
              3 energy expended, 4 RR intervals
    rate u8 or u16 in 1/min, energy u16 in kJ, then RR intervals u16 in 1/1024 s up to the end, the oldest first

`10 49 5e03 9603` = 73/min, RR 0.841796875 s and 0.896484375 s
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from drivers.codec.component import component
from drivers.codec.payload import Payload
from edge.domain.measurement import Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

CONTACT_DETECTED: Final = 1 << 1
CONTACT_SUPPORTED: Final = 1 << 2

_RR_STEPS_PER_SECOND: Final = 1024


def heart_rate(data: bytes) -> Reading:
    """One value of 0x2A37. Raises Fault(UNDECODABLE) and nothing else.

    How many RR intervals there are is said by nothing but the length: none is accepted too, half of one is not.
    """
    payload = Payload(data)
    flags = payload.unsigned(1)
    rate = payload.unsigned(2 if flags & 1 else 1)
    components = [component(Name.HEART_RATE, Decimal(rate), Unit.PER_MINUTE)]
    if flags & 1 << 3:
        components.append(component(Name.ENERGY_EXPENDED, Decimal(payload.unsigned(2)), Unit.KILOJOULE))
    while flags & 1 << 4 and payload.left > 0:
        seconds = Decimal(payload.unsigned(2)) / _RR_STEPS_PER_SECOND  # exact: at most ten places
        components.append(component(Name.RR_INTERVAL, seconds, Unit.SECOND))
    payload.end()
    return Reading(
        kind=Kind.HEART_RATE,
        components=tuple(components),
        raw=data,
        quality=(Quality.SENSOR_OFF,) if flags & CONTACT_SUPPORTED and not flags & CONTACT_DETECTED else (),
    )
