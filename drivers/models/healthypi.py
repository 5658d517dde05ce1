"""ProtoCentral HealthyPi boards v3 to v5 (ADS1292R, AFE4490, MAX30001): an open ECG front end, for the live trace."""

from __future__ import annotations

from drivers.codec.healthypi import HealthyPi
from drivers.models.model import SerialModel, SerialSettings, Sure

HEALTHYPI = SerialModel(
    name="healthypi",
    label="Carte HealthyPi",
    label_en="HealthyPi board",
    facts=(
        "the maker's own firmware and screens: Protocentral/protocentral-healthypi-v3, protocentral_healthypi_v4,"
        " protocentral_healthypi_5_firmware, protocentral_healthypi5_zephyr; no log; no checksum; no medical device"
    ),
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=115200),
    continuous=True,
    decoder=HealthyPi,
)
