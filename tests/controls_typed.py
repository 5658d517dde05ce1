"""Switches (see tests/controls.py) of the controls in typed values and in the early warning score that is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from edge.acquire.recorder import Recorder
from edge.domain import early_warning, typed
from edge.domain.measurement import Quality
from edge.domain.operator import Operator
from edge.door import score_card
from sync.fhir import terms
from ui.bedside import score, tiles
from ui.bedside.screens.typed import AlgoplusPage, OfOneResident


def whoever_is_on_screen_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody looks for whom the pad was opened."""
    monkeypatch.setattr(Recorder, "who", lambda recorder, _encounter_id=None: recorder.on_screen)


def the_pad_keeps_what_stands_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what was half typed for one resident stands there for the next."""
    monkeypatch.setattr(OfOneResident, "show", lambda *_: None)


def nothing_is_unusual(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: whatever was typed is taken without a question."""
    monkeypatch.setattr(typed, "unusual", lambda *_: ())


def what_is_impossible_is_clamped(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: 140 % becomes 100 %."""

    def component(entry: typed.Entry, one: typed.Typed) -> typed.Component:
        value = typed.Decimal(one.value)
        low, high = entry.possible
        return typed.Component(entry.name, typed.Quantity(max(low, min(high, value)), entry.unit))

    monkeypatch.setattr(typed, "_component", component)


def typed_looks_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: nothing tells a typed value from a measured one."""
    monkeypatch.setattr(tiles, "_by", lambda item, _words: item.device)
    kept = {quality: text for quality, text in terms.REMARKS.items() if quality is not Quality.TYPED}
    monkeypatch.setattr(terms, "REMARKS", kept)
    monkeypatch.setattr(terms, "BY_HAND", "")


def doubtful_parts_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12: a value of which the device itself says that it may be wrong gets points."""
    monkeypatch.setattr(early_warning, "_NOT_DATED", frozenset())


def undone_parts_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12: what was entered in error gets points."""
    right = early_warning.parts

    def parts(lines: Any, taken: Any) -> Any:
        return right((dataclasses.replace(line, entered_in_error=False) for line in lines), taken)

    monkeypatch.setattr(early_warning, "parts", parts)


def nothing_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """H13: every value is of this moment."""
    right = early_warning.parts

    def parts(lines: Any, taken: Any) -> Any:
        lines = list(lines)
        newest = max(map(taken, lines))
        return right(lines, lambda _: newest)

    monkeypatch.setattr(early_warning, "parts", parts)


def a_sum_of_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """H13: a total of fewer than seven parts."""
    right = score_card.score

    def summed(observations: Mapping[Any, Any], at: Any, **more: Any) -> Any:
        found = right(observations, at, **more)
        return dataclasses.replace(found, total=sum(found.points.values()))

    monkeypatch.setattr(score_card, "score", summed)


def anybody_sets_scale_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12: whoever stands at the screen counts as a doctor in person."""
    monkeypatch.setattr(Operator, "of", classmethod(lambda cls, _who: cls("somebody")))


def partial_scores_show_a_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """H22: a digit stands there although something lacks."""
    right = score.view

    def view(card: Any, *rest: Any) -> Any:
        return dataclasses.replace(right(card, *rest), number="3", word="△ RISQUE FAIBLE")

    monkeypatch.setattr(score, "view", view)


def no_answer_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """H22: a line of Algoplus that nobody answered counts as not seen."""
    right = AlgoplusPage.forget

    def forget(page: AlgoplusPage) -> None:
        right(page)
        page.answers = dict.fromkeys(typed.ALGOPLUS_ITEMS, False)

    monkeypatch.setattr(AlgoplusPage, "forget", forget)
