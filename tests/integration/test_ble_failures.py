"""The ten failures that a bedside cart must survive, each injected below bleak."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from drivers.english import english
from drivers.link.ble import words
from edge.door import messages as m
from firmware_stubs.bluez.faults import FAULTS, Site
from tests import needs
from tests.languages import without_english
from tests.link_failures import CUFF, recovery
from ui.bedside.appliances import appliance
from ui.bedside.locales.en import English
from ui.bedside.locales.fr import French

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

SAID = {
    "lost bond": f"{CUFF.label} : {words.FORGOTTEN}",
    "adapter gone": f"{words.ADAPTER.label} : {words.NO_ADAPTER}",
    "hung controller": f"{words.ADAPTER.label} : {words.NO_ANSWER}",
    "hung bluetoothd": f"{words.ADAPTER.label} : {words.NO_ANSWER}",
}
"""What the nurse hears at least of those that take long, or that only she can put right."""


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
    lines: list[str] = []
    assert await recovery(site, FAULTS[name], lines=lines) <= WITHIN[name]
    assert SAID.get(name, "") in {"", *lines}
    for line in lines:
        assert without_english(line) == ""
        card = m.DeviceCard(label="", model="", connected=False, what=line, what_en=english(line))
        shown = [appliance(card, language(), 0.0, old=False).trouble for language in (French, English)]
        assert shown == [line, english(line)]
