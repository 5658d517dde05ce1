"""Switches (see tests/controls.py) of the controls on the way to the residents' record."""

from __future__ import annotations

import json

import pytest

from sync.fhir import replies


def a_server_s_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: what a server writes about a resource goes into logs and lists as it is."""
    monkeypatch.setattr(replies, "objections", lambda body: json.dumps(body, default=str))
