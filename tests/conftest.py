"""What every test of the house gets."""

from __future__ import annotations

pytest_plugins = ["tests.hazard_plugin"]
