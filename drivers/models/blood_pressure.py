"""Upper-arm and wrist cuffs that follow the Bluetooth Blood Pressure Profile."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.blood_pressure import blood_pressure
from drivers.codec.characteristic import CharacteristicDecoder
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a35": blood_pressure})

BLOOD_PRESSURE = BleModel(
    name="blood-pressure",
    label="Tensiomètre",
    label_en="Blood pressure monitor",
    facts="Bluetooth SIG, Blood Pressure Service 1.1.1 and Profile 1.1.1; one public capture",
    sure=Sure.CONFIRMED,
    service=assigned("1810"),
    subscribe=MappingProxyType({"2a35": Delivery.INDICATE}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
)
