"""Our org.bluez is held against what a real bluetoothd on a real kernel showed, with the same devices."""

from __future__ import annotations

import json
import re

import pytest

from tests import needs
from tests.conformance import machine, packages
from tests.conformance.compare import differences, unaccepted, unneeded
from tests.conformance.machine import recorded_at
from tests.conformance.ours import observe_ours
from tests.conformance.packages import SUITES, Suite
from tests.conformance.scenario import STEPS, Observations

each_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)


def recorded(suite: Suite) -> Observations:
    return Observations.from_json(recorded_at(suite).read_text())


@pytest.fixture
async def ours(monkeypatch: pytest.MonkeyPatch, suite: Suite) -> Observations:
    needs.program("dbus-daemon", "dbus")
    # it is set anew while the scenario runs, and put back afterwards
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "")
    return await observe_ours(suite)


@pytest.mark.slow
@pytest.mark.timeout(240)
@each_suite
async def test_our_service_shows_what_the_real_one_showed(suite: Suite, ours: Observations) -> None:
    found = differences(recorded(suite), ours)
    assert [str(one) for one in unaccepted(found)] == []
    assert unneeded(found) == []


@each_suite
def test_the_record_is_of_a_real_bluetoothd_and_of_the_whole_scenario(suite: Suite) -> None:
    seen = recorded(suite)
    assert re.fullmatch(rf"bluetoothd {re.escape(suite.bluez)}, Linux 6\.12\.\S+", seen.version)
    assert list(seen.steps) == [step.__name__ for step in STEPS]
    assert [name for name, step in seen.steps.items() if not isinstance(step, dict) or "failed" in step] == []


def test_a_difference_is_found_wherever_it_is() -> None:
    real = recorded(SUITES[0])
    changed = json.loads(real.to_json())
    changed["steps"]["bonded"]["values"] = []
    del changed["steps"]["unbonded"]["read"]
    changed["steps"]["unbonded"]["more"] = True
    found = differences(real, Observations("changed", changed["steps"]))
    assert [one.where for one in found] == ["unbonded / read", "unbonded / more", "bonded / values"]
    assert unaccepted(found) == found


@pytest.mark.conformance
@pytest.mark.slow
@pytest.mark.timeout(900)
@each_suite
def test_a_real_bluetoothd_still_shows_what_is_recorded(suite: Suite) -> None:
    """In a machine of its own; what differs is a change of BlueZ, of the kernel, of the devices or of our link."""
    try:
        seen = machine.boot(suite)
    except packages.CannotFetch as exc:
        needs.lacking("a QEMU machine with Debian's kernel and BlueZ", str(exc))
    assert [str(one) for one in differences(recorded(suite), seen)] == []
