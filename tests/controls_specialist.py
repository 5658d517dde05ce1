"""Switches (see tests/controls.py) of the controls over what a specialist may ask for."""

from __future__ import annotations

import pytest

from edge.door import sight
from edge.door.specialist_desk import SpecialistDesk
from tests import specialist_page


def any_call_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1, H19: nobody looks whose call it is, whether it is open, and whether it is agreed to."""
    monkeypatch.setattr(SpecialistDesk, "_here", lambda self, _call_id: self._recorder.on_screen)


def the_list_is_for_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: media is told of earlier pictures whatever the call."""
    real = sight.for_media

    def for_media(bedside: sight.m.Snapshot, *more: object) -> sight.m.Snapshot:
        return sight.msgspec.structs.replace(real(bedside, *more), earlier=bedside.earlier)  # type: ignore[arg-type]

    monkeypatch.setattr(sight, "for_media", for_media)


def the_page_believes_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: the bytes are shown whatever their hash."""
    _with(monkeypatch, "pictures.js", "if (hash !== head.sha256)", "if (false)")


def the_page_keeps_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: what was opened stays when the call is over."""
    _with(monkeypatch, "pictures.js", '  $("viewer-paper").replaceChildren();', "")


def _with(monkeypatch: pytest.MonkeyPatch, file: str, before: str, after: str) -> None:
    real = specialist_page.source
    assert before in real(file)
    monkeypatch.setattr(specialist_page, "source", lambda name: real(name).replace(before, after))
