"""How the controls of reading an answer's PDF are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import io

import pytest

from edge.acquire.recorder import Recorder
from edge.domain.answer import Leaf
from edge.domain.body import Body
from edge.door import messages as m
from edge.foreign.sandbox import Sandbox
from edge.foreign.serving import Coming
from edge.store.keeping.answer_papers import Papers
from sync.report import leafer
from ui.bedside.paper_hand import PaperHand


def a_paper_is_whoevers_is_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody asks whose an answer is, nor who is on screen."""
    monkeypatch.setattr(Recorder, "who", lambda recorder, _encounter_id=None: recorder.on_screen)
    monkeypatch.setattr(Papers, "_hers", lambda papers, number, _encounter_id: papers._of(papers._stands(number))[::2])


def whose_it_is_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what was hers when the drawing began is shown."""
    monkeypatch.setattr(Papers, "shown", lambda *_parts: None)


def who_is_on_screen_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: who was on screen when the drawing began is."""
    monkeypatch.setattr(Recorder, "who", lambda recorder, _encounter_id=None: recorder.on_screen)


def a_late_page_is_the_next_residents(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a page that comes is shown, whoever it was asked for."""

    def heard(hand: PaperHand, said: m.AnswerPage) -> None:
        hand._sheets[said.page] = said
        hand.look()

    monkeypatch.setattr(PaperHand, "heard", heard)


def a_page_outlives_its_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody takes a page away when another resident is on screen, or the answer is no longer hers."""
    monkeypatch.setattr(PaperHand, "forget", lambda hand: None)


def pages_are_drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """T8: a stranger's PDF is opened by the process that has the store."""

    def read(_sandbox: Sandbox[Leaf], content: Body) -> Leaf:
        asked = io.BufferedReader(io.BytesIO(b"".join(content.pieces())))  # type: ignore[type-var]
        return leafer.leaf(Coming(asked, content.size))  # type: ignore[arg-type]

    monkeypatch.setattr(Sandbox, "read", read)
