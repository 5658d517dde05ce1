"""The systemd units: valid, hardened, and none waits for a network."""

from __future__ import annotations

import configparser
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.iterdir() if path.suffix in {".service", ".target"})
SERVICES = [name for name in UNITS if name.endswith(".service")]
STANDING = [name for name in SERVICES if not (SYSTEMD / name).with_suffix(".timer").exists()]
"""Those that run as long as the cart does; a timer starts the others."""
EXPOSURE_AT_MOST = 2.0
PROGRAMS = ("/opt/telecart/current/bin/telecart", "/usr/bin/foot")


def settings_of(unit: str) -> Iterator[tuple[str, str]]:
    """Every ``key=value`` of a unit, in order; systemd lets a key stand more than once."""
    for line in (SYSTEMD / unit).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            yield key, value


def values(unit: str, key: str) -> list[str]:
    return [word for found, value in settings_of(unit) if found == key for word in value.split()]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units in a folder of their own, their programs (which this machine may lack) replaced by one that exists."""
    program = needs.program("true", "coreutils")
    for name in UNITS:
        text = (SYSTEMD / name).read_text()
        for path in PROGRAMS:
            text = text.replace(path, program)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit_without_a_word(unit: str, installed: Path) -> None:
    verified = run(needs.program("systemd-analyze", "systemd"), "verify", "--man=no", installed / unit)
    about_ours = [line for line in verified.stderr.splitlines() if "telecart" in line]
    assert (verified.returncode, about_ours) == (0, [])


def test_a_typing_error_would_be_found(installed: Path) -> None:
    unit = installed / SERVICES[0]
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSytem=strict"))
    verified = run(needs.program("systemd-analyze", "systemd"), "verify", "--man=no", unit)
    assert "ProtectSytem" in verified.stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_exposure(unit: str, installed: Path) -> None:
    analysed = run(
        needs.program("systemd-analyze", "systemd"),
        *("security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE_AT_MOST * 10:.0f}"),
        installed / unit,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", analysed.stdout)
    assert found, analysed.stderr
    assert float(found[1]) <= EXPOSURE_AT_MOST
    assert analysed.returncode == 0


@pytest.mark.parametrize("unit", UNITS)
def test_no_unit_waits_for_a_network(unit: str) -> None:
    waited_for = [name for key in ("After", "Wants", "Requires", "BindsTo", "Requisite") for name in values(unit, key)]
    assert not [name for name in waited_for if "network" in name or "online" in name or "time-sync" in name]


def test_the_target_wants_every_service_and_no_service_stands_alone() -> None:
    assert sorted(values("telecart.target", "Wants")) == STANDING
    assert all(values(unit, "WantedBy") == ["telecart.target"] for unit in STANDING)
    assert all(values(unit, "PartOf") == ["telecart.target"] for unit in STANDING)


def test_no_process_holds_both_a_peripheral_and_the_internet() -> None:
    assert values("telecart-edge.service", "IPAddressDeny") == ["any"]
    assert values("telecart-edge.service", "IPAddressAllow") == ["localhost"]
    assert values("telecart-sync.service", "PrivateDevices") == ["yes"]
    assert values("telecart-sync.service", "DeviceAllow") == []
    assert values("telecart-ui.service", "PrivateNetwork") == ["yes"]
    assert values("telecart-ui.service", "DeviceAllow") == []


def test_the_drop_in_for_a_serial_server_opens_one_address_and_is_accepted(installed: Path) -> None:
    example = SYSTEMD / "telecart-edge.service.d/serial-server.conf.example"
    assert example.name in (SYSTEMD / "telecart-edge.service").read_text()
    said = [line for line in example.read_text().splitlines() if line and not line.startswith("#")]
    assert said == ["[Service]", "IPAddressAllow=192.0.2.10"]
    folder = installed / "telecart-edge.service.d"
    folder.mkdir()
    (folder / "serial-server.conf").write_text(example.read_text())
    unit = installed / "telecart-edge.service"
    verified = run(needs.program("systemd-analyze", "systemd"), "verify", "--man=no", unit)
    about_ours = [line for line in verified.stderr.splitlines() if "telecart" in line]
    assert (verified.returncode, about_ours) == (0, [])


def test_media_and_ui_are_not_in_the_group_of_the_store_and_have_not_its_key() -> None:
    for unit in ("telecart-media.service", "telecart-ui.service"):
        assert "telecart-store" not in values(unit, "Group") + values(unit, "SupplementaryGroups")
        assert values(unit, "LoadCredential") == []
        assert values(unit, "ReadWritePaths") == []


@pytest.fixture
def empty_machine(tmp_path: Path) -> Path:
    """A root folder to which sysusers has added our users."""
    needs.root()
    root = tmp_path / "root"
    (root / "etc/telecart").mkdir(parents=True)
    (root / "etc/telecart/store.key").write_text("key")
    added = run(needs.program("systemd-sysusers", "systemd"), f"--root={root}", SYSTEMD / "telecart.sysusers.conf")
    assert added.returncode == 0, added.stderr
    return root


def test_every_user_and_group_of_a_unit_comes_to_be(empty_machine: Path) -> None:
    users = {line.split(":")[0] for line in (empty_machine / "etc/passwd").read_text().splitlines()}
    groups = {line.split(":")[0]: line.split(":")[3] for line in (empty_machine / "etc/group").read_text().splitlines()}
    for unit in SERVICES:
        assert set(values(unit, "User")) <= users
        assert set(values(unit, "Group") + values(unit, "SupplementaryGroups")) <= groups.keys()
    assert groups["telecart-store"] == "telecart-edge,telecart-sync,telecart-update"


def test_the_folder_of_the_store_is_closed_to_others(empty_machine: Path) -> None:
    created = run(
        needs.program("systemd-tmpfiles", "systemd"),
        *("--create", f"--root={empty_machine}", SYSTEMD / "telecart.tmpfiles.conf"),
    )
    assert created.returncode == 0, created.stderr
    assert stat.S_IMODE((empty_machine / "var/lib/telecart").stat().st_mode) == 0o2770
    assert stat.S_IMODE((empty_machine / "etc/telecart/store.key").stat().st_mode) == 0o400


def test_the_terminal_of_the_screen_starts_nothing() -> None:
    checked = run(needs.program("foot", "foot"), "--check-config", f"--config={SYSTEMD / 'foot.ini'}")
    assert checked.returncode == 0, checked.stderr
    read = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    read.read_string("[main]\n" + (SYSTEMD / "foot.ini").read_text())
    assert set(read["key-bindings"].values()) == {"none"}
    assert {"spawn-terminal", "show-urls-launch", "clipboard-paste"} <= set(read["key-bindings"])
