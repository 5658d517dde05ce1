"""The catalog: which product families the cart reads."""

from __future__ import annotations

import dataclasses

import pytest

from drivers import catalog
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.model import Link, Model, Sure, assigned


def test_the_catalog_names_each_model_once() -> None:
    assert list(catalog.BY_NAME) == ["blood-pressure", "pulse-oximeter", "nonin-2"]
    assert all(model.label and model.facts for model in catalog.MODELS)


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="two models are called blood-pressure"):
        catalog._by_name((BLOOD_PRESSURE, BLOOD_PRESSURE))


def test_a_service_used_twice_is_refused() -> None:
    other = dataclasses.replace(BLOOD_PRESSURE, name="other")
    with pytest.raises(ValueError, match="recognised by the service of another"):
        catalog._by_name((BLOOD_PRESSURE, other))


@pytest.mark.parametrize("link", [Link.BLE, Link.SERIAL])
def test_a_model_without_what_its_link_needs_is_refused(link: Link) -> None:
    with pytest.raises(ValueError, match="model bare"):
        Model(
            name="bare",
            label="",
            link=link,
            decoder=BLOOD_PRESSURE.decoder,
            facts="",
            sure=Sure.UNCONFIRMED,
            continuous=False,
        )


def test_an_assigned_number_becomes_its_full_uuid() -> None:
    assert assigned("2A35") == "00002a35-0000-1000-8000-00805f9b34fb"
