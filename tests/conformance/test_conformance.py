"""Our org.bluez is held against what a real bluetoothd on a real kernel showed, with the same devices."""

from __future__ import annotations

import json
import re

import pytest

from tests import needs
from tests.conformance import machine, packages
from tests.conformance.compare import ACCEPTED, differences, unaccepted, unneeded
from tests.conformance.machine import RECORDED
from tests.conformance.ours import observe_ours
from tests.conformance.scenario import STEPS, Observations


def recorded() -> Observations:
    return Observations.from_json(RECORDED.read_text())


@pytest.fixture
async def ours(monkeypatch: pytest.MonkeyPatch) -> Observations:
    needs.program("dbus-daemon", "dbus")
    # it is set anew while the scenario runs, and put back afterwards
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "")
    return await observe_ours()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_our_service_shows_what_the_real_one_showed(ours: Observations) -> None:
    found = differences(recorded(), ours)
    assert [str(one) for one in unaccepted(found)] == []
    assert unneeded(found) == []


def test_the_record_is_of_a_real_bluetoothd_and_of_the_whole_scenario() -> None:
    seen = recorded()
    assert re.fullmatch(r"bluetoothd 5\.66, Linux 6\.1\.\S+", seen.version)
    missing = {step.__name__ for step in STEPS} - set(seen.steps)
    assert missing <= set(ACCEPTED)
    assert [name for name, step in seen.steps.items() if not isinstance(step, dict) or "failed" in step] == []


def test_a_difference_is_found_wherever_it_is() -> None:
    real = recorded()
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
def test_a_real_bluetoothd_still_shows_what_is_recorded() -> None:
    """In a machine of its own; what differs is a change of BlueZ, of the kernel, of the devices or of our link."""
    try:
        seen = machine.boot()
    except (machine.CannotBoot, packages.CannotFetch) as exc:
        needs.lacking("a QEMU machine with Debian's kernel and BlueZ", str(exc))
    assert [str(one) for one in differences(recorded(), seen)] == []
