"""What is signed: releases, and which ring gets which. Pure.

A release is one manifest for each machine and Python. It names wheels by what they are unpacked (``tree``), so that a wheel
which a cart has is not fetched again, and one which differs little is fetched as a difference.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Final, TypeVar

import msgspec

from edge.domain.fault import Fault, Reason

FORMAT: Final = 1
MANIFEST_AT_MOST: Final = 1 << 20
"""Bytes."""

RINGS: Final = "rings.json"
"""The signed file that says which ring gets which release."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[0-9][0-9a-z.+-]{0,39}")
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]{0,59}")
_WHEEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,240}\.whl")
_SNAPSHOT: Final = re.compile(r"(|\d{8}T\d{6}Z)")
_MACHINE: Final = frozenset({"x86_64", "aarch64"})
_LARGEST: Final = 1 << 30
"""Bytes of one wheel unpacked."""


class _Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a signed file."""


class Stored(_Signed, frozen=True, kw_only=True):
    """A file of the repository, named by the SHA-256 of its bytes. ``size`` in bytes."""

    sha256: str
    size: int

    def __post_init__(self) -> None:
        _must(bool(_HASH.fullmatch(self.sha256)), "a file that is not named by its hash")
        _must(0 < self.size <= _LARGEST, "a file without a credible size")


class Delta(_Signed, frozen=True, kw_only=True):
    """What makes a wheel out of another one, unpacked: the tree ``base``."""

    base: str
    file: Stored

    def __post_init__(self) -> None:
        _must(bool(_HASH.fullmatch(self.base)), "a difference from what is not named by its hash")


class Wheel(_Signed, frozen=True, kw_only=True):
    """``sha256`` is that of the wheel as uv.lock has it, ``tree`` that of its canonical archive (``trees.py``)."""

    name: str
    version: str
    file: str
    sha256: str
    tree: Stored
    whole: Stored
    deltas: tuple[Delta, ...] = ()

    def __post_init__(self) -> None:
        _must(bool(_NAME.fullmatch(self.name)), "a wheel whose name is none")
        _must(bool(_VERSION.fullmatch(self.version)), f"{self.name} in a version that is none")
        _must(bool(_WHEEL.fullmatch(self.file)), f"{self.name} in a file that is no wheel")
        _must(bool(_HASH.fullmatch(self.sha256)), f"{self.name} without the hash of its wheel")


class Release(_Signed, frozen=True, kw_only=True):
    """``number`` only ever grows. ``built`` in UTC. ``reader``: which stores it can open (``min_reader`` of a store at most that).
    ``bom`` is its CycloneDX list of components. ``machine`` as uname(1) says it, ``python`` as "3.13".
    """

    format: int
    id: str
    number: int
    built: dt.datetime
    version: str
    machine: str
    python: str
    reader: int
    wheels: tuple[Wheel, ...]
    bom: Stored

    def __post_init__(self) -> None:
        _must(self.format == FORMAT, "a release in a format that is not known")
        checked_id(self.id)
        _must(self.number > 0 and self.reader > 0, "a release without a number")
        _must(self.built.tzinfo is not None, "a release built at a time of no zone")
        _must(self.machine in _MACHINE, "a release for a machine that is not known")
        _must(bool(re.fullmatch(r"3\.\d{1,2}", self.python)), "a release for a Python that is not known")
        names = [wheel.name.lower().replace("_", "-") for wheel in self.wheels]
        _must(bool(names) and len(names) == len(set(names)), "a release with a wheel twice, or with none")


class Offer(_Signed, frozen=True, kw_only=True):
    """What a ring gets: a release, and the moment of snapshot.debian.org for the packages of the system ("": as they are)."""

    release: str
    debian: str = ""

    def __post_init__(self) -> None:
        checked_id(self.release)
        _must(bool(_SNAPSHOT.fullmatch(self.debian)), "a Debian snapshot that is no moment")


class Rings(_Signed, frozen=True, kw_only=True):
    """Who gets what. ``canaries`` are carts by their id, whatever their number. A ring without an offer gets that of the wider one."""

    format: int
    canary: Offer | None = None
    tenth: Offer | None = None
    everyone: Offer | None = None
    canaries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _must(self.format == FORMAT, "rings in a format that is not known")

    def of(self, cart: str) -> Offer | None:
        """What the cart with this id gets; None where nothing is offered to it."""
        number = number_of(cart)
        if cart in self.canaries or number < CANARY:
            return self.canary or self.tenth or self.everyone
        return (self.tenth or self.everyone) if number < TENTH else self.everyone


CANARY: Final = 1
TENTH: Final = 10
"""Carts with a number below belong to the ring."""


def number_of(cart: str) -> int:
    """0 to 99: the same for a cart always, and spread evenly."""
    return int.from_bytes(hashlib.sha256(cart.encode()).digest()[:8], "big") % 100


def checked_id(release: str) -> str:
    """``release``, where it is the name of one. Raises ValueError."""
    _must(bool(_ID.fullmatch(release)) and ".." not in release, "a release whose name is none")
    return release


def place(release: str, machine: str, python: str) -> str:
    """Where a manifest lies among what is signed."""
    return f"releases/{checked_id(release)}/{machine}-py{python.replace('.', '')}.json"


_Read = TypeVar("_Read", Release, Rings)


def read(kind: type[_Read], raw: bytes) -> _Read:
    """Raises Fault(UPDATE_REFUSED) for what no release or ring can say."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, ValueError) as exc:
        raise Fault(
            Reason.UPDATE_REFUSED, f"the signed {kind.__name__.lower()} cannot be used: {exc}", "build it again"
        ) from exc


def written(what: Release | Rings) -> bytes:
    return msgspec.json.format(msgspec.json.encode(what), indent=1) + b"\n"


def refuse_another_machine(release: Release, machine: str, python: str) -> None:
    """Raises Fault(UPDATE_REFUSED) unless each of its wheels runs on ``machine`` with ``python``."""
    if (release.machine, release.python) != (machine, python):
        raise Fault(
            Reason.UPDATE_REFUSED,
            f"the release is for {release.machine} with Python {release.python}, this cart is {machine} with {python}",
            "publish one for this cart",
        )
    for wheel in release.wheels:
        if not _fits(wheel.file, machine, python):
            raise Fault(
                Reason.UPDATE_REFUSED, f"{wheel.file} does not run on {machine} with Python {python}", "build it again"
            )


def _fits(file: str, machine: str, python: str) -> bool:
    """By the tags of its name (PEP 427): NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl."""
    interpreters, abis, platforms = file.removesuffix(".whl").split("-")[-3:]
    major, minor = (int(part) for part in python.split("."))
    of_platform = any(one == "any" or (one.endswith(f"_{machine}") and "linux" in one) for one in platforms.split("."))
    stable = "abi3" in abis.split(".")
    return of_platform and any(_runs(one, major, minor, stable=stable) for one in interpreters.split("."))


def _runs(tag: str, major: int, minor: int, *, stable: bool) -> bool:
    found = re.fullmatch(r"(py|cp)(\d)(\d*)", tag)
    if found is None or int(found[2]) != major:
        return False
    if not found[3]:
        return found[1] == "py"
    return int(found[3]) <= minor if stable or found[1] == "py" else int(found[3]) == minor


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
