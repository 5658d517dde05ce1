"""The catalog: which product families the cart reads."""

from __future__ import annotations

import dataclasses

import pytest

from drivers import catalog
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.model import assigned


def test_the_catalog_names_each_model_once() -> None:
    assert len(catalog.BY_NAME) == len(catalog.MODELS)
    assert all(model.label and model.facts for model in catalog.MODELS)


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="two models are called blood-pressure"):
        catalog._by_name((BLOOD_PRESSURE, BLOOD_PRESSURE))


def test_a_model_that_would_never_be_met_is_refused() -> None:
    other = dataclasses.replace(BLOOD_PRESSURE, name="other")
    with pytest.raises(ValueError, match="model other would never be met"):
        catalog._by_name((BLOOD_PRESSURE, other))


def test_a_model_with_a_name_stands_before_its_family() -> None:
    quirk = dataclasses.replace(BLOOD_PRESSURE, name="quirk", names=("BM",))
    assert list(catalog._by_name((quirk, BLOOD_PRESSURE))) == ["quirk", "blood-pressure"]


def test_an_assigned_number_becomes_its_full_uuid() -> None:
    assert assigned("2A35") == "00002a35-0000-1000-8000-00805f9b34fb"
