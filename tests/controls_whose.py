"""Switches (see tests/controls.py) of who says whose something is."""

from __future__ import annotations

import dataclasses

import pytest

from edge.domain.patient import Patient
from edge.door.assign_desk import AssignDesk
from edge.store.damage import mending
from edge.store.keeping import assigning, lineage, rounds
from edge.store.keeping.assigning import Assigning
from edge.store.keeping.journal import Journal


def what_is_moved_stays_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a reading that was another resident's goes out under both names."""
    monkeypatch.setattr(Assigning, "_retire", lambda *_: None)


def the_far_end_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what left under the wrong name stays there as if it were right."""
    monkeypatch.setattr(assigning, "_MAY_HAVE_LEFT", "0")


def nobody_knows_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: two residents who were taken for one cannot be told apart again."""
    monkeypatch.setattr(rounds, "note_moved", lambda *_: None)
    monkeypatch.setattr(rounds, "note_became", lambda *_: None)


def a_device_may_say_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what a device repeats is looked for where it was before it was moved."""
    monkeypatch.setattr(rounds, "stands_for", lambda _, sequence: sequence)


def what_is_still_to_come_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what arrives late of a round that was moved is saved for the resident whose it was not."""
    monkeypatch.setattr(rounds, "standing", lambda _, encounter: encounter)
    monkeypatch.setattr(rounds, "BECAME", "(SELECT NULL WHERE {} IS NULL)")


def going_back_takes_more_than_it_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: what a person had said to be somebody's by itself goes when a reconciliation is gone back."""
    monkeypatch.setattr(lineage, "moved_so_far", lambda _: 0)


def anybody_is_reconciled(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: two residents with an identity are made one by a tap."""
    monkeypatch.setattr(assigning, "is_without_identity", lambda _: True)


def a_salvage_forgets_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: after a salvage a reading is again whose a person said that it is not."""
    monkeypatch.setattr(mending, "_assigned", lambda _: 0)
    monkeypatch.setattr(mending, "_undone", lambda _: 0)


def near_names_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: who has the same name, birth date and sex as another one is taken for that one."""
    put = Journal.put_known

    def merging(self: Journal, patient: Patient) -> bool:
        same = next((one for one in self.patients() if one.birth_name == patient.birth_name), None)
        return put(self, dataclasses.replace(patient, id=same.id if same else patient.id))

    monkeypatch.setattr(Journal, "put_known", merging)


def the_wrong_one_stays_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a round goes over, and what is measured next is again of the resident whose it was not."""

    async def stays(*_: object) -> None:
        return None

    monkeypatch.setattr(AssignDesk, "_instead", stays)
