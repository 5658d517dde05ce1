"""Switches (see tests/controls.py) of what becomes of an object that was undone, corrected, or is not taken."""

from __future__ import annotations

import pytest

from edge.store.keeping import parts, promises
from edge.store.sending import outbox
from sync.dicom.building import rejection


def nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what was undone stays where it was sent, and nothing says that it is nobody's."""
    monkeypatch.setattr(parts, "withdraw", lambda *_: {})


def what_is_handed_out_is_not_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an object that a sender has in hand when it is undone counts as one that never left."""
    monkeypatch.setattr(parts, "MAY_HAVE_LEFT", "frozen_sha256 IS NOT NULL AND state <> 'pending'")


def what_was_undone_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an image that was undone is marked, and goes out all the same."""
    monkeypatch.setattr(parts, "undo", lambda *_: None)


def what_was_undone_is_promised_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a destination that is added later gets what was undone before."""
    missing = promises._MISSING
    without = missing.replace("entered_in_error IS NULL OR", "TRUE OR")
    assert without != missing
    monkeypatch.setattr(promises, "_MISSING", without)


def the_note_names_the_resident_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: the receiver looks for the study under a name that it was never told."""
    monkeypatch.setattr(rejection, "_PATIENT", 0x7777)


def the_plainer_form_keeps_the_uid(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: two different objects under one UID: the far end keeps the first, or both are taken for one."""
    monkeypatch.setattr(outbox, "dicom_uid", lambda _name: None)
