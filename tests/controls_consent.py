"""Switches (see tests/controls.py) of the controls about consents."""

from __future__ import annotations

import pytest

from edge.acquire.consents import Consents
from edge.acquire.recorder import Recorder
from edge.door import consent_desk, sight
from edge.door.desk import Desk


def a_withdrawal_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """H20: a call goes on when what allowed it is taken back, and media is told nothing."""

    async def consented(_self: Desk, _by: object) -> None: ...

    monkeypatch.setattr(Desk, "consented", consented)
    monkeypatch.setattr(sight, "basis_for", lambda records, _act_id: records or object())


def media_hears_of_the_call_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: what media may know hangs on the state of the call, whatever anybody agreed to."""
    monkeypatch.setattr(sight, "basis_for", lambda _records, _act_id: object())


def a_consent_is_for_every_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: what was agreed to one call opens the next one too."""
    monkeypatch.setattr(Consents, "begun", lambda self: setattr(self, "_next", self._next or "the act"))


def anybody_says_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: without a badge somebody says that the resident agreed."""
    made = consent_desk.ConsentDesk.__init__

    def init(self: consent_desk.ConsentDesk, *parts: object) -> None:
        made(self, *parts)  # type: ignore[arg-type]
        self._anonymous = lambda: False

    monkeypatch.setattr(consent_desk.ConsentDesk, "__init__", init)


def a_consent_is_whosever_is_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody looks whether she is still the one who was on screen."""
    monkeypatch.setattr(Recorder, "who", lambda self, _encounter_id: self.on_screen)


def a_refusal_is_one_word_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: any agreement that stands is enough, whatever was said after it."""

    def any_that_allows(records: object, act_id: str) -> object:
        return next((one for one in records if one.allows and one.act_id in {"", act_id}), None)  # type: ignore[attr-defined]

    monkeypatch.setattr("edge.acquire.consents.basis_for", any_that_allows)
    monkeypatch.setattr("edge.acquire.consents.last_word", any_that_allows)
