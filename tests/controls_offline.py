"""How the controls of being offline, of the battery and of plain words are switched off, for the runs in which their tests must fail."""

from __future__ import annotations

import pytest

from edge.domain.battery import Step
from edge.domain.reach import Contact, Reach
from ui.bedside.locales.en import English
from ui.bedside.locales.fr import French


def a_link_that_is_up_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Who answers is told by the state of the link."""
    patch.setattr("edge.domain.reach.contact", lambda *_: Contact(Reach.ANSWERS, 0.0))


def a_battery_says_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("edge.mains.standing.step", lambda _: Step.NONE)
    patch.setattr("edge.door.standing_card.step", lambda _: Step.NONE)


def recordings_run_on(patch: pytest.MonkeyPatch) -> None:
    """On the last of the battery a trace begins as ever, and goes on."""
    patch.setattr("edge.door.standing_desk.StandingDesk._too_long", lambda *_: False)
    patch.setattr("edge.mains.standing.Stand.battery", property(lambda _: Step.NONE))


def the_screen_reassures(patch: pytest.MonkeyPatch) -> None:
    """A friendly word beside what is not known whole."""
    for words in (French, English):
        patch.setattr(words, "nothing_waits", "Tout est OK")
        patch.setattr(words, "answers", "● Tout va bien, réponse {}")
        patch.setattr(words, "outbox_never", "Tout est à jour")
        patch.setattr(words, "not_saved", "valeur normale")
