"""Switches (see tests/controls.py) of the controls in the sync process and its far ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.domain.delivery import Event
from edge.domain.item import Frozen
from edge.domain.ports import Outcome, Tell
from firmware_stubs import pacs
from sync import drain
from sync.dicom.proving import proof, same
from sync.fhir import client, observations


def anybodys_object_is_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an object counts as received whoever it is filed under."""
    monkeypatch.setattr(proof, "all_are", lambda _patient_id, owners: bool(owners))
    monkeypatch.setattr(same, "_IDENTITY", ())
    monkeypatch.setattr(same, "_WHERE_SAID", ())
    monkeypatch.setattr(client, "_content", lambda _resource: {})
    monkeypatch.setattr(client, "_same_person", lambda _ours, _theirs: True)


def demonstration_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: a demonstration reading becomes an Observation like any other."""
    monkeypatch.setattr(observations, "NEVER_A_PATIENT", frozenset())


def the_pacs_listens_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: the demonstration's PACS takes associations from the network."""
    monkeypatch.setattr(pacs, "LOOPBACK", "0.0.0.0")


def accepted_counts_as_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: nobody reads back what was sent."""

    async def believed(_self: object, objects: Sequence[Frozen], _tell: Tell) -> Sequence[Outcome]:
        return [Outcome(one.item_id, Event.PROVEN) for one in objects]

    monkeypatch.setattr(drain._Course, "_prove", believed)


def traits_go_into_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: a failure is logged with its own words."""
    monkeypatch.setattr(drain, "_where", str)
