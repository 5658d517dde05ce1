"""The kiosk: its unit is valid and reaches no network, its users come to be, and the compositor takes its rules without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import needs
from tests.compositor import display
from tests.integration.test_units import run

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "kiosk/telecart-kiosk.service"


def settings() -> list[tuple[str, str]]:
    lines = [line for line in UNIT.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines]


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = needs.program("true", "coreutils")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/labwc", program))
    (tmp_path / "seatd.service").write_text(f"[Service]\nExecStart={program}\n")
    verified = run(needs.program("systemd-analyze", "systemd"), "verify", "--man=no", unit)
    about_ours = [line for line in verified.stderr.splitlines() if "telecart" in line]
    assert (verified.returncode, about_ours) == (0, [])


def test_the_compositor_reaches_no_network_and_its_users_are_made() -> None:
    assert ("PrivateNetwork", "yes") in settings()
    assert ("IPAddressDeny", "any") in settings()
    made = (SYSTEMD / "telecart.sysusers.conf").read_text().split()
    asked = [value for key, value in settings() if key in {"User", "Group"}]
    assert set(asked) == {"telecart-kiosk", "telecart-display"} <= set(made)


@pytest.mark.slow
async def test_the_rules_are_understood_and_no_x11_program_can_start() -> None:
    async with display() as shown:
        assert (await shown.picture()).shape == (720, 1280, 3)
        said = (shown.folder / "labwc.log").read_text()
    assert not [line for line in said.splitlines() if "rc.xml" in line and ("ERROR" in line or "unknown" in line)]
    assert "WLR_XWAYLAND=/usr/bin/false" in (SYSTEMD / "kiosk/labwc/environment").read_text()
