"""Heart rate straps that follow the Bluetooth Heart Rate Profile."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.characteristic import CharacteristicDecoder
from drivers.codec.heart_rate import heart_rate
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a37": heart_rate})

HEART_RATE = BleModel(
    name="heart-rate",
    label="Ceinture cardiaque",
    label_en="Heart rate belt",
    facts="Bluetooth SIG, Heart Rate Service 1.0 and GSS; public captures of a Polar H7 and an H10",
    sure=Sure.CONFIRMED,
    service=assigned("180d"),
    subscribe=MappingProxyType({"2a37": Delivery.NOTIFY}),
    live=frozenset({"2a37"}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
)
