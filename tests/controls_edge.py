"""Switches (see tests/controls.py) of the controls in the edge process: binding, store, door."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Awaitable, Callable

import pytest

from edge.acquire import recorder
from edge.acquire.consents import Consents
from edge.domain import binding, capture
from edge.domain.binding import OnScreen
from edge.domain.consent import Basis, Consent, Scope
from edge.domain.fault import Fault
from edge.domain.photo import Shows
from edge.door import desk, server, sight
from edge.mains import sync as sync_main
from edge.store.file import database
from edge.store.sending import outbox


def every_capture_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: nothing tells a replay from a new reading."""
    numbers = itertools.count()
    monkeypatch.setattr(capture, "identity_of", lambda *_: f"capture {next(numbers)}")


def any_sqlite_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T21: no oldest version."""
    monkeypatch.setattr(database, "OLDEST_SQLITE", (3, 0, 0))


def any_store_for_any_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: a store does not remember what it is for."""
    monkeypatch.setattr(database.Database, "mark", lambda _self, _name, value: value)


def a_far_next_attempt_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H8: a time far ahead is waited for."""
    monkeypatch.setattr(outbox, "LONGEST_WAIT", 1e12)


def measurements_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a reading belongs to whoever is on screen when it arrives."""
    monkeypatch.setattr(binding, "TAKES_SECONDS", dict.fromkeys(binding.TAKES_SECONDS, 0.0))


def demonstration_counts_as_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: what a device calls demonstration is taken like any reading."""
    monkeypatch.setattr(recorder, "NEVER_A_PATIENT", frozenset())


def running_values_survive_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nothing is wiped when the resident changes."""
    monkeypatch.setattr(recorder.Recorder, "_wipe", lambda _self: None)


def running_values_never_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: a running value is live for ever."""
    monkeypatch.setattr(recorder, "LIVE_FOR", float("inf"))


def a_full_disk_is_shrugged_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a save that failed counts as saved."""

    async def once(_self: object, work: Callable[[], Awaitable[object]]) -> object:
        try:
            return await work()
        except Fault:
            return capture.Saved("", new=True)

    monkeypatch.setattr(recorder.Recorder, "_until_kept", once)


def anybody_may_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: the kernel's word on who is at the door is not asked for."""
    monkeypatch.setattr(server, "may_enter", lambda _role, _uid: True)


def late_stills_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nobody asks for whom a picture was taken."""
    forget = desk.Desk._leave

    async def leave(self: desk.Desk) -> None:
        wanted = dict(self._stills)
        await forget(self)
        self._stills = wanted

    async def select(self: desk.Desk, patient_id: str) -> None:
        wanted = list(self._stills)
        await chosen(self, patient_id)
        if shown := self._recorder.on_screen:
            self._stills = {name: desk.WantedStill(shown.encounter.id, Shows()) for name in wanted}

    chosen = desk.Desk._select
    monkeypatch.setattr(desk.Desk, "_leave", leave)
    monkeypatch.setattr(desk.Desk, "_select", select)


def consent_is_taken_for_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: a call starts whatever the resident said."""
    anyhow = Consent("anyhow", "P1", Basis.PERSON, Scope.STANDING, dt.datetime.now(dt.UTC), None)

    async def basis(_self: Consents, _shown: OnScreen, _act_id: str) -> Consent:
        return anyhow

    monkeypatch.setattr(Consents, "basis", basis)
    monkeypatch.setattr(Consents, "allows", lambda _self, _encounter_id, _act_id: True)


def media_sees_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: media gets the bedside's snapshot."""
    monkeypatch.setattr(sight, "for_media", lambda bedside, _call, _consents: bedside)


def a_demonstration_sends_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: nobody asks who a destination is."""
    monkeypatch.setattr(sync_main, "refuse_strangers", lambda _settings: None)
