"""The dialogue with a scale that keeps users apart."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from drivers.codec.user_control import ANSWERS_WITHIN, CONTROL, FORGOTTEN, SILENT, WRONG_CODE, UserConsent
from edge.domain.dialogue import Finished, Known, Say, Tell

REQUEST = Say(bytes.fromhex("0201d204"), CONTROL)
KNOWN = Known(user=(1, 1234))


def opened() -> UserConsent:
    dialogue = UserConsent()
    assert dialogue.opened(KNOWN) == (REQUEST,)
    return dialogue


def test_where_no_user_was_agreed_on_nothing_is_said() -> None:
    dialogue = UserConsent()
    assert dialogue.opened(Known()) == ()
    assert dialogue.heard(bytes.fromhex("200205"), CONTROL) == ()
    assert dialogue.waited(1000.0) == ()


def test_consent_is_slot_and_code_with_the_low_byte_first() -> None:
    assert UserConsent().opened(Known(user=(0, 9999))) == (Say(bytes.fromhex("02000f27"), CONTROL),)


@pytest.mark.parametrize("answer", ["200201", "200202"])
def test_a_scale_that_agrees_or_needs_no_consent_withdraws_what_was_told(answer: str) -> None:
    dialogue = opened()
    assert dialogue.heard(bytes.fromhex(answer), CONTROL) == (Tell(""),)
    assert dialogue.waited(1000.0) == ()


@pytest.mark.parametrize("answer", ["200203", "200204", "200205", "2002ff"])
def test_a_scale_that_forgot_its_users_is_told_about_once(answer: str) -> None:
    dialogue = opened()
    assert dialogue.heard(bytes.fromhex(answer), CONTROL) == (Tell(FORGOTTEN),)
    assert dialogue.heard(bytes.fromhex(answer), CONTROL) == ()


def test_the_words_say_what_to_do() -> None:
    assert FORGOTTEN.startswith("ne reconnaît plus la borne")
    assert "Associez" in FORGOTTEN


def test_silence_is_asked_again_and_then_told() -> None:
    dialogue = opened()
    assert dialogue.waited(0.0) == ()
    assert dialogue.waited(ANSWERS_WITHIN - 1) == ()
    assert dialogue.waited(ANSWERS_WITHIN) == (REQUEST,)
    assert dialogue.waited(ANSWERS_WITHIN + 1) == ()
    assert dialogue.waited(2 * ANSWERS_WITHIN + 1) == (Tell(SILENT),)
    assert dialogue.waited(1000.0) == ()


@pytest.mark.parametrize("error", [0x80, 0xFD, 0xFE, 0x05])
def test_a_request_that_is_not_taken_is_told(error: int) -> None:
    dialogue = opened()
    assert dialogue.unsent(REQUEST, error) == (Tell(SILENT),)
    assert dialogue.waited(1000.0) == ()


def test_a_line_that_failed_is_the_link_s_matter() -> None:
    assert opened().unsent(REQUEST, None) == ()


@pytest.mark.parametrize("user", [(-1, 0), (255, 0), (0, -1), (0, 10000)])
def test_a_code_that_no_scale_has_is_told_and_not_sent(user: tuple[int, int]) -> None:
    assert UserConsent().opened(Known(user=user)) == (Tell(WRONG_CODE),)


@pytest.mark.parametrize(("text", "source"), [("", CONTROL), ("20", CONTROL), ("200101", CONTROL), ("200201", "2a9d")])
def test_an_answer_to_something_else_is_not_believed(text: str, source: str) -> None:
    dialogue = opened()
    assert dialogue.heard(bytes.fromhex(text), source) == ()
    assert dialogue.heard(bytes.fromhex("200205"), CONTROL) == (Tell(FORGOTTEN),)


@given(
    st.one_of(st.none(), st.tuples(st.integers(-5, 300), st.integers(-5, 20000))),
    st.lists(st.one_of(st.binary(max_size=5), st.floats(0, 100)), max_size=30),
)
def test_whatever_a_scale_says_it_is_asked_twice_at_most(
    user: tuple[int, int] | None, events: list[bytes | float]
) -> None:
    dialogue = UserConsent()
    steps = list(dialogue.opened(Known(user=user)))
    for event in events:
        steps += dialogue.heard(event, CONTROL) if isinstance(event, bytes) else dialogue.waited(event)
    assert sum(isinstance(one, Say) for one in steps) <= 2
    assert not any(isinstance(one, Finished) for one in steps)
