"""The folder of releases on a cart.

    current -> releases/ID       what runs; the units start current/bin/telecart
    releases/ID/                 a virtual environment that may be moved; its files are hard links
    wheels/TREE/                 each wheel unpacked and compiled, once for all releases
    parts/, metadata/            what was fetched so far; what is believed of the repository
    state.json                   the floor, what is on trial, and what was bad

A folder stands under its name when it is whole and on the disk, and not before.
"""

from __future__ import annotations

import compileall
import configparser
import contextlib
import datetime as dt
import fcntl
import filecmp
import os
import platform
import py_compile
import re
import shutil
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason
from sync.update import disk, manifest, packing, trees
from sync.update.building import OUR_OWN
from sync.update.fetching import Line
from sync.update.manifest import Release, Stored, Wheel

_ROOM_LEFT = 256 << 20
"""Bytes of the disk that an installation leaves to readings."""

_LAUNCHER = """#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
import sys
from {module} import {function}
sys.exit({function}())
"""


class Bad(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release that is not tried again. ``at`` in UTC."""

    release: str
    why: str
    at: dt.datetime


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``floor``: no metadata is judged at a time before it. ``trial``: what was switched to and has not proved itself;
    ``back``: what ran before, "" for nothing.
    """

    floor: dt.datetime = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    trial: str = ""
    back: str = ""
    bad: tuple[Bad, ...] = ()

    def why_bad(self, release: str) -> str:
        return next((one.why for one in self.bad if one.release == release), "")


class Shelf:
    """``python`` and ``machine`` are those of this cart. Raises Fault(UPDATE_REFUSED | STORE_FULL | STORE_IO)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.releases = folder / "releases"
        self.wheels = folder / "wheels"
        self.parts = folder / "parts"
        self.metadata = folder / "metadata"
        self.current = folder / "current"
        self.machine = platform.machine()
        self.python = f"{sys.version_info.major}.{sys.version_info.minor}"

    # --- what is known

    def state(self) -> State:
        try:
            return msgspec.json.decode((self.folder / "state.json").read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (OSError, msgspec.DecodeError) as exc:
            raise Fault(
                Reason.STORE_IO, f"the updater's state cannot be read: {exc}", "restore state.json, or take it away"
            ) from exc

    def note(self, state: State) -> None:
        disk.write(self.folder / "state.json", msgspec.json.format(msgspec.json.encode(state), indent=1))

    def running(self) -> str:
        """The id of the current release, "" for none."""
        try:
            return self.current.readlink().name
        except FileNotFoundError:
            return ""

    def release(self, name: str) -> Release | None:
        """The manifest of an installed release; None where it is not installed."""
        try:
            return manifest.read(Release, (self.releases / manifest.checked_id(name) / "manifest.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def installed(self) -> list[str]:
        found = (path.parent.name for path in self.releases.glob("*/manifest.json"))
        return sorted(name for name in found if not name.startswith("."))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """One updater at a time. Raises Fault(NOT_ALLOWED)."""
        for folder in (self.releases, self.wheels, self.parts, self.metadata):
            folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise Fault(Reason.NOT_ALLOWED, "another update is at work", "wait for it") from exc
        else:
            yield
        finally:
            os.close(descriptor)

    # --- installing

    def fetch(self, release: Release, url: str, line: Line) -> None:
        """Each wheel that is not here yet, as a difference where that is known to be smaller, whole where that fails."""
        for wheel in release.wheels:
            if not self._has(wheel):
                self._refuse_full(wheel.tree.size * 3)
                self._add(wheel, url, line)

    def _has(self, wheel: Wheel) -> bool:
        return (self.wheels / wheel.tree.sha256).is_dir()

    def _add(self, wheel: Wheel, url: str, line: Line) -> None:
        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            tree = scratch / "tree"
            if not self._from_difference(wheel, url, line, tree):
                part = self._part(wheel.whole, url, line)
                packing.unpacked(part, tree, wheel.tree)
                part.unlink()
            trees.unpack(tree, scratch / "files", wheel.tree.size)
            _compile(scratch / "files")
            for delta in wheel.deltas:
                _share(scratch / "files", self.wheels / delta.base)
            disk.flush_all(scratch / "files")
            (scratch / "files").rename(self.wheels / wheel.tree.sha256)
            disk.flush(self.wheels)
        except OSError as exc:
            raise Fault(
                Reason.STORE_IO, f"{wheel.name} cannot be unpacked: {exc.strerror}", "check the disk of the cart"
            ) from exc
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _from_difference(self, wheel: Wheel, url: str, line: Line, tree: Path) -> bool:
        """Whether there was one, and it made what was signed."""
        here = [one for one in wheel.deltas if (self.wheels / one.base).is_dir()]
        if not here:
            return False
        least = min(here, key=lambda one: one.file.size)
        base = tree.with_name("base")
        trees.of_folder(self.wheels / least.base, base)
        if trees.digest(base)[0] != least.base:
            return False  # what lies here is not what was unpacked once: the whole wheel does not need it
        part = self._part(least.file, url, line)
        packing.unpacked(part, tree, wheel.tree, base)
        part.unlink()
        base.unlink()
        return True

    def _part(self, wanted: Stored, url: str, line: Line) -> Path:
        part = self.parts / wanted.sha256
        line.download(f"{url}/objects/{wanted.sha256}", wanted, part)
        return part

    def _refuse_full(self, needed: int) -> None:
        found = os.statvfs(self.folder)
        free = found.f_bavail * found.f_frsize
        if free < needed + _ROOM_LEFT:
            raise Fault(
                Reason.STORE_FULL,
                f"the update needs {needed >> 20} MiB beside what readings need, {free >> 20} are free",
                "make room on the disk of the cart",
            )

    def install(self, release: Release) -> Path:
        """The release beside the others, whole and on the disk. Its wheels are here. Twice is as once."""
        to = self.releases / release.id
        if self.release(release.id) == release:
            return to
        scratch = self.releases / f".{release.id}.new"
        for left in (scratch, to):
            if left.exists() and left.name == self.running():
                raise Fault(Reason.UPDATE_REFUSED, f"{release.id} runs, and is another one", "give it another name")
            shutil.rmtree(left, ignore_errors=True)
        try:
            venv.EnvBuilder(symlinks=True, with_pip=False).create(scratch)
            for activator in (scratch / "bin").glob("[aA]ctivate*"):
                activator.unlink()
            packages = scratch / f"lib/python{release.python}/site-packages"
            for wheel in release.wheels:
                self._link(self.wheels / wheel.tree.sha256, packages, scratch)
            own = next((wheel for wheel in release.wheels if wheel.name == OUR_OWN), None)
            if own is not None:
                _launchers(self.wheels / own.tree.sha256, scratch / "bin")
            disk.write(scratch / "manifest.json", manifest.written(release))
            disk.flush_all(scratch)
            scratch.rename(to)
            disk.flush(self.releases)
        except OSError as exc:
            shutil.rmtree(scratch, ignore_errors=True)
            raise Fault(
                Reason.UPDATE_REFUSED,
                f"{release.id} cannot be installed: {exc.strerror}",
                "check the disk; build it again",
            ) from exc
        return to

    def _link(self, tree: Path, packages: Path, prefix: Path) -> None:
        """The files of a wheel where Python finds them (PEP 427, spreading). Two wheels with one file: OSError."""
        for at, _, names in os.walk(tree):
            for name in names:
                source = Path(at) / name
                inside = source.relative_to(tree).parts
                to = packages.joinpath(*inside)
                if inside[0].endswith(".data") and len(inside) > 2:
                    if inside[1] == "headers":
                        continue
                    roots = {"purelib": packages, "platlib": packages, "data": prefix, "scripts": prefix / "bin"}
                    to = roots[inside[1]].joinpath(*inside[2:]) if inside[1] in roots else to
                to.parent.mkdir(parents=True, exist_ok=True)
                # what one release has another must not change: they are the same file
                os.link(source, to, follow_symlinks=False)

    # --- what is not needed any more

    def tidy(self, keep: set[str]) -> None:
        """Takes away releases that are not among ``keep`` and do not run, and wheels that none of the rest has."""
        keep = keep | {self.running()}
        for path in self.releases.iterdir():
            if path.name not in keep:
                shutil.rmtree(path)
        needed = {wheel.tree.sha256 for name in keep if (one := self.release(name)) for wheel in one.wheels}
        for path in self.wheels.iterdir():
            if path.name not in needed:
                shutil.rmtree(path)


def _compile(folder: Path) -> None:
    """Once for all releases: by content, not by time, so that a hard link elsewhere is as good. What cannot be compiled is not run."""
    compileall.compile_dir(
        folder,
        quiet=2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        stripdir=str(folder),
        workers=1,
    )


def _share(folder: Path, like: Path) -> None:
    """A file that is the same in ``like`` is the same file from here on: of our own wheel little differs from release to release."""
    for at, _, names in os.walk(folder):
        for name in names:
            path = Path(at) / name
            other = like / path.relative_to(folder)
            if (
                other.is_file()
                and path.stat().st_ino != other.stat().st_ino
                and path.stat().st_mode == other.stat().st_mode
                and filecmp.cmp(path, other, shallow=False)
            ):
                path.unlink()
                path.hardlink_to(other)


def _launchers(tree: Path, folder: Path) -> None:
    """A command for each entry point, which finds its Python beside itself wherever the release lies."""
    for listed in tree.glob("*.dist-info/entry_points.txt"):
        parser = configparser.ConfigParser(delimiters=("=",))
        parser.read_string(listed.read_text(encoding="utf-8"))
        for name, target in parser.items("console_scripts") if parser.has_section("console_scripts") else ():
            if not re.fullmatch(r"[\w-]+=[\w.]+:\w+", f"{name}={target}", re.ASCII):
                raise Fault(Reason.UPDATE_REFUSED, f"a command of the release is none: {name}", "build it again")
            module, _, function = target.partition(":")
            path = folder / name
            path.write_text(_LAUNCHER.format(module=module, function=function), encoding="utf-8")
            path.chmod(0o755)
