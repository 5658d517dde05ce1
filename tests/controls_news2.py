"""Switches (see tests/controls.py) of the controls in the early warning score."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

import pytest

from edge.domain import news2
from edge.domain.news2 import Observation, Part, Why


def a_band_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12: respiration is normal up to 21."""
    bands = dict(news2._BANDS) | {Part.RESPIRATION: ((8, 3), (11, 1), (21, 0), (24, 2), (news2._BEYOND, 3))}
    monkeypatch.setattr(news2, "_BANDS", MappingProxyType(bands))


def anybody_sets_scale_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12: a scale 2 that nobody answers for."""
    monkeypatch.setattr(news2.ScaleTwo, "__post_init__", lambda _self: None)


def old_parts_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """H13: a part of yesterday counts today."""

    def lacks(one: Observation | None, _at: dt.datetime, _fresh: dt.timedelta) -> Why | None:
        return Why.MISSING if one is None else None

    monkeypatch.setattr(news2, "_lacks", lacks)
