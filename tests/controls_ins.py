"""Switches (see tests/controls.py) of the controls over the identité nationale de santé."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import pytest

from edge.domain import identity_status, ins, recognition
from edge.domain.identity_status import IdentityEvent
from edge.domain.patient import IdentityStatus, Patient
from edge.domain.recognition import Match, Recognised, ScannedIdentity
from edge.mains import identity
from edge.mains.identity import Refused, Traits


def a_matricule_of_test_is_somebodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: the authorities of test and demonstration are as any other."""
    monkeypatch.setattr(ins, "OF_NOBODY", frozenset())


def a_scan_qualifies(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: whoever holds a code is believed to be its person."""
    qualified = {(status, IdentityEvent.SCANNED): IdentityStatus.QUALIFIED for status in IdentityStatus}
    monkeypatch.setattr(identity_status, "TABLE", MappingProxyType(dict(identity_status.TABLE) | qualified))


def the_first_of_two_persons_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whichever code is found first says who it is."""

    def first(payloads: Sequence[bytes], *, allow_test: bool) -> Traits | Refused:
        return identity.parse(payloads[0], allow_test=allow_test)

    monkeypatch.setattr(identity, "_of_symbols", first)


def the_matricule_alone_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: whoever has the matricule is meant, whatever else the code says."""

    def believed(scanned: ScannedIdentity, residents: Sequence[Patient]) -> Recognised:
        return Recognised(Match.INS, next(one.id for one in residents if one.ins == scanned.ins))

    monkeypatch.setattr("tests.unit.test_recognition.by_identity", believed)


def near_is_near_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: traits that differ in the sex or the first letter of a name are taken for the same."""

    def near(one: Patient, scanned: ScannedIdentity) -> bool:
        return recognition.plain(one.birth_name)[2:] == recognition.plain(scanned.birth_name)[2:]

    monkeypatch.setattr(recognition, "_same_traits", near)


def an_identifier_is_whoever_has_it_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a list may give an identifier to anybody."""
    monkeypatch.setattr("edge.store.keeping.journal.refuse_another", lambda *_: None)
