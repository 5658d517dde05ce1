"""How the controls of the bedside screen are switched off, for the runs in which its hazard tests have to fail."""

from __future__ import annotations

import pytest

from ui.bedside import identity
from ui.bedside.locales import Words


def unsanitised(patch: pytest.MonkeyPatch) -> None:
    """What comes through the door is shown as it is."""
    patch.setattr("ui.bedside.state.sanitise_line", lambda text: text)


def clipped_allergies(patch: pytest.MonkeyPatch) -> None:
    """One row of allergies, cut at its end without a sign, as in the first draft."""

    def one_row(allergies: tuple[str, ...] | None, words: Words, width: int) -> list[identity.Line]:
        return [identity.Line((words.allergies + " · ".join(allergies or ()))[:width])]

    patch.setattr(identity, "_allergies", one_row)


def a_locked_screen_is_left(patch: pytest.MonkeyPatch) -> None:
    """Locking does not turn the page."""
    patch.setattr("ui.bedside.following.Following.lock", lambda *_: None)


def a_question_is_never_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Whoever was asked whose a reading is answers that with the next resident whom she chooses, whatever came between."""
    patch.setattr("ui.bedside.whose_hand.WhoseHand.forget", lambda *_: None)
