"""The dialogue with a meter's memory, step by step: which records, how many, and what if it does not answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, strategies as st

from drivers.codec.record_access import (
    ABORT_WAITS,
    CONTROL,
    FEW,
    INCOMPLETE,
    LONGEST,
    MEASUREMENT,
    PAUSE,
    QUIET,
    REFUSES,
    SILENT,
    TRIES,
    RecordAccess,
)
from edge.domain.dialogue import Finished, Known, Say, Step, Tell

COUNT_ALL, ALL = "0401", "0101"
COUNT_SINCE, SINCE = "040301f401", "010301f401"  # from record 500 on
ABORT = "0300"
DONE: list[str | Tell | Finished] = [Tell(""), Finished()]


@dataclasses.dataclass
class Talk:
    """Speaks to a dialogue and notes what it answers; requests as hex."""

    dialogue: RecordAccess = dataclasses.field(default_factory=RecordAccess)
    now: float = 0.0

    def noted(self, steps: Sequence[Step]) -> list[str | Tell | Finished]:
        out: list[str | Tell | Finished] = []
        for step in steps:
            if isinstance(step, Say):
                assert step.target == CONTROL
                out.append(step.data.hex())
            else:
                out.append(step)
        return out

    def open(self, last: int | None = None) -> list[str | Tell | Finished]:
        return self.noted(self.dialogue.opened(Known(last_sequence=last)))

    def hear(self, text: str) -> list[str | Tell | Finished]:
        return self.noted(self.dialogue.heard(bytes.fromhex(text), CONTROL))

    def records(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            frame = b"\x00" + number.to_bytes(2, "little") + bytes(7)
            assert not self.dialogue.heard(frame, MEASUREMENT)

    def wait(self, seconds: float) -> list[str | Tell | Finished]:
        """Second by second, as the link calls."""
        out: list[str | Tell | Finished] = []
        until = self.now + seconds
        while self.now < until:
            out += self.noted(self.dialogue.waited(self.now))
            self.now += 1.0
        return out


def test_a_new_meter_is_asked_for_everything() -> None:
    talk = Talk()
    assert talk.open() == [COUNT_ALL]
    assert talk.hear("05000300") == [ALL]
    talk.records((0, 1, 2))
    assert talk.hear("06000101") == DONE


def test_an_empty_meter_is_let_go() -> None:
    talk = Talk()
    talk.open()
    assert talk.hear("05000000") == DONE


def test_a_known_meter_is_asked_from_the_last_record_on() -> None:
    talk = Talk()
    assert talk.open(500) == [COUNT_SINCE]
    assert talk.hear("05000200") == [SINCE]
    talk.records((500, 501))
    assert talk.hear("06000101") == DONE


def test_a_number_has_its_low_byte_first() -> None:
    assert Talk().open(0x1234) == ["0403013412"]


@pytest.mark.parametrize("last", [0, 1, FEW - 1, 0xFFFF - FEW + 1, 0xFFFF])
def test_near_the_ends_of_the_numbers_everything_is_asked_for(last: int) -> None:
    assert Talk().open(last) == [COUNT_ALL]


@pytest.mark.parametrize("last", [FEW, 0xFFFF - FEW])
def test_elsewhere_only_what_is_new(last: int) -> None:
    assert Talk().open(last) == ["040301" + last.to_bytes(2, "little").hex()]


@pytest.mark.parametrize("answer", ["05000000", "06000406"])
def test_a_meter_that_counts_anew_is_asked_for_everything(answer: str) -> None:
    talk = Talk()
    talk.open(500)
    assert talk.hear(answer) == [COUNT_ALL]
    assert talk.hear("05000200") == [ALL]
    talk.records((0, 1))
    assert talk.hear("06000101") == DONE


def test_no_records_found_in_spite_of_a_count_leads_to_everything() -> None:
    talk = Talk()
    talk.open(500)
    talk.hear("05000100")
    assert talk.hear("06000106") == [COUNT_ALL]
    talk.hear("06000402")
    assert talk.hear("06000106") == DONE


def test_numbers_that_went_past_the_last_without_it_lead_to_everything() -> None:
    talk = Talk()
    talk.open(500)
    talk.hear("05000100")
    talk.records([501])
    assert talk.hear("06000101") == [COUNT_ALL]


@pytest.mark.parametrize("code", ["02", "03", "04", "05", "09"])
def test_a_meter_that_knows_no_ranges_is_asked_for_everything(code: str) -> None:
    talk = Talk()
    talk.open(500)
    assert talk.hear(f"060004{code}") == [SINCE]
    assert talk.hear(f"060001{code}") == [COUNT_ALL]
    assert talk.hear(f"060004{code}") == [ALL]
    talk.records((1, 2))
    assert talk.hear("06000101") == DONE


@pytest.mark.parametrize("code", ["02", "03", "04", "05", "08", "09", "0a", "7f"])
def test_what_is_refused_twice_is_told(code: str) -> None:
    talk = Talk()
    talk.open()
    talk.hear("05000100")
    assert talk.hear(f"060001{code}") == []
    assert talk.wait(PAUSE + 1) == [COUNT_ALL]
    talk.hear("05000100")
    assert talk.hear(f"060001{code}") == [Tell(REFUSES), Finished()]


def test_a_report_with_fewer_records_than_counted_is_repeated_then_told() -> None:
    talk = Talk()
    talk.open()
    for last in (False, True):
        talk.hear("05000300")
        talk.records((0, 2, 2))
        if last:
            assert talk.hear("06000101") == [Tell(INCOMPLETE), Finished()]
        else:
            assert talk.hear("06000101") == []
            assert talk.wait(PAUSE + 1) == [COUNT_ALL]


def test_what_is_missing_may_come_at_the_second_report() -> None:
    talk = Talk()
    talk.open()
    talk.hear("05000200")
    talk.records([0])
    talk.hear("06000101")
    talk.wait(PAUSE + 1)
    talk.hear("05000200")
    talk.records((0, 1))
    assert talk.hear("06000101") == DONE


def test_silence_is_aborted_tried_again_and_told() -> None:
    talk = Talk()
    talk.open()
    assert talk.wait(QUIET + 1) == [ABORT]
    assert talk.hear("06000301") == []
    assert talk.wait(PAUSE + 1) == [COUNT_ALL]
    talk.hear("05000100")
    assert talk.wait(QUIET + 1) == [ABORT]
    assert talk.hear("06000301") == [Tell(SILENT), Finished()]
    assert talk.wait(1000) == []
    assert talk.hear("05000100") == []


@pytest.mark.parametrize("answer", [None, "06000307"])
def test_an_abort_that_fails_is_no_end(answer: str | None) -> None:
    talk = Talk()
    talk.open()
    assert talk.wait(QUIET + 1) == [ABORT]
    if answer is None:
        assert talk.wait(ABORT_WAITS) == []
    else:
        assert talk.hear(answer) == []
    assert talk.wait(PAUSE + 2) == [COUNT_ALL]


def test_a_meter_that_is_slow_but_busy_is_not_disturbed() -> None:
    talk = Talk()
    talk.open()
    talk.hear("05001e00")
    for number in range(30):
        talk.records([number])
        assert talk.wait(QUIET - 1) == []
    assert talk.hear("06000101") == DONE


def test_a_meter_that_never_ends_is_aborted() -> None:
    talk = Talk()
    talk.open()
    talk.hear("06000402")
    told: list[str | Tell | Finished] = []
    number = 0
    while talk.now < LONGEST + 5:
        talk.records([number % 0x10000])
        number += 1
        told += talk.wait(1)
    assert told == [ABORT]
    assert talk.hear("06000301") == [Tell(INCOMPLETE), Finished()]


@pytest.mark.parametrize("error", [0x80, 0xFE])
def test_a_procedure_that_still_runs_is_aborted_first(error: int) -> None:
    talk = Talk()
    (said,) = talk.dialogue.opened(Known())
    assert isinstance(said, Say)
    assert talk.noted(talk.dialogue.unsent(said, error)) == [ABORT]
    assert talk.hear("06000301") == []
    assert talk.wait(PAUSE + 1) == [COUNT_ALL]


@pytest.mark.parametrize("error", [0x81, 0xFD, 0x05])
def test_a_request_that_is_refused_twice_is_told(error: int) -> None:
    talk = Talk()
    (said,) = talk.dialogue.opened(Known())
    assert isinstance(said, Say)
    assert talk.noted(talk.dialogue.unsent(said, error)) == []
    assert talk.wait(PAUSE + 1) == [COUNT_ALL]
    assert talk.noted(talk.dialogue.unsent(said, error)) == [Tell(REFUSES), Finished()]


def test_a_line_that_failed_is_the_link_s_matter() -> None:
    talk = Talk()
    (said,) = talk.dialogue.opened(Known())
    assert isinstance(said, Say)
    assert talk.dialogue.unsent(said, None) == ()


@pytest.mark.parametrize(
    "text", ["", "05", "0500", "050003", "0500030000", "06000101", "06010401", "ff000101", "06000301"]
)
def test_an_answer_to_something_else_is_not_believed(text: str) -> None:
    talk = Talk()
    talk.open()
    assert talk.hear(text) == []
    assert talk.hear("05000100") == [ALL]


EVENTS = st.one_of(
    st.tuples(st.just(CONTROL), st.one_of(st.binary(max_size=6), st.sampled_from([bytes.fromhex(one) for one in (
        "05000000", "05000200", "06000101", "06000106", "06000108", "06000301", "06000307", "06000402"
    )]))),
    st.tuples(st.just(MEASUREMENT), st.binary(max_size=6)),
    st.tuples(st.just("wait"), st.integers(1, 20)),
    st.tuples(st.just("unsent"), st.one_of(st.none(), st.integers(0, 255))),
)  # fmt: skip


@given(st.one_of(st.none(), st.integers(-1, 70000)), st.lists(EVENTS, max_size=60))
def test_whatever_a_meter_says_the_dialogue_ends_and_never_deletes(
    last: int | None, events: list[tuple[str, bytes | int | None]]
) -> None:
    talk = Talk()
    said = talk.open(last)
    for what, value in events:
        if what == "unsent":
            assert value is None or isinstance(value, int)
            said += talk.noted(talk.dialogue.unsent(Say(b"\x01\x01", CONTROL), value))
        elif what == "wait":
            assert isinstance(value, int)
            said += talk.wait(value)
        else:
            assert isinstance(value, bytes)
            said += talk.noted(talk.dialogue.heard(value, what))
    said += talk.wait(LONGEST + QUIET + ABORT_WAITS + PAUSE + 10)
    assert sum(isinstance(one, Finished) for one in said) == 1
    assert isinstance(said[-1], Finished)
    requests = [one for one in said if isinstance(one, str)]
    assert {one[:2] for one in requests} <= {"01", "03", "04"}
    assert requests.count(COUNT_ALL) <= TRIES + 1
