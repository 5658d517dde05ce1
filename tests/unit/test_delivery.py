"""The states of delivery: every pair of state and event, the impossible ones included."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from edge.domain.delivery import ADVANCE, TABLE, Event, State, next_state, retry_after

POSSIBLE = """
kept         frozen    pending
kept         try_later kept
kept         refused   needs_person
pending      accepted  sent
pending      try_later pending
pending      refused   needs_person
sent         proven    received
sent         not_held  pending
sent         try_later sent
sent         refused   needs_person
needs_person released  kept
kept         amended   kept
pending      amended   kept
sent         amended   kept
received     amended   kept
needs_person amended   kept
pending      plainer   kept
pending      not_taken kept
kept         withdrawn withdrawn
pending      withdrawn withdrawn
sent         withdrawn withdrawn
received     withdrawn withdrawn
needs_person withdrawn withdrawn
"""
EXPECTED = {
    (State(state), Event(event)): State(after) for state, event, after in map(str.split, POSSIBLE.strip().splitlines())
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_pair(state: State, event: Event) -> None:
    if (state, event) in EXPECTED:
        assert next_state(state, event) is EXPECTED[state, event]
    else:
        with pytest.raises(ValueError, match=f"{event} cannot happen to an item that is {state}"):
            next_state(state, event)


def test_what_is_proven_received_stays_so_unless_it_is_amended_or_withdrawn() -> None:
    assert {event for state, event in TABLE if state is State.RECEIVED} == {Event.AMENDED, Event.WITHDRAWN}


def test_what_is_withdrawn_stays_so() -> None:
    assert [event for state, event in TABLE if state is State.WITHDRAWN] == []


def test_from_every_other_state_an_item_can_still_arrive() -> None:
    arrives = {State.RECEIVED}
    for _ in State:
        arrives |= {state for (state, _), after in TABLE.items() if after in arrives}
    assert arrives == set(State) - {State.WITHDRAWN}


@given(st.lists(st.sampled_from(Event)))
def test_nothing_is_received_unless_it_was_frozen_accepted_and_proven(events: list[Event]) -> None:
    state, lived = State.KEPT, []
    for event in events:
        if (state, event) in TABLE:
            state = next_state(state, event)
            lived.append(event)
    if state is State.RECEIVED:
        assert [event for event in lived if event is not Event.TRY_LATER][-2:] == [Event.ACCEPTED, Event.PROVEN]
        assert Event.FROZEN in lived


def test_an_item_shows_its_least_advanced_destination() -> None:
    assert sorted(ADVANCE) == sorted(State)
    assert min([State.RECEIVED, State.PENDING, State.SENT], key=ADVANCE.index) is State.PENDING
    assert min([State.RECEIVED, State.NEEDS_PERSON, State.KEPT], key=ADVANCE.index) is State.NEEDS_PERSON


def test_retries_wait_twice_as_long_each_time_and_at_most_five_minutes() -> None:
    assert [retry_after(n) for n in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert retry_after(10**9) == 300
