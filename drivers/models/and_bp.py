"""A&D cuffs with the Bluetooth Serial Port Profile (UA-767PBT and kin), bound to a serial line of the cart."""

from __future__ import annotations

from drivers.codec.and_bp import AndBloodPressure, AndDialogue
from drivers.models.model import SerialModel, SerialSettings, Sure

AND_BP = SerialModel(
    name="and-bp",
    label="Tensiomètre A&D",
    label_en="A&D blood pressure monitor",
    facts=(
        "log and layout in an Android application for the UA-767PBT and UC-411PBT-C (com.cking.phss, 2012);"
        " the header of a UA-767PBT was not logged"
    ),
    sure=Sure.UNCONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=False,
    decoder=AndBloodPressure,
    dialogue=AndDialogue,
)
