"""How the controls of keys and touches are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import pytest
from textual import events

from ui.bedside.app import BedsideApp
from ui.bedside.screens.entrance import LockedPage


def a_key_leaves_the_screen(patch: pytest.MonkeyPatch) -> None:
    """The keys that leave a demonstration leave a cart's screen too."""
    patch.setattr(BedsideApp, "action_leave_demonstration", lambda app: app.exit())


def keys_type_on_the_pad(patch: pytest.MonkeyPatch) -> None:
    """A digit of a keyboard is as good as one of the screen's pad."""

    def on_key(app: BedsideApp, event: events.Key) -> None:
        if event.key.isdigit():
            app.frame.page(LockedPage).type(event.key)

    patch.setattr(BedsideApp, "on_key", on_key, raising=False)


def texts_as_they_come(patch: pytest.MonkeyPatch) -> None:
    """What comes through the door is shown as it is."""
    patch.setattr("ui.bedside.state.sanitise_line", lambda text: text)


def every_tap_counts(patch: pytest.MonkeyPatch) -> None:
    """No tap is too soon after another."""
    patch.setattr("ui.bedside.app.DEBOUNCE_SECONDS", 0.0)
