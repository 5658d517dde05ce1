"""Switches (see tests/controls.py) of the controls over who works at the cart."""

from __future__ import annotations

import pytest

from edge import staff_file


def any_signature_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever may write the file decides who is who."""
    monkeypatch.setattr(staff_file, "_verify", lambda *_: None)
