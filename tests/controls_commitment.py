"""Switches (see tests/controls.py) of the controls on storage commitment and the worklist."""

from __future__ import annotations

import ssl

import pytest

from edge.domain.worklist import Scheduled
from edge.store.keeping import orders
from sync.dicom.fetching import worklist
from sync.dicom.proving import commitment, listening
from sync.tls import Tls


def any_caller_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: whoever reaches the port may report, by whatever name."""
    monkeypatch.setattr(listening._Server, "verify_request", lambda *_: True)
    made = listening.AE

    class Open(made):  # type: ignore[misc, valid-type]
        @property
        def require_calling_aet(self) -> list[str]:
            return []

        @require_calling_aet.setter
        def require_calling_aet(self, _: list[str]) -> None:
            pass

    monkeypatch.setattr(listening, "AE", Open)


def a_caller_may_say_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: what is read of one connection has no end."""
    monkeypatch.setattr(listening._Counted, "left", 1 << 40)


def commitment_is_all_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what the PACS answers for is received, whoever's it is there."""
    settled = commitment._settled
    monkeypatch.setattr(
        commitment, "_settled", lambda item_id, said, found: settled(item_id, said, found if said is None else None)
    )


def any_certificate_may_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: TLS with whoever calls back."""
    listening_of = Tls.listening

    def lax(self: Tls, whom: str) -> ssl.SSLContext:
        context = listening_of(self, whom)
        context.verify_mode = ssl.CERT_NONE
        return context

    monkeypatch.setattr(Tls, "listening", lax)


def a_worklist_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: whatever a worklist tells is taken, however much it is."""
    monkeypatch.setattr(worklist, "MOST_ORDERS", 1 << 40)
    monkeypatch.setattr(worklist, "MOST_BYTES", 1 << 40)


def an_identifier_alone_is_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an order is taken for the resident of that number, whoever gave the number and whenever she was born."""
    monkeypatch.setattr(Scheduled, "is_of", lambda self, patient: self.patient_id == patient.id)


def the_first_order_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: of several orders the first is taken for the one that is meant."""
    only_one = orders.only_one
    monkeypatch.setattr(orders, "only_one", lambda scheduled, patient: only_one(list(scheduled)[:1], patient))
