"""What every test of the house gets."""

from __future__ import annotations

import gc

import hypothesis
import pytest

pytest_plugins = ["tests.hazard_plugin"]

# a busy machine is no defect: pytest-timeout bounds every test
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector of garbage need not look through them again and again."""
    gc.collect()
    gc.freeze()
