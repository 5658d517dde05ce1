"""Switches (see tests/controls.py) of the controls in what people see and in what leaves the cart."""

from __future__ import annotations

from types import MappingProxyType

import msgspec
import pytest

from edge.domain.measurement import Quality
from edge.door import messages as m
from sync.fhir import terms
from tests import specialist_page
from ui.bedside import app, live, tiles
from ui.bedside.locales import French


def strangers_go_unmarked(monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: nothing is said of a device that the cart does not know."""
    kept = {quality: text for quality, text in terms.REMARKS.items() if quality is not Quality.UNAUTHENTICATED}
    monkeypatch.setattr(terms, "REMARKS", MappingProxyType(kept))


def remarks_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: what qualifies a number is not sent with it."""
    monkeypatch.setattr(terms, "REMARKS", MappingProxyType({}))


def units_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: a number stands alone."""
    monkeypatch.setattr(tiles, "_unit", lambda *_: "")


def a_signal_is_live_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: the last ten seconds stay on the screen as live."""
    monkeypatch.setattr(live, "LIVE_SECONDS", float("inf"))


def memory_counts_as_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: what a device reads back from its memory is shown like what it measures now."""
    monkeypatch.setattr(tiles, "NEVER_LIVE", frozenset())


def lost_samples_leave_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """H16: what comes after a loss is joined to what was before it."""
    monkeypatch.setattr(live, "_gap", lambda *_: ())


def signals_outlive_their_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: what was drawn for the resident before is drawn on."""
    monkeypatch.setattr(live.LiveSignals, "clear", lambda _self: None)


def nothing_is_doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17, T2: a number looks the same whatever its device, or the cart, says of it."""
    monkeypatch.setattr(tiles, "DOUBTFUL", frozenset())


def ages_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """H22: nothing says how old a number is."""
    monkeypatch.setattr(French, "ago", lambda *_: "")


def every_tap_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a tap counts for whatever has just come under the finger."""
    monkeypatch.setattr(app, "DEBOUNCE_SECONDS", 0.0)


def _with(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    """The page's script with ``before`` in it replaced."""
    real = specialist_page.source
    assert before in real("values.js")
    monkeypatch.setattr(specialist_page, "source", lambda name: real(name).replace(before, after))


def the_page_leaves_units_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: the specialist sees numbers alone."""
    _with(
        monkeypatch,
        'const unitOf = (value) => plain(UNITS[value.unit] ?? value.unit ?? "");',
        'const unitOf = () => "";',
    )


def the_page_doubts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: on the specialist's page every number looks the same."""
    _with(monkeypatch, "codes.some((code) => !UNDOUBTED.includes(code))", "false")


def the_page_takes_a_memory_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: for the specialist's page what came last was measured last."""
    _with(monkeypatch, '(codesOf(item).includes("from_storage") ? 1 : 0)', "0")


def every_signal_is_in_millivolts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: a device's own steps are drawn beside a pulse of 1 mV."""
    real = live.LiveSignals.hear

    def hear(signals: live.LiveSignals, said: m.LiveTrace, now: float) -> None:
        real(signals, msgspec.structs.replace(said, in_millivolts=True), now)

    monkeypatch.setattr(live.LiveSignals, "hear", hear)
