"""Nonin Onyx II 9560 and kin, data format 13: one packet a spot check, kept by the device until it is acknowledged."""

from __future__ import annotations

from drivers.codec.nonin_13 import Nonin13, Nonin13Dialogue
from drivers.models.model import SerialModel, SerialSettings, Sure

NONIN_13 = SerialModel(
    name="nonin-13",
    label="Oxymètre Nonin",
    label_en="Nonin oximeter",
    facts=(
        "Nonin Onyx II 9560 OEM Specification 6470-000-01, as quoted on mwitty.com; mattjlewis/NoninPulseOx"
        " (DataFormat13Serialiser); no log"
    ),
    sure=Sure.UNCONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=False,
    decoder=Nonin13,
    dialogue=Nonin13Dialogue,
)
