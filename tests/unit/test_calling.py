"""Which lobby a call has, and that who comes in is whom the nurse read at the door."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import settings as s
from edge.domain.fault import Fault, Reason
from edge.domain.visitor import NOBODY, Visitor
from edge.door.messages import CallCard
from edge.mains import calling
from sync.consult.outward import Outward
from sync.consult.relay import Trouble
from sync.consult.signalling import Signalling
from sync.meeting.keys import CartKey
from sync.meeting.messages import Who

DOCTOR = Visitor("Claire MARTIN", "10001234567")


async def local(guest: str = "") -> Signalling:
    made = calling.lobby(s.Settings(), CallCard(guest=guest))
    assert isinstance(made, Signalling)
    return made


async def test_the_lobby_is_here_or_at_the_rendezvous(tmp_path: Path) -> None:
    assert (await local()).visitor == Who()
    assert (await local("Anne Petit")).visitor == Who(name="Anne Petit", invited=True)
    key = tmp_path / "call.key"
    call = s.Call(rendezvous="https://rendezvous.example.org", cart_name="borne-1", cart_key=key)
    with pytest.raises(Fault, match="cannot be read"):
        calling.lobby(s.Settings(call=call), None)
    CartKey.fresh().write(key)
    assert isinstance(calling.lobby(s.Settings(call=call), None), Outward)


@pytest.mark.hazard("T11", without="tests.controls_meeting:whoever_stands_there_comes_in")
@pytest.mark.parametrize(
    "now", [Who(), Who(name="Paul PETIT", rpps="10001234567"), Who(name="Claire MARTIN", invited=True)]
)
async def test_who_came_after_the_nurse_looked_is_not_let_in(now: Who) -> None:
    lobby = await local()
    lobby.visitor = now
    with pytest.raises(Fault) as caught:
        calling.look_who_is_admitted(lobby, DOCTOR)
    assert caught.value.reason is Reason.CALL
    assert calling.said_of(caught.value)


async def test_whom_the_nurse_read_comes_in() -> None:
    lobby = await local()
    calling.look_who_is_admitted(lobby, NOBODY)
    lobby.visitor = Who(name=DOCTOR.name, rpps=DOCTOR.rpps)
    calling.look_who_is_admitted(lobby, DOCTOR)


@pytest.mark.parametrize("trouble", [one for one in Trouble if one])
def test_what_is_wrong_with_the_relay_is_said_at_the_bedside(trouble: Trouble) -> None:
    assert calling.said_of(calling.not_through(trouble))
    assert not calling.said_of(calling.not_through(Trouble.NONE))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rendezvous": "http://x"}, "https://host"),
        ({"rendezvous": "https://x/y"}, "https://host"),
        ({"rendezvous": "https://x"}, "cart_name and cart_key"),
        ({"rendezvous": "https://x", "cart_name": "a", "cart_key": Path("k"), "proxy": "p:1"}, "http://host:port"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        s.Call(**given)  # type: ignore[arg-type]
