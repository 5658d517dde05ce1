"""How the controls of still pictures are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import pytest

from edge.domain import ecg_paper
from ui.bedside.still_hand import StillHand


def pictures_outlive_their_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nobody takes a picture away when another resident is on screen."""
    monkeypatch.setattr(StillHand, "forget", lambda hand: None)


def a_late_answer_is_the_next_residents(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: what comes is shown, whoever it was asked for."""

    def heard(hand: StillHand, said: object) -> None:
        hand._contents[said.prior_id, said.ecg is not None] = said  # type: ignore[attr-defined, index, assignment]
        hand.look()

    monkeypatch.setattr(StillHand, "heard", heard)


def a_pulse_of_another_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: the pulse is higher than the trace beside it is drawn at."""
    pulse = ecg_paper._pulse
    monkeypatch.setattr(ecg_paper, "_pulse", lambda sheet, row, gain: pulse(sheet, row, gain * 1.25))


def every_second_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: 30 mm a second, and 25 are said."""
    monkeypatch.setattr(ecg_paper, "across", lambda seconds: seconds * 30.0)


def signs_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """H16: what goes down goes up: swapped electrodes look right."""
    up = ecg_paper.up
    monkeypatch.setattr(ecg_paper, "up", lambda microvolts, gain: abs(up(microvolts, gain)))
