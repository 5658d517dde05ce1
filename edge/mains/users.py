"""`telecart users`: the staff list of the site, signed where it is written and believed where it is read."""

from __future__ import annotations

import dataclasses
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge import staff_file
from edge.acquire.attendance import hashed
from edge.domain.fault import Fault, Reason
from edge.domain.staff import START_DIGITS, START_FOR, Replacement, StaffList
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_thread
from edge.settings import Settings
from edge.store.staff_book import StoredStaff

_KEY_BYTES = 32


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """``gone``: how many of the list before are no longer on this one."""

    number: int
    people: int
    gone: int
    expires: str


async def take(settings: Settings, path: Path) -> Taken:
    """Beside a running edge or not. Raises Fault(SETTINGS | NOT_ALLOWED); then the list before goes on."""
    staff = staff_file.read(path, settings.staff.public_key, settings.site.name)
    clock = SystemClock()
    if clock.now().utc.date() > staff.expires:
        raise Fault(Reason.SETTINGS, f"{path.name}: the list ended on {staff.expires}", "get the newest list")
    by = of_process("users", "telecart users import")
    async with own_thread(settings, by) as thread:
        gone = await StoredStaff(thread).take(staff, by, clock.now())
    return Taken(staff.number, len(staff.members), gone, staff.expires.isoformat())


@dataclasses.dataclass(frozen=True, slots=True)
class People:
    """``staff`` None where nobody ever brought a list; ``let_in`` are the replacements who are here now."""

    staff: StaffList | None
    let_in: tuple[Replacement, ...]


async def people(settings: Settings) -> People:
    async with own_thread(settings, of_process("users", "telecart users list")) as thread:
        book, now = StoredStaff(thread), SystemClock().now()
        let_in = tuple(one for one in await book.replacements() if one.there(now))
        return People(await book.staff_list(), let_in)


async def take_pin_away(settings: Settings, member_id: str) -> None:
    """Raises Fault(NOT_ALLOWED) for nobody."""
    by = of_process("users", "telecart users reset-pin")
    async with own_thread(settings, by) as thread:
        await StoredStaff(thread).take_pin_away(member_id, by, SystemClock().now())


async def invite(settings: Settings, member_id: str) -> str:
    """The start code with which she may choose her PIN without a badge, within a day. Raises Fault(NOT_ALLOWED) for nobody."""
    code = "".join(secrets.choice("0123456789") for _ in range(START_DIGITS))
    by, now = of_process("users", "telecart users invite"), SystemClock().now()
    async with own_thread(settings, by) as thread:
        await StoredStaff(thread).invite(member_id, hashed(code), now.utc + START_FOR, by, now)
    return code


def make_key(path: Path) -> str:
    """A new signing key in the new file ``path``, for its owner only. Returns the public one in hexadecimal. Raises Fault."""
    key = Ed25519PrivateKey.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes_raw())
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{path}: {exc.strerror}", "name a new file in a folder of yours") from exc
    return _public(key)


def sign(path: Path, key_file: Path) -> Path:
    """Writes FILE.sig beside the list. Raises Fault(SETTINGS)."""
    try:
        private = key_file.read_bytes()
        content = path.read_bytes()
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{exc.filename}: {exc.strerror}", "look where the file is") from exc
    if len(private) != _KEY_BYTES:
        raise Fault(Reason.SETTINGS, f"{key_file}: no key of telecart users key", "name the file that it wrote")
    signature = staff_file.signature_of(path)
    signature.write_bytes(staff_file.sign(content, Ed25519PrivateKey.from_private_bytes(private)))
    return signature


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
