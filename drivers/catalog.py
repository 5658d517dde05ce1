"""Every product family that this cart can read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.model import BleModel, FileModel, Model, SerialModel
from drivers.models.nonin_2 import NONIN_2
from drivers.models.pulse_oximeter import PULSE_OXIMETER

MODELS: tuple[Model, ...] = (
    # a row with ``names`` stands before the family of its service
    BLOOD_PRESSURE,
    PULSE_OXIMETER,
    NONIN_2,
)


def _by_name(models: tuple[Model, ...]) -> Mapping[str, Model]:
    names: dict[str, Model] = {}
    services: set[str] = set()
    for model in models:
        if model.name in names:
            raise ValueError(f"two models are called {model.name}")
        names[model.name] = model
        if not isinstance(model, BleModel):
            continue
        if model.service in services:
            raise ValueError(f"model {model.name} would never be met: its service is another's that stands before it")
        if not model.names:
            services.add(model.service)
    return MappingProxyType(names)


BY_NAME = _by_name(MODELS)
BLE: tuple[BleModel, ...] = tuple(model for model in MODELS if isinstance(model, BleModel))
SERIAL: tuple[SerialModel, ...] = tuple(model for model in MODELS if isinstance(model, SerialModel))
FILES: tuple[FileModel, ...] = tuple(model for model in MODELS if isinstance(model, FileModel))
