"""``python -m tests.fleet.bench``: what an update costs on the line and on the disk, with the wheels of uv.lock.

Prints a table and writes build/bench-fleet.json: each figure a bare number at the top level, null where it is not measured, with the
reason under `details`. The wheels are fetched to build/fleet-wheels once, by the hashes of the lock (120 MB).
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sync.update import building, locked, manifest, packing
from sync.update.fetching import Line
from sync.update.locked import Locked
from sync.update.manifest import Offer, Rings
from tests import updates
from tests.updates import NOW, Cart, Publisher

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build/bench-fleet.json"
_ROOMS = ("edge", "drivers", "sync", "ui", "firmware_stubs")
_CUT_AFTER = 3_000_000
_MB = 1_000_000

LIMITS = {
    "code_update_mb": "<= 1",
    "code_update_disk_mb": "<= 10",
    "monthly_update_mb": "<= 10",
    "resent_share": "<= 0.05",
    "rollback_s": "<= 30",
    "switch_downtime_s": "<= 3",
    "boot_to_ready_s": "<= 5",
    "heartbeat_bytes": "<= 4096",
}

_NEEDS_SYSTEMD = "needs the units in a booted systemd, which this bench has not yet"
ABSENT = {
    "monthly_update_mb": "needs the wheels of a lock of a month ago",
    "rollback_s": _NEEDS_SYSTEMD,
    "switch_downtime_s": _NEEDS_SYSTEMD,
    "boot_to_ready_s": _NEEDS_SYSTEMD,
    "heartbeat_bytes": "the heartbeat to the fleet is not there yet",
}


def own_wheel(folder: Path, version: str, *, changed: bool) -> Path:
    """Our own packages as the build backend would lay them out; ``changed``: one line more in every tenth module."""
    path = folder / f"telecart-{version}-py3-none-any.whl"
    told = f"Metadata-Version: 2.1\nName: telecart\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for room in _ROOMS:
            for at, source in enumerate(sorted((ROOT / room).rglob("*"))):
                changes = changed and at % 10 == 0 and source.suffix == ".py"
                if source.is_file() and "__pycache__" not in source.parts:
                    more = f"\n_CHANGED = {version!r}\n".encode() if changes else b""
                    file.writestr(source.relative_to(ROOT).as_posix(), source.read_bytes() + more)
        file.writestr(f"telecart-{version}.dist-info/METADATA", told)
        file.writestr(f"telecart-{version}.dist-info/entry_points.txt", "[console_scripts]\ntelecart = edge.cli:main\n")
    return path


def disk(folder: Path) -> int:
    """Bytes that lie on the disk below, each file once however many names it has."""
    seen: dict[int, int] = {}
    for path in _below(folder):
        found = path.lstat()
        seen[found.st_ino] = found.st_blocks * 512
    return sum(seen.values())


def _below(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        yield from (Path(at) / name for name in (*folders, *names))


def publish(
    publisher: Publisher, release: str, parts: list[Locked], wheels: dict[str, Path], before: list[str]
) -> None:
    plan = building.Plan(release, release, platform.machine(), updates.PYTHON, 2, NOW)
    building.build(publisher.repository, plan, parts, wheels, before, say)
    publisher.repository.add(manifest.RINGS, manifest.written(Rings(format=1, everyone=Offer(release=release))), NOW)
    publisher.publish()


def brought(cart: Cart) -> int:
    """Bytes over the line for the release that is offered."""
    with Line(quiet=60) as line:
        cart.install(line)
        return line.received


def measured() -> dict[str, Any]:
    # what is fetched whole counts for no figure but that of the broken line
    packing.LEVEL = 3
    needed = locked.wheels(ROOT / "uv.lock", platform.machine(), updates.PYTHON)
    with Line(quiet=60) as line:
        wheels = building.fetched(needed, ROOT / "build/fleet-wheels", line, say)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        scratch = Path(folder)
        publisher = Publisher.new(scratch / "region")
        for release, changed in (("1.0", False), ("1.1", True)):
            own = own_wheel(scratch, release, changed=changed)
            ours = building.ours(own, needed)
            publish(publisher, release, [*needed, ours], {**wheels, ours.name: own}, ["1.0"] if changed else [])
            if not changed:
                packing.LEVEL = 19
                objects = sum(path.stat().st_size for path in publisher.repository.objects.iterdir())
                with updates.web(publisher.repository.folder) as server:
                    server.cut_after = _CUT_AFTER
                    cart = updates.cart(scratch / "opt", publisher, server.url)
                    say("the first release, over a line that is cut every 3 MB")
                    first = brought(cart)
                    sent = server.sent
                    needed_bytes = sum(
                        (publisher.repository.folder / path.removeprefix("/")).stat().st_size
                        for path in dict.fromkeys(server.asked)
                        if (publisher.repository.folder / path.removeprefix("/")).is_file()
                    )
                before = disk(cart.shelf.folder)
        with updates.web(publisher.repository.folder) as server:
            cart.url = server.url
            code = brought(cart)
        after = disk(cart.shelf.folder)
    return {
        **dict.fromkeys(LIMITS),
        "code_update_mb": round(code / _MB, 3),
        "code_update_disk_mb": round((after - before) / _MB, 3),
        "resent_share": round(max(0, sent - needed_bytes) / needed_bytes, 5),
        "details": {
            "not_measured": ABSENT,
            "wheels": len(needed) + 1,
            "repository_mb": round(objects / _MB, 1),
            "first_release_mb": round(first / _MB, 1),
            "installed_mb": round(before / _MB, 1),
        },
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    OUT.parent.mkdir(exist_ok=True)
    told = measured()
    OUT.write_text(json.dumps(told, indent=1) + "\n")
    for name, limit in LIMITS.items():
        value = told[name]
        print(f"{name:22} {limit:>8}  {'-' if value is None else value}  {ABSENT.get(name, '')}".rstrip())


if __name__ == "__main__":
    main()
