"""Switches of the controls that the decoders hold; see tests/controls.py."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

import pytest

from drivers.codec import component, plx


def everything_is_plausible(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: no value is asked about."""
    limit = Decimal("Infinity")
    wide = {name: (unit, -limit, limit) for name, (unit, _, _) in component.PLAUSIBLE.items()}
    monkeypatch.setattr(component, "PLAUSIBLE", MappingProxyType(wide))


def status_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7, H17: what an oximeter says about its own values is read over."""
    monkeypatch.setattr(plx, "_qualities", lambda *_: ())
