"""Nonin finger oximeters on a serial line, data format 8: four bytes a second."""

from __future__ import annotations

from drivers.codec.nonin_8 import Nonin8
from drivers.models.model import SerialModel, SerialSettings, Sure

NONIN_8 = SerialModel(
    name="nonin-8",
    label="Oxymètre Nonin",
    label_en="Nonin oximeter",
    facts=(
        "two public implementations that agree (mattjlewis/NoninPulseOx, drphrozen/javautilityclasses);"
        " no log; the format has no checksum"
    ),
    sure=Sure.UNCONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=True,
    decoder=Nonin8,
)
