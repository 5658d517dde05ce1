"""The RNIV's statuses, walked through from end to end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from edge.domain.identity_status import IdentityEvent as Event, Standing, after
from edge.domain.patient import Attribute, IdentityStatus as Status

# RNIV 1, 3.3.3: by which way a status is reached
WAYS = {
    (): Status.PROVISIONAL,
    (Event.RETRIEVED,): Status.RETRIEVED,
    (Event.VALIDATED,): Status.VALIDATED,
    (Event.RETRIEVED, Event.VALIDATED): Status.QUALIFIED,
    (Event.VALIDATED, Event.RETRIEVED): Status.QUALIFIED,
    (Event.VALIDATED, Event.RETRIEVED, Event.NOT_CONFIRMED): Status.VALIDATED,
    (Event.RETRIEVED, Event.NOT_CONFIRMED): Status.PROVISIONAL,
    (Event.VALIDATED, Event.RETRIEVED, Event.TRAITS_CHANGED): Status.PROVISIONAL,
    (Event.VALIDATED, Event.RETRIEVED, Event.DOUBTED): Status.PROVISIONAL,
    (Event.VALIDATED, Event.RETRIEVED, Event.DOUBTED, Event.DOUBT_SETTLED): Status.PROVISIONAL,
    (Event.VALIDATED, Event.RETRIEVED, Event.HOMONYM_FOUND): Status.QUALIFIED,
    (Event.SCANNED, Event.SCANNED): Status.PROVISIONAL,
    (Event.SCANNED, Event.VALIDATED, Event.SCANNED): Status.VALIDATED,
}


def walked(events: tuple[Event, ...]) -> Standing:
    standing = Standing()
    for event in events:
        standing = after(standing, event)
    return standing


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way) or "new")
def test_the_ways_of_the_rniv(way: tuple[Event, ...]) -> None:
    assert walked(way).status is WAYS[way]


@given(st.lists(st.sampled_from(Event), max_size=12))
def test_the_ins_leaves_only_what_was_retrieved_and_validated_since_the_last_change(events: list[Event]) -> None:
    standing = Standing()
    retrieved = validated = False
    for event in events:
        try:
            standing = after(standing, event)
        except ValueError:
            continue
        match event:
            case Event.RETRIEVED:
                retrieved = True
            case Event.VALIDATED:
                validated = True
            case Event.NOT_CONFIRMED:
                retrieved = False
            case Event.TRAITS_CHANGED | Event.DOUBTED | Event.MADE_FICTITIOUS:
                retrieved = validated = False
        assert standing.ins_may_leave == (retrieved and validated)
        assert not (standing.ins_may_leave and standing.attributes & {Attribute.DOUBTFUL, Attribute.FICTITIOUS})


@pytest.mark.hazard("H2", without="tests.controls_ins:a_scan_qualifies")
def test_reading_a_code_never_qualifies() -> None:
    for status in Status:
        assert after(Standing(status), Event.SCANNED) == Standing(status)


@pytest.mark.parametrize("attribute", [Attribute.DOUBTFUL, Attribute.FICTITIOUS])
@pytest.mark.parametrize("event", [Event.RETRIEVED, Event.VALIDATED])
def test_what_is_doubtful_or_fictitious_gets_no_better_status(attribute: Attribute, event: Event) -> None:
    with pytest.raises(ValueError, match=r"is not (retrieved|validated)"):
        after(Standing(Status.PROVISIONAL, frozenset({attribute})), event)


def test_only_doubtful_and_homonym_go_together() -> None:
    allowed = {
        frozenset(),
        *(frozenset({one}) for one in Attribute),
        frozenset({Attribute.DOUBTFUL, Attribute.HOMONYM}),
    }
    for size in range(4):
        for chosen in map(frozenset, itertools.combinations(Attribute, size)):
            if chosen in allowed:
                assert Standing(Status.PROVISIONAL, chosen).attributes == chosen
            else:
                with pytest.raises(ValueError, match="no other attribute"):
                    Standing(Status.PROVISIONAL, chosen)
    for status in set(Status) - {Status.PROVISIONAL}:
        assert Standing(status, frozenset({Attribute.HOMONYM})).status is status
        with pytest.raises(ValueError, match="is provisional"):
            Standing(status, frozenset({Attribute.DOUBTFUL}))


def test_doubt_and_homonym_come_and_go_apart() -> None:
    both = walked((Event.DOUBTED, Event.HOMONYM_FOUND))
    assert both.attributes == {Attribute.DOUBTFUL, Attribute.HOMONYM}
    assert after(both, Event.DOUBT_SETTLED).attributes == {Attribute.HOMONYM}
    assert after(both, Event.HOMONYM_SETTLED).attributes == {Attribute.DOUBTFUL}
    assert after(both, Event.MADE_FICTITIOUS).attributes == {Attribute.FICTITIOUS}


@pytest.mark.parametrize("status", [Status.PROVISIONAL, Status.VALIDATED])
def test_what_was_never_retrieved_is_not_taken_back(status: Status) -> None:
    with pytest.raises(ValueError, match="is not not_confirmed"):
        after(Standing(status), Event.NOT_CONFIRMED)
