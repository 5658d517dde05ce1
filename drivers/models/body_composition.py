"""Scales with electrodes that follow the Bluetooth Body Composition Profile; most send the weight by itself too."""

from __future__ import annotations

from types import MappingProxyType

from drivers.codec.body_composition import BodyCompositionDecoder
from drivers.codec.user_control import CONTROL, UserConsent
from drivers.models.model import BleModel, Delivery, Sure, assigned

BODY_COMPOSITION = BleModel(
    name="body-composition",
    label="Balance à impédance",
    label_en="Body composition scale",
    facts="Bluetooth SIG, Body Composition Service 1.0, User Data Service 1.1 and GSS; one public capture of a Beurer BF105",
    sure=Sure.CONFIRMED,
    service=assigned("181b"),
    subscribe=MappingProxyType({"2a9c": Delivery.INDICATE, "2a9d": Delivery.INDICATE}),
    control=MappingProxyType({CONTROL: Delivery.INDICATE}),
    decoder=BodyCompositionDecoder,
    dialogue=UserConsent,
)
