"""The labels of devices in the language of the screen, wherever a snapshot has one."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from edge.door import messages as m
from ui.bedside.locales import Words

L = TypeVar("L", m.ItemCard, m.LiveCard, m.EarlierCard, m.UnreadCard)


def spoken(snapshot: m.Snapshot, words: Words) -> m.Snapshot:
    def of(card: L) -> L:
        return msgspec.structs.replace(card, device=words.of(card.device, card.device_en or card.device))

    standing = snapshot.standing
    changes = tuple(
        msgspec.structs.replace(one, values=tuple(map(of, one.values))) for one in standing.handover.changes
    )
    return msgspec.structs.replace(
        snapshot,
        items=tuple(map(of, snapshot.items)),
        live=tuple(map(of, snapshot.live)),
        earlier=tuple(map(of, snapshot.earlier)),
        unread=tuple(map(of, snapshot.unread)),
        strays=tuple(msgspec.structs.replace(one, item=of(one.item)) for one in snapshot.strays),
        standing=msgspec.structs.replace(
            standing,
            stopped=tuple(msgspec.structs.replace(one, item=of(one.item)) for one in standing.stopped),
            handover=msgspec.structs.replace(standing.handover, changes=changes),
        ),
    )
