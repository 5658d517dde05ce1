"""Switches (see tests/controls.py) of the controls in the Bluetooth link."""

from __future__ import annotations

import pytest

from drivers.link.ble import agent, connection, session, trouble
from drivers.link.ble.pairing import Pairing
from edge.domain.measurement import Reading


def bonds_are_made_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: the kernel keeps the keys of any pairing, whoever began it."""

    shut: list[Pairing] = []

    async def leave_open(self: Pairing, *, on: bool) -> None:
        # what others wait for happens all the same, but once: a bond could else be made in a moment that is shut
        if not on and not shut:
            shut.append(self)
            await set_pairable(self, on=False)
        await set_pairable(self, on=True)

    set_pairable = Pairing.set_pairable
    monkeypatch.setattr(Pairing, "set_pairable", leave_open)


def a_lost_bond_is_shrugged_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: a device that no longer holds its bond is met without one."""
    monkeypatch.setattr(trouble.Trouble, "may_meet", lambda _self, _device_id, _now: True)


def nobody_types_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """T3: the weakest way of pairing, for all."""
    monkeypatch.setattr(agent, "CAPABILITY", "NoInputNoOutput")


def every_service_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T4: the agent says yes to any service."""
    monkeypatch.setattr(agent.Agent, "lets_in", lambda _self, _service: True)


def keyboards_are_devices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """T4: nobody looks whether a device offers to type."""
    monkeypatch.setattr(connection, "KEYBOARDS", frozenset())


def memories_are_told_as_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: what comes out of a device's memory is not marked."""

    def unmarked(reading: Reading) -> Reading:
        return reading

    monkeypatch.setattr(session, "from_storage", unmarked)


def echoes_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: the same value told twice is two."""
    monkeypatch.setattr(session, "ECHO_SECONDS", 0.0)


def nonsense_is_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: a device may send what nobody understands as long as it likes."""
    monkeypatch.setattr(session, "UNDECODABLE_KEPT", 10**9)
    monkeypatch.setattr(connection, "UNDECODABLE_KEPT", 10**9)


def what_is_held_back_goes_with_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: nobody asks a decoder what it still held when the connection ended."""

    def end(self: session.Session, _now: float) -> None:
        self.open = False

    monkeypatch.setattr(session.Session, "end", end)
