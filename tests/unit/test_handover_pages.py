"""More residents than stand on one page of a handover are on the next ones, by room, each once."""

from __future__ import annotations

import dataclasses

from edge.domain.handover import Change, Handover
from edge.domain.way import Ways
from edge.door import standing_card as card
from tests import items
from tests.unit.test_standing_store import now

COUNT = 2 * card.PAGE + 5
RESIDENTS = {
    f"p-{at}": dataclasses.replace(items.PATIENT, id=f"p-{at}", room=str(100 + (at * 37) % COUNT))
    for at in range(COUNT)
}
FOUND = Handover(through=7, audited=9, changes=tuple(Change(one) for one in RESIDENTS))


def test_every_resident_stands_on_one_page_in_the_order_of_the_rooms() -> None:
    pages = [card.handover(FOUND, Ways(), RESIDENTS, now(), None, page) for page in range(3)]
    assert [(one.page, one.pages, len(one.changes)) for one in pages] == [(0, 3, 30), (1, 3, 30), (2, 3, 5)]
    rooms = [change.room for one in pages for change in one.changes]
    assert rooms == sorted(rooms, key=int)
    assert len(set(rooms)) == COUNT
    assert {(one.through, one.audited, one.more) for one in pages} == {(7, 9, False)}


def test_a_page_that_is_no_more_is_the_last_one_and_a_list_on_paper_has_none() -> None:
    few = dataclasses.replace(FOUND, changes=FOUND.changes[:3])
    shown = card.handover(few, Ways(), RESIDENTS, now(), None, 2)
    assert (shown.page, shown.pages, len(shown.changes)) == (0, 1, 3)
    assert len(card.handover(FOUND, Ways(), RESIDENTS, now(), None).changes) == COUNT
    none = card.handover(dataclasses.replace(FOUND, changes=()), Ways(), RESIDENTS, now(), None, 0)
    assert (none.page, none.pages, none.changes) == (0, 1, ())
