"""Every product family that this cart can read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.model import Model
from drivers.models.nonin_2 import NONIN_2
from drivers.models.pulse_oximeter import PULSE_OXIMETER

MODELS: tuple[Model, ...] = (BLOOD_PRESSURE, PULSE_OXIMETER, NONIN_2)


def _by_name(models: tuple[Model, ...]) -> Mapping[str, Model]:
    names: dict[str, Model] = {}
    for model in models:
        if model.name in names:
            raise ValueError(f"two models are called {model.name}")
        if model.service is not None and model.service in {other.service for other in names.values()}:
            raise ValueError(f"model {model.name} is recognised by the service of another")
        names[model.name] = model
    return MappingProxyType(names)


BY_NAME = _by_name(MODELS)
