"""Switches (see tests/controls.py) of the controls on who somebody is, and on which part of whose body a photo shows."""

from __future__ import annotations

import pytest

from edge.domain import patient
from edge.store.keeping import series


def every_ins_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: a number of tests is as good as anybody's."""
    monkeypatch.setattr(patient.Ins, "why_not", lambda _self, *, demonstration=False: None)


def doubts_bar_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: the INS leaves whatever is known against the identity."""
    monkeypatch.setattr(patient.Patient, "ins_to_send", property(lambda self: self.ins))


def sides_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: the photo of the other side is taken for the one before."""
    earlier = series.earlier

    def of_either_side(database: object, patient_id: str, site: object, _side: object, **options: object) -> object:
        found = [
            one
            for side in (None, *series.Side)
            for one in earlier(database, patient_id, site, side, **options)  # type: ignore[arg-type]
        ]
        return sorted(found, key=lambda one: one.taken, reverse=True)

    monkeypatch.setattr(series, "earlier", of_either_side)
