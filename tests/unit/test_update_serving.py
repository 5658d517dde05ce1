"""Who is served: a touch, a measurement and a call hold the cart, and what a screen asks by itself does not (H21)."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.acquire.call import Call, CallState
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.in_use import Interlock, InUse
from edge.mains.serving import IDLE_SECONDS, Serving

AT_THE_SCREEN = Actor(Who(KnownBy.ROLE, m.UI, ""), Origin("edge", m.UI))
MEDIA = Actor(Who(KnownBy.ROLE, m.MEDIA, ""), Origin("edge", m.MEDIA))
TOUCH = m.ReleaseResident(id=1)


class Cart:
    """A cart's edge, as far as it can be in use. ``seconds`` is its clock."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.call = Call()
        self.measuring = False
        self.seconds = 1000.0
        self.done: list[object] = []
        self.serving = Serving(
            InUse(data), lambda: self.call, lambda: self.measuring, self._do, monotonic=lambda: self.seconds
        )

    async def _do(self, command: object, by: Actor) -> None:
        self.done.append(command)

    @property
    def free(self) -> bool:
        """As the updater sees it."""
        self.serving.look()
        with Interlock(self.data).hold() as nobody:
            return nobody


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(tmp_path)


@pytest.mark.hazard("H21", without="tests.controls_update:no_interlock")
async def test_a_touch_holds_the_cart_until_the_screen_is_left_alone(cart: Cart) -> None:
    assert cart.free
    await cart.serving.handle(TOUCH, AT_THE_SCREEN)
    assert not cart.free
    cart.seconds += IDLE_SECONDS - 1
    assert not cart.free
    cart.seconds += 2
    assert cart.free


async def test_what_a_screen_asks_by_itself_holds_nothing(cart: Cart) -> None:
    await cart.serving.handle(m.Watch(id=1), AT_THE_SCREEN)
    await cart.serving.handle(TOUCH, MEDIA)
    assert cart.free
    assert len(cart.done) == 2


@pytest.mark.hazard("H21", without="tests.controls_update:no_interlock")
def test_a_measurement_and_a_call_hold_the_cart_without_a_touch(cart: Cart) -> None:
    cart.measuring = True
    assert not cart.free
    cart.measuring = False
    assert cart.free
    for state in CallState:
        cart.call = Call(state=state)
        assert cart.free is (state in {CallState.NONE, CallState.ENDED, CallState.FAILED})


@pytest.mark.hazard("H21", without="tests.controls_update:the_lock_is_not_held")
async def test_a_touch_during_the_switch_is_refused_with_what_to_do_and_a_measurement_is_kept(cart: Cart) -> None:
    with Interlock(cart.data).hold():
        with pytest.raises(Fault, match="Le chariot se met à jour") as told:
            await cart.serving.handle(TOUCH, AT_THE_SCREEN)
        assert told.value.reason is Reason.NOT_ALLOWED
        assert not cart.done
        await cart.serving.handle(m.Lock(id=2), AT_THE_SCREEN)
        cart.measuring = True
        cart.serving.look()
    assert not cart.free
    await cart.serving.handle(TOUCH, AT_THE_SCREEN)
    assert len(cart.done) == 2
