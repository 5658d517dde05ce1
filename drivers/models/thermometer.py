"""Thermometers (ear, forehead, armpit) that follow the Bluetooth Health Thermometer Profile."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.characteristic import CharacteristicDecoder
from drivers.codec.temperature import temperature
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a1c": temperature, "2a1e": temperature})

THERMOMETER = BleModel(
    name="thermometer",
    label="Thermomètre",
    label_en="Thermometer",
    facts="Bluetooth SIG, Health Thermometer Service 1.0 and GSS; public captures of an A&D UT-201BLE-A and a FORA IR20",
    sure=Sure.CONFIRMED,
    service=assigned("1809"),
    subscribe=MappingProxyType({"2a1c": Delivery.INDICATE, "2a1e": Delivery.NOTIFY}),
    live=frozenset({"2a1e"}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
)
