"""What every test of the house gets."""

from __future__ import annotations

import hypothesis

pytest_plugins = ["tests.hazard_plugin"]

# a busy machine is no defect: pytest-timeout bounds every test
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
