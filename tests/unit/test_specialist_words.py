"""The specialist's page has a word for everything that the cart can say."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from edge.domain.delivery import State
from edge.domain.measurement import DOUBTFUL, NOT_CAPTURED, Kind, Name, Quality
from edge.domain.patient import IdentityStatus
from edge.domain.photo import View
from edge.domain.sound import SoundSite

WORDS = Path("ui/specialist/words.js").read_text(encoding="utf-8")


def table(name: str) -> dict[str, str]:
    """The object literal ``name``: its keys and what they are in French."""
    found = re.search(rf"^const {name} = \{{(.*?)\}};", WORDS, re.DOTALL | re.MULTILINE)
    assert found is not None, name
    return dict(re.findall(r'(?:^|[{,]\s*|\s)"?([\w\[\]/]+)"?: "([^"]*)"', found[1]))


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("KINDS", set(Kind) - NOT_CAPTURED),
        ("NAMES", Name),
        ("QUALITY", Quality),
        ("VIEWS", View),
        ("SOURCES", SoundSite),
        ("DELIVERY", State),
        ("IDENTITY", IdentityStatus),
    ],
)
def test_everything_that_is_said_has_a_word(name: str, every: Collection[Kind]) -> None:
    words = table(name)
    assert set(words) == {one.value for one in every}
    assert len(set(words.values())) == len(words), "two things that are told apart have one word"
    assert all(words.values())


def test_both_faces_of_the_screen_doubt_the_same_numbers() -> None:
    found = re.search(r"const UNDOUBTED = \[(.*?)\]", WORDS)
    assert found is not None
    assert set(re.findall(r'"(\w+)"', found[1])) == {quality.value for quality in set(Quality) - DOUBTFUL}


def test_no_word_reassures() -> None:
    said = " ".join(
        text for name in ("KINDS", "NAMES", "QUALITY", "DELIVERY", "WORDS") for text in table(name).values()
    )
    words = re.findall(r"\w+", said.lower())
    assert not {"normal", "normale", "ok", "parfait", "rassurant", "sain", "stable"} & set(words)
