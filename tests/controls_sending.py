"""Switches (see tests/controls.py) of the controls while something is sent: who it goes to, and what comes back."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sync.dicom.speaking import association


def who_answers_may_send_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """H18, T10: a redirection is followed, wherever it points."""
    asked = aiohttp.ClientSession.request

    def followed(self: aiohttp.ClientSession, *where: Any, **how: Any) -> Any:
        return asked(self, *where, **(how | {"allow_redirects": True}))

    monkeypatch.setattr(aiohttp.ClientSession, "request", followed)


def any_size_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: whatever size a peer announces is read into memory."""
    monkeypatch.setattr(association, "LARGEST_PDU", 1 << 40)
