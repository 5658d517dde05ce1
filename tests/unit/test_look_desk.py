"""What was chosen at the screen is kept for a screen that is started again."""

from __future__ import annotations

import pytest

from edge.domain.audit import THE_CART, Actor
from edge.domain.fault import Fault
from edge.door import messages as m
from edge.door.look_desk import LookDesk


async def test_the_last_choice_is_kept_and_all_else_goes_on() -> None:
    told: list[str] = []
    others: list[m.AnyCommand] = []

    async def inner(command: m.AnyCommand, by: Actor) -> None:
        others.append(command)

    desk = LookDesk(lambda: told.append("changed"), inner)
    assert desk.card == m.LookCard()
    await desk.handle(m.KeepLook(language="en", theme="jour"), THE_CART)
    assert (desk.card, told) == (m.LookCard(language="en", theme="jour"), ["changed"])
    await desk.handle(m.Lock(), THE_CART)
    assert others == [m.Lock()]
    with pytest.raises(Fault):
        await desk.handle(m.KeepLook(language="e" * 33, theme="jour"), THE_CART)
    assert desk.card == m.LookCard(language="en", theme="jour")
