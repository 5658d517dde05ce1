"""Switches that take away what keeps reports safe."""

from __future__ import annotations

import dataclasses
import smtplib

import pytest

from edge.store.keeping import reports as keeping
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


def no_report_is_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: traits are corrected, and what was built under the former ones stands."""
    monkeypatch.setattr(Reports, "renamed", lambda *_: ())


def nobody_looks_whose_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an answer that is somebody else's stays in the report."""
    keys = keeping._keys
    monkeypatch.setattr(keeping, "_keys", lambda followed, encounter_id: (keys(followed, encounter_id)[0], set()))


def starttls_is_not_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: what the server does not offer is done without."""
    monkeypatch.setattr(smtplib.SMTP, "starttls", lambda *_, **__: (220, b""))
