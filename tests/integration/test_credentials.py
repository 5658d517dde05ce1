"""The store's key as systemd brings it: from a file of root's, or sealed by the cart's TPM. systemd-creds, and the real units
under a real systemd in a container, with a software TPM.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.tpm import PCR, Tpm

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
KEY = bytes(range(100, 132))

CREDENTIALS_FAILED = 243
"""The exit status that systemd gives a unit whose credentials it could not bring (systemd.exec, 243/CREDENTIALS)."""

SAID = "said"

SEALED_BY = "--with-key=tpm2"

OPENS = """
from edge.settings import Settings
from edge.store.ledger import Places, open_for_edge
settings = Settings()
found = Places(settings.database, settings.blobs, settings.key_file)
opened = open_for_edge(found, {}, "care")
print("STORE OPEN WITH", found.key.read_bytes().hex(), "FROM", found.key, flush=True)
"""


def creds(tpm: Tpm, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """systemd-creds with this TPM."""
    return subprocess.run(
        [needs.program("systemd-creds", "systemd"), *map(str, arguments)],
        env=os.environ | {"SYSTEMD_TPM2_DEVICE": tpm.device},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def chips() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tpm") as folder:
        yield Path(folder)


@pytest.fixture
def tpm(chips: Path) -> Tpm:
    needs.root()
    needs.library("libtss2-tcti-swtpm.so.0", "libtss2-tcti-swtpm0")
    needs.library("libtss2-esys.so.0", "libtss2-esys-3.0.2-0")
    needs.library("libtss2-rc.so.0", "libtss2-rc0")  # systemd of Debian 13 and later has no TPM without it
    return Tpm(chips / "own")


@pytest.fixture
def sealed(tpm: Tpm, tmp_path: Path) -> Path:
    """As docs/store-keys.md says it is made."""
    plain = tmp_path / "plain"
    plain.write_bytes(KEY)
    path = tmp_path / "store-key.tpm"
    with tpm.boot():
        made = creds(tpm, "encrypt", SEALED_BY, f"--tpm2-pcrs={PCR}", "--name=store-key", plain, path)
    assert made.returncode == 0, made.stderr
    plain.unlink()
    return path


def test_the_tpm_that_sealed_the_key_opens_it_at_every_boot(tpm: Tpm, sealed: Path) -> None:
    assert KEY not in sealed.read_bytes()
    for _boot in range(2):
        with tpm.boot():
            assert creds(tpm, "decrypt", "--name=store-key", sealed, "-").stdout == KEY


@pytest.mark.hazard("T1", without="tests.controls_keys:the_key_is_sealed_by_nothing")
def test_another_tpm_does_not(sealed: Path, chips: Path) -> None:
    """The card in another computer."""
    other = Tpm(chips / "other")
    with other.boot():
        opened = creds(other, "decrypt", "--name=store-key", sealed, "-")
    assert opened.returncode != 0
    assert opened.stdout == b""


def test_nor_does_the_same_under_other_firmware(tpm: Tpm, sealed: Path) -> None:
    with tpm.boot(b"other firmware"):
        opened = creds(tpm, "decrypt", "--name=store-key", sealed, "-")
    assert opened.returncode != 0
    assert opened.stdout == b""


class Cart:
    """The real unit of edge under a systemd of its own, its program replaced by one that opens the store and ends."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.data = folder / "data"
        self.units = folder / "units"
        for one in (self.etc, self.data, self.units / "telecart-edge.service.d"):
            one.mkdir(parents=True)
        (self.units / "telecart-edge.service").write_text((SYSTEMD / "telecart-edge.service").read_text())
        python = Path("/opt/python") / Path(sys.executable).resolve().relative_to(sys.base_prefix)
        paths = ":".join(
            str(Path("/opt/telecart") / Path(path).relative_to(ROOT)) for path in sys.path if str(ROOT) in path
        )
        (folder / "opens.py").write_text(OPENS)
        self._opens = folder / "opens.py"
        (self.units / "telecart-edge.service.d/zz-test.conf").write_text(
            "[Unit]\nDefaultDependencies=no\nAfter=systemd-sysusers.service systemd-tmpfiles-setup.service\n"
            "Requires=systemd-sysusers.service systemd-tmpfiles-setup.service\n"
            "SuccessAction=exit-force\nFailureAction=exit-force\n"
            "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\n"
            f"StandardOutput=append:/etc/telecart/{SAID}\nStandardError=append:/etc/telecart/{SAID}\n"
            f"Environment=PYTHONPATH={paths} PYTHONHOME=/opt/python\n"
            f"ExecStart=\nExecStart={python} /opt/opens.py\n"
        )

    def boot(self, tpm: Tpm | None = None) -> tuple[int, str]:
        """The exit status of the unit and what its program said."""
        (self.etc / SAID).write_text("")
        binds = {
            self.units: "/etc/systemd/system",
            SYSTEMD / "telecart.sysusers.conf": "/etc/sysusers.d/telecart.conf",
            SYSTEMD / "telecart.tmpfiles.conf": "/etc/tmpfiles.d/telecart.conf",
            Path(sys.base_prefix): "/opt/python",
            ROOT: "/opt/telecart",
            self._opens: "/opt/opens.py",
        }
        writable = {self.etc: "/etc/telecart", self.data: "/var/lib/telecart"}
        if tpm is not None:
            writable[tpm.folder] = str(tpm.folder)
        done = subprocess.run(
            [
                *(needs.program("systemd-nspawn", "systemd-container"), "--quiet", "--directory=/", "--volatile=yes"),
                *("--register=no", "--keep-unit", "--link-journal=no", "--console=pipe", "--private-network", "--boot"),
                *(f"--bind-ro={source}:{target}" for source, target in binds.items()),
                *(f"--bind={source}:{target}" for source, target in writable.items()),
                *([f"--setenv=SYSTEMD_TPM2_DEVICE={tpm.device}"] if tpm else []),
                *("--", "--unit=telecart-edge.service", "--show-status=0", "--log-target=console"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
        return done.returncode, (self.etc / SAID).read_text()


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    needs.root()
    return Cart(tmp_path / "cart")


def holds_the_key(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and KEY in path.read_bytes()]


OPEN = f"STORE OPEN WITH {KEY.hex()} FROM /run/credentials/telecart-edge.service/store-key\n"


@pytest.mark.slow
def test_a_key_file_of_root_s_reaches_edge(cart: Cart) -> None:
    key = cart.etc / "store.key"
    key.write_bytes(KEY)
    key.chmod(0o400)
    assert cart.boot() == (0, OPEN)
    assert holds_the_key(cart.data) == []
    assert holds_the_key(cart.etc) == [str(key)]
    key.write_bytes(bytes(32))
    status, said = cart.boot()
    assert status == 1
    assert "the store does not open with this key" in said


@pytest.mark.slow
def test_a_key_that_the_tpm_sealed_reaches_edge_and_stands_nowhere_on_the_card(
    cart: Cart, tpm: Tpm, sealed: Path, chips: Path
) -> None:
    example = (SYSTEMD / "telecart-edge.service.d/tpm.conf.example").read_text()
    (cart.units / "telecart-edge.service.d/tpm.conf").write_text(example)
    (cart.etc / "store-key.tpm").write_bytes(sealed.read_bytes())
    for _boot in range(2):
        with tpm.boot():
            assert cart.boot(tpm) == (0, OPEN)
    assert holds_the_key(cart.etc) + holds_the_key(cart.data) == []
    # the card in another computer, and in this one after somebody changed what it starts
    other = Tpm(chips / "other")
    for chip, firmware in ((other, b"firmware"), (tpm, b"other firmware")):
        with chip.boot(firmware):
            status, said = cart.boot(chip)
        assert status == CREDENTIALS_FAILED
        assert "STORE OPEN" not in said


def test_sync_gets_the_sealed_key_as_edge_does() -> None:
    one, other = ((SYSTEMD / f"telecart-{name}.service.d/tpm.conf.example").read_text() for name in ("edge", "sync"))
    assert one.replace("telecart-edge", "telecart-sync") == other
