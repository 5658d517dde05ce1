"""The screen's English is whole: every word of the French class has one of its own."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping

import pytest

from edge.domain.fault import Fault, Reason
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.locales.en import English
from ui.bedside.locales.fr import French

SHAPES = re.compile(r"[\W\d_]*", re.UNICODE)
"""Signs and digits alone are no words."""


def _words(of: type[Words]) -> dict[str, object]:
    return {
        name: getattr(of, name)
        for one in of.__mro__
        if one is not object
        for name in vars(one)
        if not name.startswith("_")
    }


def _own(name: str) -> bool:
    owner = next(one for one in English.__mro__ if name in vars(one))
    return not any(owner is one for one in French.__mro__)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case tuple():
            for part in value:
                yield from _texts(part)
        case Mapping():
            for part in value.values():
                yield from _texts(part)


def _is_words(value: object) -> bool:
    """A method's words are its own; a text of signs needs none."""
    if callable(value):
        return True
    return any(SHAPES.fullmatch(re.sub(r"\{\w*\}", "", text)) is None for text in _texts(value))


def missing() -> list[str]:
    return [name for name, value in _words(French).items() if _is_words(value) and not _own(name)]


def test_every_word_has_an_english_one_of_its_own() -> None:
    assert missing() == []


def test_a_word_without_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(French, "only_french", "Seulement en français", raising=False)
    assert missing() == ["only_french"]


@pytest.mark.parametrize("name", [name for name, value in _words(French).items() if isinstance(value, Mapping)])
def test_every_word_of_a_table_has_one(name: str) -> None:
    french, english = getattr(French, name), getattr(English, name)
    assert set(french) <= set(english)


@pytest.mark.parametrize("name", [name for name, value in _words(French).items() if isinstance(value, str)])
def test_templates_have_the_same_places(name: str) -> None:
    def places(text: str) -> list[str | None]:
        return sorted((field or "" for _, field, _, _ in string.Formatter().parse(text) if field is not None), key=str)

    assert places(getattr(French, name)) == places(getattr(English, name))


@pytest.mark.parametrize("reason", Reason)
def test_no_fault_is_told_in_french_in_english(reason: Reason) -> None:
    fault = Fault(reason, "Une cause en français", "faites ceci")
    assert "français" not in LANGUAGES["en"]().fault(fault)
    assert "ceci" not in LANGUAGES["en"]().fault(fault)
