"""Switches (see tests/controls.py) of the control on what goes along with a resident who turns out to be another one."""

from __future__ import annotations

import pytest

from edge.store.keeping import assigning, following


def nothing_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2, H14, H19: her rounds go over, and what hangs on her does not."""
    monkeypatch.setattr(assigning.following, "follow", lambda *_: None)


def nothing_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: what a merge brought stays where the merge was taken back."""
    monkeypatch.setattr(assigning.following, "go_back", lambda *_: None)


def what_was_taken_back_meanwhile_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: she took back what she had agreed to, and under the identifier that comes back it stands."""
    monkeypatch.setattr(following, "_said_no", lambda *_: False)
