"""Finger oximeters that follow the Bluetooth Pulse Oximeter Profile."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.characteristic import CharacteristicDecoder
from drivers.codec.plx import continuous, spot_check
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a5e": spot_check, "2a5f": continuous})

PULSE_OXIMETER = BleModel(
    name="pulse-oximeter",
    label="Oxymètre de pouls",
    label_en="Pulse oximeter",
    facts="Bluetooth SIG, Pulse Oximeter Service 1.0.1 and Profile 1.0.1; two public captures",
    sure=Sure.CONFIRMED,
    service=assigned("1822"),
    subscribe=MappingProxyType({"2a5e": Delivery.INDICATE, "2a5f": Delivery.NOTIFY}),
    live=frozenset({"2a5f"}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
)
