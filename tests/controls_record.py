"""Switches (see tests/controls.py) of the controls on what the residents' record may do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import structlog

from edge.domain import movement
from edge.domain.movement import Decision, Known, Movement, Received
from edge.domain.patient import Ins
from edge.store import movement_book
from sync.record import adt, listener


def merges_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: two become one whatever was captured of them, and whoever they are."""
    joined = movement._joined

    def at_once(told: Movement, here: Known, gone: Known, issuer: str, **_options: bool) -> Decision:
        return joined(told, here, dataclasses.replace(gone, on_screen=False), issuer, accepted=True)

    monkeypatch.setattr(movement, "_joined", at_once)


def the_record_is_believed_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: another person stands under an identifier under which something was captured."""
    monkeypatch.setattr(movement, "is_another", lambda _before, _after: False)


def every_number_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: an INS of tests is as good as anybody's."""
    monkeypatch.setattr(Ins, "why_not", lambda _self, *, demonstration=False: None)


def whoever_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: an identifier is ours whoever it says to have given it."""
    monkeypatch.setattr(adt._Reader, "_given_by", lambda _self, _one, _house: adt._Giver.THE_HOUSE)


def a_table_speaks_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """H14: what a table has no column for is taken away."""
    monkeypatch.setattr(movement_book, "completed", lambda listed, _known, _spoken_of: listed)


def everybody_may_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: whoever reaches the port tells of residents."""

    class Everybody(frozenset[str]):
        def __contains__(self, _one: object) -> bool:
            return True

    monkeypatch.setattr(listener, "_addresses", lambda _callers: Everybody())


def the_record_is_told_in_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: a message that was taken is written to the log as it came."""
    received = adt.received

    def told(frame: bytes, *args: Any, **options: Any) -> Received:
        structlog.get_logger().info("record_message_came", content=frame.decode("utf-8", "replace"))
        return received(frame, *args, **options)

    monkeypatch.setattr(adt, "received", told)
