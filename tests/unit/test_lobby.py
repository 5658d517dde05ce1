"""Who may come into a call."""

from __future__ import annotations

import aioice.ice
import pytest

from sync.consult.addresses import gather_on, is_loopback
from sync.consult.lobby import Lobby, Verdict


def another(pin: str) -> str:
    return f"{(int(pin) + 1) % 1_000_000:06}"


def test_a_token_has_128_bits_and_no_two_are_alike() -> None:
    tokens = {Lobby(with_pin=False).token for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) * 6 >= 128 for token in tokens)


@pytest.mark.hazard("T11", without="tests.controls_call:a_token_opens_for_ever")
def test_a_token_that_was_admitted_opens_nothing_more() -> None:
    open_lobby = Lobby(with_pin=False)
    assert open_lobby.judge(open_lobby.token, "") is Verdict.WELCOME
    open_lobby.admit()
    assert open_lobby.judge(open_lobby.token, "") is Verdict.USED


@pytest.mark.hazard("T11", without="tests.controls_call:any_token_will_do")
@pytest.mark.parametrize("wrong", ["", "x", "é", "A" * 22])
def test_a_wrong_token_stays_out(wrong: str) -> None:
    assert Lobby(with_pin=False).judge(wrong, "") is Verdict.TOKEN


@pytest.mark.hazard("T11", without="tests.controls_call:pins_may_be_guessed_for_ever")
def test_five_wrong_pins_lock_the_lobby_even_for_the_right_one() -> None:
    open_lobby = Lobby(with_pin=True)
    wrong = another(open_lobby.pin)
    verdicts = [open_lobby.judge(open_lobby.token, wrong) for _ in range(5)]
    assert verdicts == [Verdict.PIN] * 5
    assert open_lobby.judge(open_lobby.token, open_lobby.pin) is Verdict.LOCKED


def test_a_wrong_token_costs_no_try_of_the_pin() -> None:
    open_lobby = Lobby(with_pin=True)
    for _ in range(20):
        assert open_lobby.judge("guess", "000000") is Verdict.TOKEN
    assert open_lobby.judge(open_lobby.token, open_lobby.pin) is Verdict.WELCOME


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("cart", False),
    ],
)
def test_what_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.hazard("T13", without="tests.controls_call:every_interface_gathers")
@pytest.mark.parametrize(
    ("host", "gathered"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("192.0.2.9", "192.0.2.9")]
)
def test_media_ports_open_on_the_named_address_only(host: str, gathered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on(host)
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == [gathered]
