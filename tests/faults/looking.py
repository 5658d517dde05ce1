"""A store that was found after a cut, compared with what had been acknowledged; only what the store's own code says counts."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Mapping, Sequence

from edge.domain.delivery import State
from edge.domain.fault import Fault
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.faults.bedside import PURPOSE, Bedside, in_memory
from tests.faults.cutting import Expected, Notes, Step, Verdict


def observe(places: Places) -> dict[str, Expected]:
    """Every item as the store has it, promises that were not kept with the item included. Raises Fault."""
    # no destinations: opening makes no promise that is not there
    store = open_for_edge(places, {}, PURPOSE)
    try:
        found = {item.item_id: _item(store, item) for item in outbox.items(store)}
    finally:
        store.database.close()
    return asyncio.run(_with_frozen(places, found))


def _item(store: EdgeStore, item: outbox.Whereabouts) -> Expected:
    if item.nobodys:
        return Expected(None)
    whole = store.journal.load(item.item_id)
    return Expected(in_memory(whole.payload), whole.entered_in_error, dict(item.states))


async def _with_frozen(places: Places, found: dict[str, Expected]) -> dict[str, Expected]:
    on_their_way = {State.PENDING, State.SENT, State.RECEIVED}
    if not any(on_their_way & set(item.states.values()) for item in found.values()):
        return found
    async with StoreThread(lambda: open_for_sync(places)) as thread:
        box = StoredOutbox(thread)
        for item_id, item in found.items():
            frozen = {
                destination: (await box.frozen(destination, item_id)).content
                for destination, state in item.states.items()
                if state in on_their_way
            }
            found[item_id] = dataclasses.replace(item, frozen=frozen)
        await thread.run(lambda opened: opened.database.close())
    return found


def compare(places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
    """The store has to be as after the last acknowledged call, or after the one under way; sound; and ready for more."""
    before: dict[str, Expected] = {step.item_id: step.expected for step in acknowledged}
    after = before | {step.item_id: step.expected for step in under_way}
    try:
        found = observe(places)
        wrong = _unsound(places)
        lost = [f"{item_id} is not there" for item_id in before if item_id not in found]
        for item_id, expected in found.items():
            if expected not in (before.get(item_id), after.get(item_id)):
                where = lost if item_id in before else wrong
                where.append(f"{item_id} is {_told(expected)}, not {_told(after.get(item_id))}")
        wrong += _takes_more(places, found)
        # a cut damages nothing: what is torn in the database file stands in the log beside it
        wrong += [f"it was taken for damaged: {folder.name}" for folder in places.database.parent.glob("quarantine-*")]
    except (Fault, LookupError) as exc:
        return Verdict(wrong=(f"{type(exc).__name__}: {exc}",))
    return Verdict(tuple(lost), tuple(wrong))


def _told(expected: Expected | None) -> str:
    if expected is None:
        return "never asked for"
    states = {name: state.value for name, state in expected.states.items()}
    kind = type(expected.payload).__name__
    return f"{kind} {hash(expected.payload)} undone={expected.undone} {states} frozen={sorted(expected.frozen)}"


def _unsound(places: Places) -> list[str]:
    store = open_for_edge(places, {}, PURPOSE)
    try:
        return [
            f"{check}: {line}"
            for check in ("integrity_check", "cipher_integrity_check", "foreign_key_check")
            for line in store.run(f"PRAGMA {check}").fetchall()
            if line != ("ok",)
        ]
    finally:
        store.database.close()


def _takes_more(places: Places, found: Mapping[str, Expected]) -> list[str]:
    """One more reading, as the next round would bring it, and nothing else changes by it."""
    notes = Notes()
    bedside = Bedside(places, random.Random(0), notes)
    bedside.receive()
    try:
        item_id = bedside.save_reading()
    finally:
        bedside.done()
    return (
        [] if observe(places) == {**found, item_id: notes.model[item_id]} else ["a new reading changed something else"]
    )
