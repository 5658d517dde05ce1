"""What every test of the house gets."""

from __future__ import annotations

import gc
import os

import hypothesis
import pytest

pytest_plugins = ["tests.hazard_plugin"]

# a terminal says itself how large it is: whatever the shell of whoever runs the tests has is not its size
for told in ("COLUMNS", "LINES"):
    os.environ.pop(told, None)

# where it finds one of these pytest draws the whole difference of two values, and takes minutes for those of two pictures
for name in ("CI", "BUILD_NUMBER"):
    if os.environ.pop(name, None):
        os.environ["TELECART_NOTHING_SKIPPED"] = "1"

# a busy machine is no defect: pytest-timeout bounds every test; what is tried is the same for everybody, and with TELECART_SEARCH
# something else each time
hypothesis.settings.register_profile("house", deadline=None, derandomize=not os.environ.get("TELECART_SEARCH"))
hypothesis.settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, those that mostly wait are spread among those that compute."""
    if hasattr(config, "workerinput"):
        compute = [item for item in items if item.path.parent.name == "unit"]
        wait = [item for item in items if item.path.parent.name != "unit"]
        places = [(number / max(1, len(each)), item) for each in (wait, compute) for number, item in enumerate(each)]
        items[:] = [item for _, item in sorted(places, key=lambda place: place[0])]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector of garbage need not look through them again and again."""
    gc.collect()
    gc.freeze()
