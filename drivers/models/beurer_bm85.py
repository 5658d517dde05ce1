"""The Beurer BM85, an upper-arm cuff that does not follow its profile."""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import Final

from drivers.codec.blood_pressure import Quirks, blood_pressure
from drivers.codec.characteristic import CharacteristicDecoder
from drivers.models.model import BleModel, Delivery, Sure, assigned

QUIRKS: Final = Quirks(
    # pulse `00 41` is 65 and status `00 04` an irregular pulse, while pressures and year are little endian
    pulse_and_status="big",
    # flags 56: bit 3 is 0, and yet the user's slot (0 or 1) stands between pulse and status
    always_user=True,
    # 0 in every capture, whatever the pressures: this cuff shows no mean, and it sends none
    mean_zero_is_none=True,
)

_DECODERS = MappingProxyType({"2a35": functools.partial(blood_pressure, quirks=QUIRKS)})

BEURER_BM85 = BleModel(
    name="beurer-bm85",
    label="Tensiomètre Beurer BM85",
    label_en="Beurer BM85 blood pressure monitor",
    facts="four captures of one device, github.com/derdilla/blood-pressure-monitor-fl pull requests 735 and 737",
    sure=Sure.CONFIRMED,
    service=assigned("1810"),
    names=("BM85",),
    subscribe=MappingProxyType({"2a35": Delivery.INDICATE}),
    decoder=lambda: CharacteristicDecoder(_DECODERS),
)
