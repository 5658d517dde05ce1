"""What the residents' record says, taken in: each message one durable transaction, with its trace and what became of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.listing import ALL, completed
from edge.domain.measurement import Instant, Kind
from edge.domain.movement import Decision, Kept, Known, Movement, Outcome, Received, Taken, decide, listed
from edge.domain.patient import Patient
from edge.store.file.database import Database
from edge.store.keeping import audit, movements
from edge.store.keeping.assigning import Assigning
from edge.store.keeping.journal import Journal
from edge.store.sending import release
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread

Store = TypeVar("Store", bound=Opened)

Reread = Callable[[Kept, bytes], Movement]
"""The movement that a kept message tells; raises Fault where it does not any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """``issuer`` gave the residents' ids, ``prefix`` begins the accession numbers of rounds, ``destinations`` shall have which kind."""

    issuer: str
    prefix: str
    destinations: Mapping[Kind, Sequence[str]]
    demonstration: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """One line of a list: ``place`` is its place there, from 0."""

    place: int
    reason: str


class ListRefused(Exception):
    def __init__(self, lines: Sequence[Refusal]) -> None:
        super().__init__(f"{len(lines)} lines are refused")
        self.lines = tuple(lines)


class Movements:
    """In the store's thread. Raises Fault(STORE_IO | STORE_DAMAGED): then nothing of it happened."""

    def __init__(self, opened: Opened, house: House) -> None:
        self._database: Database = opened.database
        self._house = house
        self._journal = Journal(opened.database, opened.blobs, house.destinations)
        self._assigning = Assigning(opened.database, self._journal)

    def take(self, received: Received, now: Instant, by: Actor) -> Taken:
        """The same message again changes nothing; one that was refused is looked at again."""
        with self._database.write():
            before = movements.found(self._database, received)
            if before is not None and before.outcome is not Outcome.REFUSED:
                return before
            outcome, reason = received.outcome, received.reason
            if received.movement is not None:
                decision = self._decision(received.movement)
                outcome, reason = decision.outcome, decision.reason
                self._do(decision, received.movement.what.value, now, by)
            number = movements.put(self._database, received, outcome, reason, now)
        return Taken(number, outcome, reason, again=before is not None)

    def take_list(self, residents: Sequence[Patient], now: Instant, by: Actor, spoken_of: Collection[str] = ALL) -> int:
        """All of them or nobody: how many changed. ``spoken_of``: as of ``completed``. Raises ListRefused with every line that is refused."""
        with self._database.write():
            known = [movements.known(self._database, one.id) for one in residents]
            decisions = [
                listed(completed(one, here.patient, spoken_of), here)
                for one, here in zip(residents, known, strict=True)
            ]
            refused = [
                Refusal(place, one.reason) for place, one in enumerate(decisions) if one.outcome is Outcome.REFUSED
            ]
            if refused:
                raise ListRefused(refused)
            return sum(self._do(decision, "listed", now, by) for decision in decisions)

    def accept(self, number: int, reread: Reread, now: Instant, by: Actor) -> Decision:
        """What waits is done, on a person's word. Raises Fault(NOT_ALLOWED) where it does not wait, or cannot be done now."""
        with self._database.write():
            movement = self._waiting(number, reread)
            decision = self._decision(movement, accepted=True)
            if decision.outcome in {Outcome.REFUSED, Outcome.WAITING}:
                raise Fault(Reason.NOT_ALLOWED, decision.reason, "try again when that is settled, or refuse it")
            self._do(decision, movement.what.value, now, by)
            movements.settle(self._database, number, Outcome.ACCEPTED, decision.reason, now)
            self._trace(by, now, movement.told.id, f"movement {number} accepted")
        return decision

    def decline(self, number: int, now: Instant, by: Actor) -> None:
        """Raises Fault(NOT_ALLOWED) where it does not wait."""
        with self._database.write():
            kept, _ = self._waits(number)
            movements.settle(self._database, number, Outcome.DECLINED, kept.reason, now)
            self._trace(by, now, kept.patient_id, f"movement {number} refused")

    def _waits(self, number: int) -> tuple[Kept, bytes]:
        found = movements.raw(self._database, number)
        if found is None or found[0].outcome is not Outcome.WAITING:
            raise Fault(Reason.NOT_ALLOWED, "no movement of this number waits", "see telecart residents movements")
        return found

    def _waiting(self, number: int, reread: Reread) -> Movement:
        return reread(*self._waits(number))

    def _decision(self, movement: Movement, *, accepted: bool = False) -> Decision:
        other = movements.known(self._database, movement.other_id) if movement.other_id else Known()
        here = movements.known(self._database, movement.told.id)
        demonstration = self._house.demonstration
        return decide(movement, here, other, self._house.issuer, accepted=accepted, demonstration=demonstration)

    def _do(self, decision: Decision, what: str, now: Instant, by: Actor) -> bool:
        """Whether anything changed."""
        if decision.outcome is not Outcome.APPLIED or decision.put is None:
            return False
        changed = self._journal.put_known(decision.put)
        if changed:
            self._trace(by, now, decision.put.id, f"the record: {what}")
        if decision.anew:
            release.rebuild(self._database, decision.put.id, now, by, self._journal.reports)
        if decision.join is not None:
            gone, stays = decision.join
            self._assigning.join(gone, stays, now, self._house.prefix, by)
        return changed or decision.join is not None

    def _trace(self, by: Actor, now: Instant, patient_id: str, detail: str) -> None:
        audit.append(self._database, Entry(Act.RESIDENTS, by, now, patient_id, detail=detail))


class StoredMovements(Generic[Store]):
    """The same over the store's thread. What returns is durable."""

    def __init__(self, store: StoreThread[Store], house: House) -> None:
        self._store = store
        self._house = house

    async def take(self, received: Received, now: Instant, by: Actor) -> Taken:
        """Raises Fault(NO_ROOM) as well."""
        await self._store.admit(len(received.raw))
        return await self._store.run(lambda opened: Movements(opened, self._house).take(received, now, by))

    async def take_list(
        self, residents: Sequence[Patient], now: Instant, by: Actor, spoken_of: Collection[str] = ALL
    ) -> int:
        return await self._store.run(
            lambda opened: Movements(opened, self._house).take_list(residents, now, by, spoken_of)
        )

    async def accept(self, number: int, reread: Reread, now: Instant, by: Actor) -> Decision:
        return await self._store.run(lambda opened: Movements(opened, self._house).accept(number, reread, now, by))

    async def decline(self, number: int, now: Instant, by: Actor) -> None:
        await self._store.run(lambda opened: Movements(opened, self._house).decline(number, now, by))

    async def kept(self, *, everything: bool = False) -> Sequence[Kept]:
        return await self._store.run(lambda opened: movements.listed(opened.database, everything=everything))
