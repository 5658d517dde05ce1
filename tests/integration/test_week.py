"""A week of a house of 90 beds: every reading ends under the right resident in the record once, every opinion is answered or escalated."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from edge.mains.bench import week
from firmware_stubs import house_week

pytestmark = pytest.mark.slow


def test_a_week_of_a_house_ends_with_everything_where_it_belongs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tenth of the readings in CI; `telecart bench --only week_replay_s` plays all of them."""
    with caplog.at_level(logging.DEBUG):
        verdict, played = week.replay(tmp_path / "cart", house_week.READINGS // 10, house_week.OPINIONS // 4, 0.3)
    assert (played.left, played.waiting, played.refusals) == ({}, 0, 0)
    assert verdict.whole, verdict
    assert verdict.readings == house_week.READINGS // 10
    assert (verdict.answered, verdict.escalated) == (9, 1)
    said = caplog.text + "".join(capsys.readouterr())
    plan = house_week.plan(week.SEED, house_week.READINGS // 10, house_week.OPINIONS // 4)
    # a number of six digits stands in some hash or other, by chance
    words = set(re.findall(r"\w+", said))
    for one in plan.there:
        assert one.name not in said
        assert one.ipp not in words
