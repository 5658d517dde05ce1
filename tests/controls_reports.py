"""Switches that take away what keeps reports safe."""

from __future__ import annotations

import dataclasses
import smtplib

import pytest

from edge.store.keeping.reports import Reports
from sync.report import document


def unknown_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    known = document._allergies
    monkeypatch.setattr(
        document,
        "_allergies",
        lambda sheet, who, words: known(sheet, dataclasses.replace(who, allergies=who.allergies or ()), words),
    )


def nobody_looks_at_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reports, "touched", lambda *_: None)


def starttls_is_not_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: what the server does not offer is done without."""
    monkeypatch.setattr(smtplib.SMTP, "starttls", lambda *_, **__: (220, b""))
