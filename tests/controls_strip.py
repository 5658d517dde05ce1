"""Switches (see tests/controls.py) of the controls of a recorded trace."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

import pytest

from edge.acquire.assembly import Assembly
from edge.acquire.strip import Strips
from edge.domain.samples import Samples
from edge.domain.waveform import Scale
from edge.door import messages as m
from sync.dicom.building import ecg
from ui.bedside import state, views
from ui.bedside.locales import Words


def a_scale_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: a lead whose device gives no scale is sent with one."""
    channel = ecg._channel
    monkeypatch.setattr(ecg, "_channel", lambda lead, scale: channel(lead, scale or Scale(Decimal(1))))


def gaps_are_bridged(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: what comes after a loss is joined to what was before it."""
    take = Assembly.take

    def joined(self: Assembly, samples: Samples, _position: int) -> Iterator[bytes]:
        return take(self, dataclasses.replace(samples, lost=0), self._next[samples.label])

    monkeypatch.setattr(Assembly, "take", joined)


def a_strip_outlives_its_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nobody looks who is on screen while it runs."""
    monkeypatch.setattr(Strips, "_look", lambda _self, _one, _now: None)


def every_trace_is_in_millivolts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: steps of a device are drawn beside a pulse of one millivolt."""
    of = state._ecg

    def scaled(snapshot: m.Snapshot, words: Words, elapsed: float, old: bool) -> views.EcgView:
        return dataclasses.replace(of(snapshot, words, elapsed, old), scaled=True)

    monkeypatch.setattr(state, "_ecg", scaled)
