"""What to ask a glucose meter for: Record Access Control Point, 0x2A52 (GLS 1.0.1, 3.4; GSS, with all codes).

    request   op, operator, operand
              `04 01` how many records, `04 03 01 lo hi` how many with that sequence number or a greater one
              `01 01` all records, `01 03 01 lo hi` those with that sequence number or a greater one, `03 00` abort
    answer    `05 00 lo hi` so many, `06 00 op code`: 01 done, 06 no records found, 07 abort unsuccessful,
              08 not completed, 0a busy, others: not understood

Records are never deleted (op 02): the meter is the resident's or the home's, not ours.

**Which records.** A meter counts its records with 16 bits, and some count anew after a change of batteries, or after 65535.
Then everything "after the last one we hold" is not what is new: nothing, or only a part. So the meter is asked from the
last number held on, *that record included*. As long as its memory is the one we know, that record comes again (it is known
by number and time, and adds nothing). Where it does not come, the numbers mean something else by now, and all records are
asked for. They all are, too, where the last number is so small, or so near to the end, that few records lie around it.
What this does not see: a meter that counted anew and passed the last number held before it met the cart again; with
numbers above FEW that takes as many measurements without the cart.

**How many.** Notifications are not acknowledged, so the number of records is asked for first, and a report that brings
fewer is asked for once more.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from edge.domain.dialogue import Finished, Known, Listening, Say, Step, Tell

CONTROL: Final = "2a52"
MEASUREMENT: Final = "2a18"

FEW: Final = 64
"""Records that are quickly read over again."""

QUIET: Final = 10.0
"""Seconds without a record and without an answer after which a request is aborted."""

ABORT_WAITS: Final = 5.0
"""Seconds for the answer to that."""

PAUSE: Final = 2.0
"""Seconds before a request is repeated."""

LONGEST: Final = 300.0
"""Seconds for everything: a thousand records at the slowest connection interval take some two minutes."""

TRIES: Final = 2

_REPORT, _ABORT, _COUNT, _COUNTED, _ANSWER = 1, 3, 4, 5, 6
_SUCCESS, _NO_RECORDS = 1, 6
_NOT_UNDERSTOOD: Final = frozenset({2, 3, 4, 5, 9})
_IN_PROGRESS: Final = frozenset({0x80, 0xFE})
"""ATT errors: the one of GLS 1.0, and the common one (Core Specification Supplement, Part B)."""

_DO: Final = "Éteignez-le, rallumez-le et recommencez."
SILENT: Final = f"ne répond pas quand la borne demande ses mesures. {_DO}"
INCOMPLETE: Final = f"n'a pas transmis toutes ses mesures. {_DO}"
REFUSES: Final = f"refuse de transmettre ses mesures. {_DO}"


class _State(enum.Enum):
    OVER = enum.auto()
    COUNTING = enum.auto()
    REPORTING = enum.auto()
    ABORTING = enum.auto()
    PAUSING = enum.auto()


class RecordAccess(Listening):
    """The dialogue of a meter with records. Implements edge.domain.dialogue.Dialogue; at most 65,536 numbers are held."""

    def __init__(self) -> None:
        self._state = _State.OVER
        self._since: int | None = None
        self._expected: int | None = None
        self._seen: set[int] = set()
        self._tries = 0
        self._trouble = SILENT
        self._stirred = False
        self._began: float | None = None
        self._quiet_since: float | None = None

    # --- what happens

    def opened(self, known: Known) -> Sequence[Step]:
        last = known.last_sequence
        self._since = last if last is not None and FEW <= last <= 0xFFFF - FEW else None
        return self._count()

    def heard(self, data: bytes, source: str) -> Sequence[Step]:
        if source == MEASUREMENT and self._state is _State.REPORTING and len(data) >= 3:
            self._seen.add(int.from_bytes(data[1:3], "little"))
            self._stirred = True
        if source != CONTROL or self._state is _State.OVER:
            return ()
        match tuple(data):
            case (op, 0, low, high) if op == _COUNTED and self._state is _State.COUNTING:
                return self._counted(low | high << 8)
            case (op, 0, asked, code) if op == _ANSWER:
                return self._answered(asked, code)
            case _:
                return ()

    def unsent(self, said: Say, error: int | None) -> Sequence[Step]:
        if error is None or self._state is _State.OVER or said.target != CONTROL:
            return ()
        if self._state is _State.ABORTING:
            return self._again(self._trouble)
        if error in _IN_PROGRESS:
            return self._abort(SILENT)
        return self._again(REFUSES)

    def waited(self, seconds: float) -> Sequence[Step]:
        if self._state is _State.OVER:
            return ()
        if self._began is None:
            self._began = seconds
        if self._stirred or self._quiet_since is None:
            self._stirred, self._quiet_since = False, seconds
        quiet = seconds - self._quiet_since
        if self._state is _State.ABORTING:
            return self._again(self._trouble) if quiet >= ABORT_WAITS else ()
        if seconds - self._began > LONGEST:
            self._tries = TRIES
            return self._abort(INCOMPLETE)
        if self._state is _State.PAUSING:
            return self._count() if quiet >= PAUSE else ()
        return self._abort(INCOMPLETE if self._seen else SILENT) if quiet >= QUIET else ()

    # --- what to do

    def _enter(self, state: _State) -> None:
        self._state, self._stirred, self._quiet_since = state, False, None

    def _say(self, op: int) -> Sequence[Step]:
        if self._since is None:
            return (Say(bytes((op, 1)), CONTROL),)
        return (Say(bytes((op, 3, 1)) + self._since.to_bytes(2, "little"), CONTROL),)

    def _count(self) -> Sequence[Step]:
        self._enter(_State.COUNTING)
        self._seen.clear()
        return self._say(_COUNT)

    def _counted(self, number: int | None) -> Sequence[Step]:
        self._expected = number
        if number == 0:
            return self._all() if self._since is not None else self._done()
        self._enter(_State.REPORTING)
        return self._say(_REPORT)

    def _all(self) -> Sequence[Step]:
        self._since = None
        return self._count()

    def _answered(self, asked: int, code: int) -> Sequence[Step]:
        if asked == _ABORT and self._state is _State.ABORTING:
            return self._again(self._trouble)
        if asked == _COUNT and self._state is _State.COUNTING:
            return self._counted(0 if code == _NO_RECORDS else None)
        if asked != _REPORT or self._state is not _State.REPORTING:
            return ()
        if code == _SUCCESS:
            return self._reported()
        if self._since is not None and (code == _NO_RECORDS or code in _NOT_UNDERSTOOD):
            return self._all()
        if code == _NO_RECORDS:
            return self._again(INCOMPLETE) if self._expected else self._done()
        return self._again(REFUSES)

    def _reported(self) -> Sequence[Step]:
        if self._since is not None and self._since not in self._seen:
            return self._all()
        if self._expected is not None and len(self._seen) < self._expected:
            return self._again(INCOMPLETE)
        return self._done()

    def _abort(self, trouble: str) -> Sequence[Step]:
        self._trouble = trouble
        self._enter(_State.ABORTING)
        return (Say(bytes((_ABORT, 0)), CONTROL),)

    def _again(self, trouble: str) -> Sequence[Step]:
        """Once more after a pause, or give up. What came is saved; the next connection asks again."""
        self._tries += 1
        if self._tries < TRIES:
            self._enter(_State.PAUSING)
            return ()
        self._state = _State.OVER
        return (Tell(trouble), Finished())

    def _done(self) -> Sequence[Step]:
        self._state = _State.OVER
        return (Tell(""), Finished())
