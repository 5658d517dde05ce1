"""How the controls of the pictures of residents are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import pytest

from edge.door import messages as m
from edge.store.keeping import faces
from ui.bedside.face_hand import FaceHand
from ui.bedside.portrait_hand import PortraitHand


def a_face_outlives_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody takes the picture away when another resident is to be confirmed."""
    monkeypatch.setattr(FaceHand, "forget", lambda hand: None)


def a_late_face_is_the_next_residents(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whatever comes is drawn, whoever it was asked for."""

    def heard(hand: FaceHand, said: m.Face) -> None:
        hand._jpeg, hand._attempt = said.jpeg, None
        hand.look()

    monkeypatch.setattr(FaceHand, "heard", heard)


def a_face_belongs_to_an_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody asks whether its resident is still who she was."""
    monkeypatch.setattr(faces, "THEIRS", "1")


def a_portrait_outlives_its_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whatever picture comes stands on the banner, whoever it was asked for, and nobody takes it away."""

    def heard(hand: PortraitHand, said: m.Face) -> None:
        hand._jpeg = said.jpeg
        hand.look()

    monkeypatch.setattr(PortraitHand, "heard", heard)
    monkeypatch.setattr(PortraitHand, "forget", lambda hand: None)
