"""What the store says of itself to a person or a script: read only."""

from __future__ import annotations

import asyncio
import dataclasses

from edge.domain.delivery import Event, State
from edge.domain.item import Frozen
from edge.domain.ports import Destination
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.ledger import open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Items, those of nobody included, counted from the store and from what the destinations answer now.

    ``received`` were proven and are still held there; ``lost`` are neither received nor waiting.
    """

    captured: dict[str, int]
    saved: int
    sent: int
    received: int
    lost: int
    item_ids: frozenset[str]


_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 2.0


async def tally(settings: Settings, destinations: dict[str, Destination]) -> Tally:
    """Asks every destination for every item that the store calls received."""
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread:
        items = await thread.run(outbox.items)
        box = StoredOutbox(thread)
        held = {item.item_id: True for item in items}
        for item in items:
            for name, state in item.states:
                frozen = await box.frozen(name, item.item_id) if state is State.RECEIVED else None
                if frozen is not None:
                    held[item.item_id] &= await _is_held(destinations[name], frozen)
    captured: dict[str, int] = {}
    for item in items:
        captured[item.kind] = captured.get(item.kind, 0) + 1
    done = [i for i in items if i.states and all(state is State.RECEIVED for _name, state in i.states)]
    received = [i for i in done if held[i.item_id]]
    gone = [i for i in items if any(state in {State.SENT, State.RECEIVED} for _name, state in i.states)]
    return Tally(
        captured=captured,
        saved=len(items),
        sent=len(gone),
        received=len(received),
        lost=len(items) - len(received) - sum(i.nobodys or (bool(i.states) and i not in done) for i in items),
        item_ids=frozenset(item.item_id for item in items),
    )


async def _is_held(destination: Destination, frozen: Frozen) -> bool:
    """A far end that is busy is asked again, as sync would: that it does not answer says nothing of what it holds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE_SECONDS
    while True:
        [outcome] = await destination.prove([frozen])
        if outcome.event is not Event.TRY_LATER or loop.time() >= end:
            return outcome.event is Event.PROVEN
        await asyncio.sleep(_AGAIN_SECONDS)
