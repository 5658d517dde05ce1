"""Scales that follow the Bluetooth Weight Scale Profile, with users kept apart where they do that."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.characteristic import CharacteristicDecoder
from drivers.codec.user_control import CONTROL, UserConsent
from drivers.codec.weight import weight
from drivers.models.model import BleModel, Delivery, Sure, assigned

_DECODERS = MappingProxyType({"2a9d": weight})

WEIGHT_SCALE = BleModel(
    name="weight-scale",
    label="Balance",
    label_en="Scale",
    facts="Bluetooth SIG, Weight Scale Service 1.0, User Data Service 1.1 and GSS; one public capture",
    sure=Sure.CONFIRMED,
    service=assigned("181d"),
    subscribe=MappingProxyType({"2a9d": Delivery.INDICATE}),
    control=MappingProxyType({CONTROL: Delivery.INDICATE}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
    dialogue=UserConsent,
)
