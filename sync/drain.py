"""The one delivery loop: every promise of the outbox to its destination, for ever, until it is proven received.

Rule: one task a destination, so that none waits for another. In each round what is kept is frozen, what is frozen is
sent, and what is sent is proven: once nothing more waits to be sent, and every few seconds while it does. An item's own
trouble delays that item (1, 2, 4 ... 300 s); a far end that cannot be reached delays that destination (at most 30 s, so
that a night without network is over as soon as the network is back; five minutes where it asks for them).
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import structlog

from edge.domain.delivery import NOT_TAKEN_AGAIN, Event, State, retry_after
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen
from edge.domain.ports import Claim, Destination, Outbox, Outcome, Settled, Tell

_log = structlog.get_logger()

FREEZE_BATCH = 50
BATCH = 200
PROBE = 10
"""Of which one finds out whether a far end that could not be reached is back: each writes its row."""
BATCH_BYTES = 512 * 1024 * 1024
"""A batch ends with the object that reaches this: what comes next waits for the batch."""
PROOF_EVERY = 15.0
"""Seconds for which proofs wait for what is still to be sent."""
LEASE_SECONDS = 1800.0
LONGEST_PAUSE = 30.0
"""Seconds between two attempts to reach a far end."""
LONGEST_ASKED = 300.0
"""Seconds for which a far end is left alone with everything because it asks for that."""
IDLE_SECONDS = 60.0
SHORTEST_WAIT = 0.05
GATHER = 0.03
"""Seconds for which an outcome waits for others to be recorded with it, while more are to come."""

_ABOUT_THE_FAR_END = frozenset({Reason.DESTINATION_UNREACHABLE, Reason.DESTINATION_REFUSED})
"""With TRY_LATER: it is not the object's fault, whichever was asked about."""

_NO_ROOM = frozenset({Reason.STORE_FULL, Reason.NO_ROOM})
_MISTAKE = "the object could not be built: a mistake of the software, report it"
_OF_THE_OBJECT = frozenset({Reason.OBJECT_INVALID, Reason.MISSING_PROGRAM, Reason.STORE_DAMAGED})
"""Found as its pieces were made."""

_Ask = Callable[[Sequence[Frozen], Tell], Awaitable[Sequence[Outcome]]]


class Drain:
    """``proof_waits`` are the seconds between two questions about an object which the far end does not show yet."""

    def __init__(
        self,
        outbox: Outbox,
        destinations: Sequence[Destination],
        proof_waits: Sequence[float] = (0.2, 0.5, 1.5),
    ) -> None:
        self._courses = [_Course(outbox, destination, proof_waits) for destination in destinations]

    async def run(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for course in self._courses:
                tasks.create_task(course.run())


class _Patience:
    """How long a far end that could not be reached is left alone."""

    def __init__(self) -> None:
        self._failures = 0
        self._not_before = 0.0

    @property
    def tried(self) -> bool:
        """It could not be reached when it was last asked."""
        return bool(self._failures)

    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._not_before - time.monotonic())

    def failed(self, asked: float = 0.0) -> None:
        """``asked``: the seconds that the far end wants."""
        self._failures += 1
        wait = max(min(LONGEST_PAUSE, retry_after(self._failures)), min(LONGEST_ASKED, asked))
        self._not_before = time.monotonic() + wait

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        if any(outcome.event is not Event.TRY_LATER for outcome in outcomes):
            self._failures = 0
        asked = [outcome.after for outcome in outcomes if _about_the_far_end(outcome)]
        if asked:
            self.failed(max(asked))


def _about_the_far_end(outcome: Outcome) -> bool:
    return outcome.event is Event.TRY_LATER and outcome.reason in _ABOUT_THE_FAR_END


def _where(exc: Exception) -> str:
    """What failed and where, without the exception's text, which may hold patient data."""
    place = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__} at {place.filename}:{place.lineno}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Made:
    """What a builder makes piece by piece: its own mistakes come out as Faults of the object."""

    content: Body
    item_id: str
    log: structlog.stdlib.BoundLogger

    @property
    def size(self) -> int:
        return self.content.size

    def pieces(self) -> Iterator[bytes]:
        try:
            yield from self.content.pieces()
        except Fault:
            raise
        except Exception as exc:  # noqa: BLE001
            self.log.error("builder_failed", item=self.item_id, error=_where(exc))  # noqa: TRY400
            raise Fault(Reason.OBJECT_INVALID, _MISTAKE) from None


class _Course:
    """The way to one destination."""

    def __init__(self, outbox: Outbox, destination: Destination, proof_waits: Sequence[float]) -> None:
        self._outbox = outbox
        self._destination = destination
        self._name = destination.name
        self._proof_waits = proof_waits
        self._freezing = _Patience()
        self._sending = _Patience()
        self._proving = _Patience()
        self._proven_at = time.monotonic()
        self._log = _log.bind(destination=destination.name)

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._outbox.give_back(self._name)
                while True:
                    seen = await self._outbox.version()
                    settled = await self._round()
                    failures = 0
                    if not settled:
                        await self._wait(seen)
            except Fault as fault:
                # the store itself: nothing is lost, and nothing moves until it answers again
                failures += 1
                self._log.error("store_failed", reason=fault.reason.value, what=fault.what)
                await asyncio.sleep(min(LONGEST_PAUSE, retry_after(failures)))

    async def _round(self) -> int:
        """How many rows were taken up."""
        taken = await self._freeze()
        taken += await self._send()
        if not taken or self._proof_due():
            taken += await self._exchange(State.SENT, self._prove, self._proving)
            self._proven_at = time.monotonic()
        return taken

    def _proof_due(self) -> bool:
        return time.monotonic() - self._proven_at >= PROOF_EVERY

    async def _send(self) -> int:
        """A batch may take hours on a slow line: what was sent meanwhile is proven beside it."""
        sending = asyncio.create_task(self._exchange(State.PENDING, self._destination.send, self._sending))
        try:
            while not sending.done():
                left = PROOF_EVERY - (time.monotonic() - self._proven_at)
                await asyncio.wait({sending}, timeout=max(left, SHORTEST_WAIT))
                if not sending.done():
                    await self._exchange(State.SENT, self._prove, self._proving)
                    self._proven_at = time.monotonic()
            return sending.result()
        finally:
            if not sending.done():
                sending.cancel()
                await asyncio.wait({sending})

    async def _wait(self, seen: int) -> None:
        due = await self._outbox.next_due(self._name)
        if due is None:
            due = IDLE_SECONDS
        elif due <= 0.0:
            # what is due waits for a far end that is left alone
            left = (self._freezing.left(), self._sending.left(), self._proving.left())
            due = min((one for one in left if one), default=SHORTEST_WAIT)
        await self._outbox.changed(seen, min(IDLE_SECONDS, max(SHORTEST_WAIT, due)))

    async def _freeze(self) -> int:
        if self._freezing.left():
            return 0
        claims = await self._outbox.claim(self._name, State.KEPT, FREEZE_BATCH, LEASE_SECONDS)
        for claim in claims:
            try:
                item = await self._outbox.load(self._name, claim.item_id)
                content = await asyncio.to_thread(self._destination.freeze, item)
            except Fault as fault:
                await self._refuse(claim, fault)
            except Exception as exc:  # noqa: BLE001
                # a builder's own mistake about one item must not stop all the others: a person sees it
                self._log.error("builder_failed", item=claim.item_id, error=_where(exc))
                await self._record(claim, Outcome(claim.item_id, Event.REFUSED, Reason.OBJECT_INVALID, _MISTAKE))
            else:
                try:
                    made = _Made(content, claim.item_id, self._log)
                    frozen = await self._outbox.freeze(self._name, claim.item_id, made)
                except Fault as fault:
                    if fault.reason in _OF_THE_OBJECT:
                        await self._refuse(claim, fault)
                        continue
                    if fault.reason not in _NO_ROOM:
                        raise
                    # what is frozen already still goes, and is what makes room
                    self._log.warning("not_frozen", item=claim.item_id, reason=fault.reason.value, what=fault.what)
                    self._freezing.failed()
                    await self._outbox.give_back(self._name)
                    break
                self._freezing = _Patience()
                if frozen is not None:
                    self._log.info("frozen", item=claim.item_id, size=frozen.body.size, sha256=frozen.sha256)
        return len(claims)

    async def _exchange(self, state: State, ask: _Ask, patience: _Patience) -> int:
        if patience.left():
            return 0
        size = PROBE if patience.tried else BATCH
        claims = await self._outbox.claim(self._name, state, size, LEASE_SECONDS)
        by_item = {claim.item_id: claim for claim in claims}
        waiting = deque(claims)
        while waiting:
            batch = await self._batch(waiting)
            if not batch:
                continue
            patience.learn(await self._settled(ask, batch, by_item))
            if patience.left():
                await self._outbox.give_back(self._name)
                break
        return len(claims)

    async def _batch(self, waiting: deque[Claim]) -> list[Frozen]:
        """Takes from ``waiting`` as much as is sent at once."""
        batch: list[Frozen] = []
        size = 0
        at_hand = await self._outbox.frozen_all(self._name, [claim.item_id for claim in waiting])
        while waiting and size < BATCH_BYTES:
            claim = waiting.popleft()
            match at_hand[claim.item_id]:
                case Fault() as fault:
                    await self._refuse(claim, fault)
                case Frozen() as frozen:
                    batch.append(frozen)
                    size += frozen.body.size
        return batch

    async def _settled(self, ask: _Ask, batch: Sequence[Frozen], claims: Mapping[str, Claim]) -> Sequence[Outcome]:
        """Asks, and records each outcome as it is known: those that come while a transaction runs share the next one."""
        told: asyncio.Queue[Outcome | None] = asyncio.Queue()
        asking = asyncio.create_task(self._asked(ask, batch, told.put_nowait))
        asking.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (come := [await told.get()])[0] is not None:
                await asyncio.wait({asking}, timeout=GATHER)
                while not told.empty():
                    come.append(told.get_nowait())
                if come[-1] is None:
                    told.put_nowait(come.pop())
                await self._record_all(claims, [one for one in come if one is not None])
            return asking.result()
        finally:
            # the store failed, or the cart ends: what was not recorded is sent again
            if not asking.done():
                asking.cancel()
                await asyncio.wait({asking})

    async def _asked(self, ask: _Ask, batch: Sequence[Frozen], tell: Tell) -> Sequence[Outcome]:
        """One outcome for each of ``batch``, whatever the destination does; each is told once."""
        known: dict[str, Outcome] = {}
        asked = {one.item_id for one in batch}

        def heard(outcome: Outcome) -> None:
            if outcome.item_id in asked and outcome.item_id not in known:
                known[outcome.item_id] = outcome
                tell(outcome)

        try:
            for outcome in await ask(batch, heard):
                heard(outcome)
        except Exception as exc:  # noqa: BLE001
            # a destination must not raise; one that does is tried again and stops nobody else
            self._log.error("destination_failed", error=_where(exc))
        for one in batch:
            heard(Outcome(one.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, "no answer about this object"))
        return list(known.values())

    async def _prove(self, objects: Sequence[Frozen], _: Tell) -> Sequence[Outcome]:
        """A far end may take a moment to show what it took: asked again before it is said to be missing."""
        settled: list[Outcome] = []
        missing = objects
        for wait in (*self._proof_waits, None):
            answers = await self._destination.prove(missing)
            settled += [outcome for outcome in answers if outcome.event is not Event.NOT_HELD]
            not_held = {outcome.item_id: outcome for outcome in answers if outcome.event is Event.NOT_HELD}
            missing = [one for one in missing if one.item_id in not_held]
            if not missing:
                break
            if wait is None:
                settled += not_held.values()
            else:
                await asyncio.sleep(wait)
        return settled

    async def _refuse(self, claim: Claim, fault: Fault) -> None:
        """A fault of this item waits for a person; a fault of the whole store is raised on."""
        if fault.reason is Reason.STORE_IO:
            raise fault
        await self._record(claim, Outcome(claim.item_id, Event.REFUSED, fault.reason, str(fault)))

    async def _record(self, claim: Claim, outcome: Outcome) -> None:
        await self._record_all({claim.item_id: claim}, [outcome])

    async def _record_all(self, claims: Mapping[str, Claim], outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        await self._outbox.record_all(self._name, [_settlement(claims[one.item_id], one) for one in outcomes])
        for one in outcomes:
            good = one.event in {Event.ACCEPTED, Event.PROVEN}
            (self._log.info if good else self._log.warning)(
                one.event.value, item=one.item_id, reason=one.reason and one.reason.value, what=one.what
            )


def _settlement(claim: Claim, outcome: Outcome) -> Settled:
    attempts, wait = claim.attempts, 0.0
    if outcome.event is Event.PROVEN:
        attempts = 0
    elif outcome.event is Event.NOT_TAKEN:
        wait = NOT_TAKEN_AGAIN
    elif outcome.event in {Event.TRY_LATER, Event.NOT_HELD} and not _about_the_far_end(outcome):
        attempts += 1
        wait = max(retry_after(attempts), outcome.after)
    return Settled(outcome, attempts, wait)
