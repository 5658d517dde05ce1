"""Nonin finger and ear oximeters on a serial line, data format 7 (Onyx II, WristOx2, Xpod with 16-bit pleth)."""

from __future__ import annotations

from drivers.codec.nonin_7 import Nonin7
from drivers.models.model import SerialModel, SerialSettings, Sure

NONIN_7 = SerialModel(
    name="nonin-7",
    label="Oxymètre Nonin",
    label_en="Nonin oximeter",
    facts=(
        "Nonin Onyx II 9560 OEM Specification 6470-000-01, as quoted on mwitty.com; the MD PnP driver for Nonin;"
        " the values of a packet as in format 2, of which a log exists; none of this format"
    ),
    sure=Sure.UNCONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=True,
    checked=True,
    decoder=Nonin7,
)
