"""A QEMU machine with Debian's kernel and Debian's bluetoothd, made for one run of ``tests.conformance.guest``.

``python -m tests.conformance.machine`` boots one of each of SUITES, or of those that it names, and writes their
observations to where ``recorded_at`` says.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conformance import initramfs, packages
from tests.conformance.initramfs import Root
from tests.conformance.packages import SUITES, Suite
from tests.conformance.scenario import Observations

BUILD = packages.PROJECT / "build" / "conformance"
BOOT_SECONDS = 300.0
"""Enough for a machine without KVM on a slow host."""

_LEFT_OUT = re.compile(
    r"usr/share/(doc|man|locale|info|lintian|bug|perl|bash-completion|i18n)/|usr/lib/x86_64-linux-gnu/perl|.*/__pycache__/"
)
_MODULES = re.compile(
    r"usr/lib/modules/[^/]+/(modules\.\w+(\.\w+)?$|kernel/(net/(bluetooth|rfkill)/|drivers/bluetooth/hci_vhci|lib/crc16|"
    r"drivers/hid/uhid|crypto/(drbg|ctr|sha3_generic|sha512_generic|ecc|ecdh_generic|cmac|ecb|ccm|jitterentropy_rng|af_alg|algif_hash|algif_skcipher)\.))"
)
_OURS = ("drivers", "edge", "firmware_stubs", "tests/conformance", "tests/__init__.py")

_PASSWD = "root:x:0:0:root:/root:/bin/sh\nmessagebus:x:100:100::/nonexistent:/bin/false\n"
_GROUP = "root:x:0:\nmessagebus:x:100:\nbluetooth:x:101:\nnetdev:x:102:\n"
# drbg has to be there before ecdh_generic tests itself, or Secure Connections are not offered; it draws on the jitter
# generator, and that on SHA3
_INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs run /run
/bin/busybox mount -t tmpfs tmp /tmp
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONPATH=/project:/site PYTHONDONTWRITEBYTECODE=1
depmod -a
for module in sha3_generic sha512_generic ctr jitterentropy_rng drbg ecdh_generic cmac ecb ccm algif_hash algif_skcipher bluetooth hci_vhci; do
  modprobe $module
done
busybox ip link set lo up
busybox mkdir -p /run/dbus /var/lib/bluetooth /var/lib/dbus
dbus-daemon --system --fork
[ -z "$TELECART_BLUEZ_DEBUG" ] || btmon -T &
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket
python3 -m tests.conformance.guest /dev/ttyS1
busybox sync
busybox poweroff -f
"""


class CannotBoot(Exception):
    """One line: how far the machine came."""


@dataclasses.dataclass(frozen=True, slots=True)
class Image:
    kernel: Path
    root: Path


def _digest() -> str:
    texts = [Path(__file__), Path(initramfs.__file__), Path(packages.__file__), packages.PROJECT / "uv.lock"]
    return hashlib.sha256(b"".join(one.read_bytes() for one in texts)).hexdigest()


def recorded_at(suite: Suite) -> Path:
    return Path(__file__).with_name(f"bluez-{suite.bluez}.json")


def _build(suite: Suite) -> Path:
    return BUILD / suite.name


def image(suite: Suite) -> Image:
    """The kernel and the root file system without our own code, made once for each state of their recipe.

    Raises CannotFetch.
    """
    build = _build(suite)
    made = Image(build / "vmlinuz", build / "root.cpio")
    stamp = build / "made-from"
    if stamp.exists() and stamp.read_text() == _digest() and made.kernel.exists() and made.root.exists():
        return made
    stamp.unlink(missing_ok=True)
    root = Root()
    for deb in packages.debian(suite, build / "debian"):
        root.package(deb, lambda path: _LEFT_OUT.match(path) is None and _kept(path))
    with tempfile.TemporaryDirectory() as folder:
        root.tree(packages.wheels(suite, Path(folder)), "site", lambda path: "/tests/" not in path)
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "var/lib", "etc"):
        root.folder(name)
    root.character_device("dev/console", 5, 1)
    root.file("etc/passwd", _PASSWD.encode())
    root.file("etc/group", _GROUP.encode())
    root.file("etc/machine-id", b"0123456789abcdef0123456789abcdef\n")
    root.file("init", _INIT.encode(), mode=0o755)
    made.kernel.write_bytes(root.take(re.compile(r"boot/vmlinuz-")))
    with made.root.open("wb") as target:
        root.write(target)
    stamp.write_text(_digest())
    return made


def _kept(path: str) -> bool:
    return not path.startswith("usr/lib/modules/") or _MODULES.match(path) is not None


def boot(suite: Suite) -> Observations:
    """What the scenario saw of that suite's real bluetoothd. Raises CannotFetch and CannotBoot."""
    qemu = shutil.which("qemu-system-x86_64")
    if qemu is None:
        raise packages.CannotFetch("qemu-system-x86_64 is missing: sudo apt install qemu-system-x86")
    base = image(suite)
    code = Root()
    for name in _OURS:
        source = packages.PROJECT / name
        if source.is_dir():
            code.tree(source, f"project/{name}", lambda path: path.endswith(".py"))
        else:
            code.file(f"project/{name}", source.read_bytes())
    build = _build(suite)
    whole, console, result = build / "initramfs", build / "console.log", build / "result.json"
    with whole.open("wb") as target:
        # a kernel unpacks one archive after another
        with base.root.open("rb") as first:
            shutil.copyfileobj(first, target)
        code.write(target)
    result.unlink(missing_ok=True)
    command = [
        qemu,
        "-accel",
        "tcg",
        "-cpu",
        "max",
        "-m",
        "1024",
        "-smp",
        "1",
        "-nodefaults",
        "-display",
        "none",
        "-no-reboot",
    ]
    command += ["-kernel", str(base.kernel), "-initrd", str(whole)]
    # what the kernel does not know of its command line becomes the environment of init
    debug = " TELECART_BLUEZ_DEBUG=1" if os.environ.get("TELECART_BLUEZ_DEBUG") else ""
    command += ["-append", f"console=ttyS0 quiet oops=panic panic=-1 random.trust_cpu=on{debug}"]
    command += ["-serial", f"file:{console}", "-serial", f"file:{result}"]
    try:
        subprocess.run(command, check=True, timeout=BOOT_SECONDS, capture_output=True)
    except subprocess.TimeoutExpired as exc:
        raise CannotBoot(f"the machine did not end within {BOOT_SECONDS:g} s; see {console}") from exc
    except subprocess.CalledProcessError as exc:
        said = exc.stderr.decode(errors="replace").strip()
        raise CannotBoot(f"qemu: {said or f'ended with {exc.returncode}'}") from exc
    return _last(result, console)


def _last(result: Path, console: Path) -> Observations:
    """What was told last. The kernel may have died since: then the steps after that are missing."""
    for line in reversed(result.read_text(errors="replace").splitlines() if result.exists() else []):
        try:
            return Observations.from_json(line)
        except ValueError:
            continue
    raise CannotBoot(f"the machine told nothing; see {console}")


def main() -> None:
    names = sys.argv[1:] or [suite.name for suite in SUITES]
    for suite in SUITES:
        if suite.name not in names:
            continue
        begun = time.monotonic()
        try:
            seen = boot(suite)
        except (packages.CannotFetch, CannotBoot) as exc:
            sys.exit(f"telecart: {exc}")
        recorded_at(suite).write_text(seen.to_json())
        print(
            json.dumps({"seconds": round(time.monotonic() - begun, 1), "steps": len(seen.steps), "with": seen.version})
        )


if __name__ == "__main__":
    main()
