"""Contec CMS50D+ finger oximeters by USB, with the older firmware and with 4.6 and later (CMS50F too)."""

from __future__ import annotations

from drivers.codec.cms50d import Cms50d
from drivers.codec.cms50d_4_6 import Cms50d46
from drivers.codec.cms50d_dialogue import Cms50d46Live, Cms50d46Stored
from drivers.codec.cms50d_stored import Cms50dStored
from drivers.models.model import SerialModel, SerialSettings, Sure

CMS50D = SerialModel(
    name="cms50d",
    label="Oxymètre Contec",
    label_en="Contec oximeter",
    facts=(
        "atbrask/CMS50Dplus, tried on the device by its author, and a translation of Contec's manual"
        " (picbasic.co.uk, thread 11311), which agree; its memory as those and a log of the author of SleepyHead"
        " (cpaptalk.com, t=65978) have it; the format has no checksum"
    ),
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=19200, parity="O"),
    continuous=True,
    decoder=Cms50d,
    stored=Cms50dStored,
)

CMS50D_4_6 = SerialModel(
    name="cms50d-4.6",
    label="Oxymètre Contec",
    label_en="Contec oximeter",
    facts=(
        'Contec, "Communication protocol of pulse oximeter V7.0"; one live and one stored packet logged in'
        " MarkMLl/Contec_cms50dplus; the format has no checksum"
    ),
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=115200),
    continuous=True,
    decoder=Cms50d46,
    dialogue=Cms50d46Live,
    stored=Cms50d46Stored,
)
