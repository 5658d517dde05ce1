"""The ten failures that a bedside cart must survive, each injected below bleak."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from firmware_stubs.bluez.faults import FAULTS, Site
from tests import needs
from tests.link_failures import recovery

pytestmark = pytest.mark.timeout(120)

WITHIN = {
    "stolen agent": 5.0,
    "lost bond": 10.0,
    "in progress": 15.0,
    "dead discovery": 15.0,
    "aborted connections": 5.0,
    "early indication": 5.0,
    "doubled values": 5.0,
    "stale cache": 10.0,
    "hung controller": 30.0,
    "hung bluetoothd": 30.0,
    "adapter gone": 10.0,
    "killed bluetoothd": 10.0,
    "bus restarted": 10.0,
    "link lost": 5.0,
}
"""Seconds from the fault to the next reading, at most, with the times of a cart."""


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    needs.program("dbus-daemon", "dbus")
    async with Site() as site:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", site.bus.address)
        yield site


def test_every_failure_of_the_list_is_there() -> None:
    assert {fault.number for fault in FAULTS.values()} == {*range(1, 12)} - {9}
    assert WITHIN.keys() == FAULTS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
async def test_the_cart_gets_over(site: Site, name: str) -> None:
    assert await recovery(site, FAULTS[name]) <= WITHIN[name]
