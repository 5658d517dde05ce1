"""Nonin finger and ear oximeters on a serial line, data format 2 (OEM III, Xpod, Onyx with cable)."""

from __future__ import annotations

from drivers.codec.nonin_2 import Nonin2
from drivers.models.model import SerialModel, SerialSettings, Sure

NONIN_2 = SerialModel(
    name="nonin-2",
    label="Oxymètre Nonin",
    label_en="Nonin oximeter",
    facts="30 logged frames in mattjlewis/NoninPulseOx; status bits and averages as public implementations quote Nonin's OEM III specification",
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=True,
    checked=True,
    decoder=Nonin2,
)
