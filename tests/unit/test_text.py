"""What a hostile name, device name or bar code may not bring to a terminal (T17)."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, strategies as st

from edge.domain.text import sanitise, sanitise_line

C0 = {chr(n) for n in range(0x20)} - {"\n"}
DELETE_AND_C1 = {chr(n) for n in range(0x7F, 0xA0)}
# Unicode Standard Annex #9, table 4 and 2.4 to 2.7: the explicit formatting characters
BIDIRECTIONAL = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FORBIDDEN = C0 | DELETE_AND_C1 | BIDIRECTIONAL

HOSTILE = (
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # OSC 52: writes the clipboard (xterm ctlseqs)
    "\x1b]8;;http://x/\x1b\\click\x1b]8;;\x1b\\",  # OSC 8: a link that the terminal opens
    "\x9b2J",  # CSI as one C1 character
    "\x1bP+q544e\x1b\\",  # DCS: asks the terminal to type
    "DUPONT\r\x1b[2KMARTIN",
    "\u202eTNOPUD",
)

anything = st.text(st.characters())
with_forbidden = st.lists(st.sampled_from(sorted(FORBIDDEN)) | st.characters(), max_size=200).map("".join)


def forbidden_bytes(text: str) -> list[str]:
    """The control and bidirectional characters that a UTF-8 terminal would obey in ``text``."""
    return [character for character in text.encode().decode() if character in FORBIDDEN]


@pytest.mark.hazard("T17", without="tests.controls:every_character_passes")
def test_no_control_and_no_bidirectional_character_comes_through() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert forbidden_bytes(sanitise(every)) == []


@pytest.mark.hazard("T17", without="tests.controls:every_character_passes")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_known_escapes_are_dead(hostile: str) -> None:
    assert forbidden_bytes(sanitise(hostile)) == []
    assert len(sanitise(hostile)) == len(hostile)


@pytest.mark.hazard("T17", without="tests.controls:every_character_passes")
@given(with_forbidden)
def test_no_mixture_comes_through(text: str) -> None:
    assert forbidden_bytes(sanitise(text)) == []


@given(anything)
def test_a_line_is_one_line(text: str) -> None:
    assert len(sanitise_line(text).splitlines()) <= 1


@given(with_forbidden)
def test_what_is_taken_out_leaves_a_mark(text: str) -> None:
    clean = sanitise(text)
    assert len(clean) == len(text)
    assert sanitise(clean) == clean
    assert all(after in {before, "\N{REPLACEMENT CHARACTER}"} for before, after in zip(text, clean, strict=True))


@pytest.mark.parametrize("lone", ["\ud800", "\udfff"])  # noqa: PT014 - two surrogates, alike only as UTF-8
def test_lone_surrogates_cannot_break_the_encoder(lone: str) -> None:
    assert sanitise(lone).encode() == "\N{REPLACEMENT CHARACTER}".encode()


def test_names_are_left_alone() -> None:
    names = "D'ARC Jeanne\nNUÑEZ Łukasz\nŒUVRARD-L’HÉRITIER Zoé\nΠαπαδόπουλος\n李小龙\nמשה\nمحمد\nSpO₂ 98 %"
    assert sanitise(names) == names
    decomposed = unicodedata.normalize("NFD", names)
    assert sanitise(decomposed) == decomposed
