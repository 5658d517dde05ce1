"""Who stands at the door of a call, as the nurse reads it."""

from __future__ import annotations

import pytest

from edge.domain.visitor import NOBODY, Visitor
from edge.door import messages as m
from ui.bedside import visitors
from ui.bedside.locales import LANGUAGES

DOCTOR = Visitor("Claire MARTIN", "10001234567")
GUEST = Visitor("Anne Petit", invited=True)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_nurse_sees_how_far_a_name_is_verified(language: str) -> None:
    words = LANGUAGES[language]()
    said = {one: visitors.line(m.CallCard(state="waiting", visitor=one), words) for one in (DOCTOR, GUEST, NOBODY)}
    assert "10001234567" in said[DOCTOR]
    assert "Claire MARTIN" in said[DOCTOR]
    assert said[GUEST] == words.visitor_invited.format(name="Anne Petit")
    assert said[NOBODY] == words.visitor_unknown
    assert len(set(said.values())) == 3


def test_an_invitation_is_never_shown_as_a_number() -> None:
    words = LANGUAGES["fr"]()
    claimed = Visitor("Anne Petit", "10001234567", invited=True)
    assert "10001234567" not in visitors.line(m.CallCard(state="waiting", visitor=claimed), words)


def test_the_digits_stand_there_once_they_are_known() -> None:
    words = LANGUAGES["fr"]()
    spoken = Visitor("Claire MARTIN", "10001234567", spoken="048213")
    assert (
        visitors.line(m.CallCard(state="connected", visitor=spoken), words)
        == "Claire MARTIN · code à comparer : 048 213"
    )
    assert visitors.line(m.CallCard(state="connected", visitor=DOCTOR), words) == "Claire MARTIN"
    assert visitors.line(m.CallCard(state="lobby", visitor=spoken), words) == ""
    assert visitors.line(m.CallCard(state="ended", visitor=spoken), words) == ""
