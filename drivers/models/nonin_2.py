"""Nonin finger and ear oximeters on a serial line, data format 2 (OEM III, Xpod, Onyx with cable)."""

from __future__ import annotations

from drivers.codec.nonin_2 import Nonin2
from drivers.models.model import Link, Model, SerialSettings, Sure

NONIN_2 = Model(
    name="nonin-2",
    label="Oxymètre Nonin",
    link=Link.SERIAL,
    decoder=Nonin2,
    facts="30 logged frames in mattjlewis/NoninPulseOx; status bits as public implementations quote Nonin's OEM III specification",
    sure=Sure.CONFIRMED,
    continuous=True,
    serial=SerialSettings(baud=9600),
)
