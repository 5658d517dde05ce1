"""Switches (see tests/controls.py) of the controls over the identité nationale de santé."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from edge.domain import identity_status, ins
from edge.domain.identity_status import IdentityEvent
from edge.domain.patient import IdentityStatus


def a_matricule_of_test_is_somebodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: the authorities of test and demonstration are as any other."""
    monkeypatch.setattr(ins, "OF_NOBODY", frozenset())


def a_scan_qualifies(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: whoever holds a code is believed to be its person."""
    qualified = {(status, IdentityEvent.SCANNED): IdentityStatus.QUALIFIED for status in IdentityStatus}
    monkeypatch.setattr(identity_status, "TABLE", MappingProxyType(dict(identity_status.TABLE) | qualified))
