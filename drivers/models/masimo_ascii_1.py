"""Masimo Rad-5, Rad-7 and Rad-8 oximeters on a serial line that is set to ASCII-1."""

from __future__ import annotations

from drivers.codec.masimo_ascii_1 import MasimoAscii1
from drivers.models.model import SerialModel, SerialSettings, Sure

MASIMO_ASCII_1 = SerialModel(
    name="masimo-ascii-1",
    label="Oxymètre Masimo",
    label_en="Masimo oximeter",
    facts=(
        "logged lines of a Rad-8 and a Radical-7 (nmenon/masimo-datacapture), of a Rad-5 (MD PnP);"
        " exception bits from the Rad-8 operator's manual and the MD PnP driver"
    ),
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=True,
    decoder=MasimoAscii1,
)
