"""The switches of the controls in docs/hazards.md and docs/threats.md: each turns one control off in this process.

A marked test names one of them (``without="tests.controls:name"``) and has to fail with it. A switch takes away exactly
the control and leaves everything around it working, so that the test fails because of the hazard and not of the switch.
"""

from __future__ import annotations

import re

import pytest

from edge.domain import quantity, text

_NOTHING = re.compile(r"(?!)")


def every_character_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """T17: the sanitiser lets everything through, wherever it was imported."""
    monkeypatch.setattr(text, "_FORBIDDEN", _NOTHING)


def every_conversion_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: a conversion that is not defined relabels the number instead of being refused."""
    defined = quantity.Quantity.to

    def guess(self: quantity.Quantity, unit: quantity.Unit) -> quantity.Quantity:
        try:
            return defined(self, unit)
        except ValueError:
            return quantity.Quantity(self.value, unit)

    monkeypatch.setattr(quantity.Quantity, "to", guess)
