"""Glucose meters that follow the Bluetooth Glucose Profile: their readings are records that are asked for."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.characteristic import CharacteristicDecoder
from drivers.codec.glucose import glucose, glucose_context
from drivers.codec.record_access import CONTROL, RecordAccess
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a18": glucose, "2a34": glucose_context})

GLUCOSE = BleModel(
    name="glucose",
    label="Lecteur de glycémie",
    label_en="Glucose meter",
    facts="Bluetooth SIG, Glucose Service 1.0.1 and GSS; public captures of an Accu-Chek Guide and another meter",
    sure=Sure.CONFIRMED,
    service=assigned("1808"),
    subscribe=MappingProxyType({"2a18": Delivery.NOTIFY, "2a34": Delivery.NOTIFY}),
    stored=frozenset({"2a18"}),
    control=MappingProxyType({CONTROL: Delivery.INDICATE}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
    dialogue=RecordAccess,
)
