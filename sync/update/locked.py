"""Which wheels a cart needs, from uv.lock: by machine and Python, each with the hash that was locked (T19)."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from edge.domain.fault import Fault, Reason

GLIBC = 36
"""Of Debian 12, the oldest system of a cart: wheels for a newer one are not taken."""


@dataclasses.dataclass(frozen=True, slots=True)
class Locked:
    """``size`` in bytes, 0 where the lock does not say it. ``licence`` and the like stand in the wheel."""

    name: str
    version: str
    file: str
    url: str
    sha256: str
    size: int
    needs: tuple[str, ...]


def wheels(lock: Path, machine: str, python: str, project: str = "telecart") -> list[Locked]:
    """Of everything that ``project`` needs there, without its extras. Raises Fault(SETTINGS) where one has no wheel for it."""
    try:
        packages: list[dict[str, Any]] = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    except (OSError, KeyError, ValueError) as exc:
        raise _wrong(f"{lock.name} is no lock of uv: {exc}") from exc
    about = _about(machine, python)
    ranked = {tag: at for at, tag in enumerate(_tags(machine, python))}
    found: dict[str, Locked] = {}
    waiting = [*_needs(_one(packages, {"name": project}), "", about)]
    asked: set[tuple[str, str]] = set()
    while waiting:
        need, extra = waiting.pop()
        package = _one(packages, need)
        if (key := (package["name"], extra)) in asked:
            continue
        asked.add(key)
        needs = list(_needs(package, extra, about))
        waiting += needs
        if package["name"] not in found:
            found[package["name"]] = _best(
                package, ranked, tuple(sorted(one["name"] for one, _ in needs)), machine, python
            )
    return [found[name] for name in sorted(found)]


def _needs(package: dict[str, Any], extra: str, about: dict[str, str]) -> Iterator[tuple[dict[str, Any], str]]:
    """(what is needed, with which of its extras)."""
    listed: Sequence[dict[str, Any]] = (
        package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
    )
    for need in listed:
        if _holds(need.get("marker", ""), about):
            yield need, ""
            yield from ((need, one) for one in need.get("extra", ()))


def _one(packages: Sequence[dict[str, Any]], need: dict[str, Any]) -> dict[str, Any]:
    found = [
        one for one in packages if one["name"] == need["name"] and need.get("version", one["version"]) == one["version"]
    ]
    if len(found) != 1:
        raise _wrong(f"{need['name']} is locked {len(found)} times")
    return found[0]


def _holds(marker: str, about: dict[str, str]) -> bool:
    try:
        return not marker or Marker(marker).evaluate({**about, "extra": ""})
    except InvalidMarker as exc:
        raise _wrong(f"a marker of the lock cannot be read: {marker}") from exc


def _best(package: dict[str, Any], ranked: dict[Tag, int], needs: tuple[str, ...], machine: str, python: str) -> Locked:
    fitting: list[tuple[int, dict[str, Any], str]] = []
    for wheel in package.get("wheels", ()):
        file = wheel.get("filename") or str(wheel.get("url", wheel.get("path", ""))).rpartition("/")[2]
        try:
            tags = parse_wheel_filename(file.replace("%2B", "+"))[3]
        except InvalidWheelFilename:
            continue
        ranks = [ranked[tag] for tag in tags if tag in ranked]
        if ranks:
            fitting.append((min(ranks), wheel, file))
    if not fitting:
        raise _wrong(f"{package['name']} {package['version']} has no wheel for {machine} with Python {python}")
    _, wheel, file = min(fitting, key=lambda one: one[0])
    kind, _, digest = str(wheel.get("hash", "")).partition(":")
    if kind != "sha256" or len(digest) != 64:
        raise _wrong(f"{file} is locked without a SHA-256")
    return Locked(
        package["name"], package["version"], file, wheel.get("url", ""), digest, int(wheel.get("size", 0)), needs
    )


def _tags(machine: str, python: str) -> Iterator[Tag]:
    major, minor = (int(part) for part in python.split("."))
    platforms = [f"manylinux_2_{glibc}_{machine}" for glibc in range(GLIBC, 16, -1)]
    platforms.insert(platforms.index(f"manylinux_2_17_{machine}") + 1, f"manylinux2014_{machine}")
    platforms += [f"manylinux_2_{glibc}_{machine}" for glibc in range(16, 4, -1)]
    yield from cpython_tags((major, minor), platforms=platforms)
    yield from compatible_tags((major, minor), interpreter=f"cp{major}{minor}", platforms=platforms)


def _about(machine: str, python: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def _wrong(what: str) -> Fault:
    return Fault(Reason.SETTINGS, what, "lock the packages again")
