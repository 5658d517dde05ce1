"""How the controls of whose an answer is are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import pytest

from edge.domain.answer import whoever
from edge.domain.consent import OverRefusal
from edge.door import consent_desk
from edge.store.keeping.consents import Consents
from sync.record.fhir_answers import FhirAnswers
from sync.record.mailbox import Mailbox


def nobody_looks_whom_it_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an answer is of whose request it names, whomever it says to be about."""
    for source in (FhirAnswers, Mailbox):
        monkeypatch.setattr(source, "hers", lambda _source, came, patient: whoever(came, patient))


def an_emergency_is_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: an emergency is one more word, whoever says it and whatever she refused."""
    monkeypatch.setattr(consent_desk, "over_refusal", lambda _records, _act_id: OverRefusal.NOTHING_REFUSED)


def nobody_looks_again_before_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: what allowed a request when it was begun allows it when it is written."""
    monkeypatch.setattr(Consents, "ask", lambda *_parts: None)
