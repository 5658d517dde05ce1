"""The specialist's page has a word for everything that the cart can say."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.delivery import State
from edge.domain.measurement import DOUBTFUL, NOT_CAPTURED, Kind, Name, Quality
from edge.domain.patient import IdentityStatus
from edge.domain.photo import View
from edge.domain.sound import SoundSite

FOLDER = Path("ui/specialist")
LANGUAGES = ("fr", "en")
SAME: Final = frozenset({"allergies", "minutes"})
"""Alike in both."""

COMPOSED: Final = ("picture_", "link_", "born_", "sex_", "of_", "still_", "still")
"""Beginnings of keys that a script puts together."""

REFERENCE = re.compile(r'data-say(?:-label|-title)?="(\w+)"')


def face(language: str) -> dict[str, Any]:
    """The tables of words of one language: what stands after the = is JSON."""
    text = (FOLDER / f"words_{language}.js").read_text(encoding="utf-8")
    tables: dict[str, Any] = json.loads(text[text.index("= {") + 2 : text.rindex(";")])
    return tables


def places(words: object) -> object:
    """The same tables with what is to be put into each sentence in its place."""
    if isinstance(words, dict):
        return {key: places(value) for key, value in words.items()}
    return set(re.findall(r"\{(\w+)\}", str(words)))


def scripts() -> dict[str, str]:
    return {one.name: one.read_text(encoding="utf-8") for one in sorted(FOLDER.glob("*.js"))}


def test_both_languages_have_every_word_and_every_place_in_it() -> None:
    french, english = (face(language) for language in LANGUAGES)
    assert places(french) == places(english)


def test_no_sentence_is_left_in_the_other_language() -> None:
    french, english = (face(language)["SAID"] for language in LANGUAGES)
    same = {key for key in french if french[key] == english[key] and re.search(r"[^\W\d_]{3}", french[key])}
    assert same <= SAME, same - SAME


def test_every_word_that_the_page_asks_for_is_there_and_none_is_for_nobody() -> None:
    said = set(face("fr")["SAID"])
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert set(REFERENCE.findall(page)) <= said
    code = page + "".join(text for name, text in scripts().items() if not name.startswith("words_"))
    unused = {key for key in said if not re.search(rf"\b{key}\b", code) and not key.startswith(COMPOSED)}
    assert not unused


def test_no_script_says_anything_in_a_language_of_its_own() -> None:
    """Whatever is put on the page goes through the tables: no accented letter stands in a script but in those.

    ecg_view.js has its words in both languages itself.
    """
    for name, text in scripts().items():
        if name.startswith("words_") or name == "ecg_view.js":
            continue
        code = re.sub(r"//.*|/\*.*?\*/", "", text)
        assert not re.findall(r"[àâçéèêîôùû’]", code), name


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
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_has_a_word(name: str, every: Collection[Kind], language: str) -> None:
    words = face(language)[name]
    assert set(words) == {one.value for one in every}
    assert len(set(words.values())) == len(words), "two things that are told apart have one word"
    assert all(words.values())


def test_both_faces_of_the_screen_doubt_the_same_numbers() -> None:
    found = re.search(r"const UNDOUBTED = \[(.*?)\]", scripts()["words.js"])
    assert found is not None
    assert set(re.findall(r'"(\w+)"', found[1])) == {quality.value for quality in set(Quality) - DOUBTFUL}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_reassures(language: str) -> None:
    words = face(language)
    said = " ".join(
        text for name in ("KINDS", "NAMES", "QUALITY", "DELIVERY", "WORDS", "SAID") for text in words[name].values()
    )
    found = set(re.findall(r"\w+", said.lower()))
    assert not {"normal", "normale", "ok", "parfait", "rassurant", "sain", "stable", "perfect", "healthy"} & found
