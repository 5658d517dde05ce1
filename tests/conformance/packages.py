"""What the machine is made of, fetched into a folder of our own: Debian packages by apt, Python packages by uv.

Needs nobody's rights: apt works on lists and a status of its own, and nothing is installed here.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ARCHITECTURE = "amd64"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org"

DEBIAN = ("bluez", "busybox", "dbus", "kmod", "libpython3-stdlib", "libstdc++6", "python3-minimal")
WHEELS = ("bleak", "bumble", "dbus-fast", "edfio", "numpy", "pydicom", "structlog")
"""What our Bluetooth link, the catalog and the simulated devices import."""

PROJECT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Suite:
    """A release of Debian: ``archives`` are its parts at MIRROR, ``kernel`` is what apt is asked for."""

    name: str
    bluez: str
    python: str
    archives: tuple[tuple[str, str], ...]
    kernel: str


SUITES = (
    # Linux 6.1.192 dies when a socket of L2CAP is closed after its connection ended: it has "hold conn ref" (b66774b48dd9)
    # but not "Fix corrupted list in hci_chan_del" (ab4eedb790ca). Raspberry Pi OS has 6.12 on both its releases.
    Suite(
        "bookworm",
        "5.66",
        "3.11",
        (
            ("debian", "bookworm"),
            ("debian", "bookworm-updates"),
            ("debian", "bookworm-backports"),
            ("debian-security", "bookworm-security"),
        ),
        "linux-image-amd64/bookworm-backports",
    ),
    Suite(
        "trixie",
        "5.82",
        "3.13",
        (("debian", "trixie"), ("debian", "trixie-updates"), ("debian-security", "trixie-security")),
        "linux-image-amd64",
    ),
)
"""What carts run: Raspberry Pi OS on Debian 13, or still on Debian 12."""


class CannotFetch(Exception):
    """One line: what is missing here, or what apt or uv said."""


def _run(command: Sequence[str | Path], **environment: str) -> None:
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    except FileNotFoundError as exc:
        raise CannotFetch(f"{command[0]} is missing") from exc
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotFetch(f"{Path(command[0]).name}: {said[-1] if said else done.returncode}")


def debian(suite: Suite, folder: Path) -> list[Path]:
    """The packages DEBIAN, the kernel, and all that they depend on."""
    return fetched(suite, folder, (*DEBIAN, suite.kernel))


def fetched(suite: Suite, folder: Path, names: Sequence[str]) -> list[Path]:
    """The packages ``names`` and all that they depend on, checked by apt against the archive's key. Raises CannotFetch."""
    if not KEYRING.exists():
        raise CannotFetch(f"{KEYRING} is missing: sudo apt install debian-archive-keyring")
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(
        "".join(
            f"deb [arch={ARCHITECTURE} signed-by={KEYRING}] {MIRROR}/{archive} {part} main\n"
            for archive, part in suite.archives
        )
    )
    (folder / "apt.conf").write_text(
        f'APT::Architecture "{ARCHITECTURE}";\n'
        f'APT::Architectures {{ "{ARCHITECTURE}"; }};\n'
        'APT::Install-Recommends "false";\n'
        f'Dir::State "{folder}";\n'
        f'Dir::State::status "{folder / "status"}";\n'
        f'Dir::Cache "{folder}";\n'
        f'Dir::Etc::sourcelist "{folder / "sources.list"}";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::preferencesparts "/dev/null";\n'
        'Debug::NoLocking "true";\n'
    )
    apt = {"APT_CONFIG": str(folder / "apt.conf")}
    _run(["apt-get", "update", "-q"], **apt)
    _run(["apt-get", "install", "-q", "-y", "--download-only", *names], **apt)
    return sorted((folder / "archives").glob("*.deb"))


def wheels(suite: Suite, folder: Path, names: Sequence[str] = WHEELS) -> Path:
    """A folder of the packages ``names`` for the machine's Python, in the versions and with the hashes of uv.lock."""
    uv = Path(sys.executable).parent / "uv"
    folder.mkdir(parents=True, exist_ok=True)
    locked = folder / "locked.txt"
    _run([uv, "export", "-q", "--project", PROJECT, "--locked", "--all-extras", "--no-emit-project", "-o", locked])
    site = folder / "site"
    platform = [
        "--python-version",
        suite.python,
        "--python-platform",
        "x86_64-manylinux_2_28",
        "--only-binary",
        ":all:",
    ]
    _run(
        [uv, "pip", "install", "-q", "--python", sys.executable, "--target", site, *platform, "-c", locked, *names],
        UV_LINK_MODE="copy",
    )
    return site
