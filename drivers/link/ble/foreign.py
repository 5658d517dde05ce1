"""What comes out of bleak and of the bus below it, and what it means."""

from __future__ import annotations

from typing import Final

from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from dbus_fast.errors import DBusFastError


class BusError(Exception):
    """An error reply on D-Bus: ``name`` as "org.bluez.Error.Failed", ``text`` what came with it."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


# the last two are bleak's own slips when an object vanishes under it
FOREIGN: Final = (BusError, BleakError, DBusFastError, OSError, EOFError, AssertionError, KeyError)

_BOND_CODES: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
    }
)
_BOND_NAMES: Final = ("AuthenticationFailed", "AuthenticationRejected", "AuthenticationCanceled", "NotAuthorized")


def error_name(exc: BaseException) -> str:
    """The D-Bus name of an error, "" where it has none."""
    match exc:
        case BusError(name=name):
            return name
        case BleakDBusError(dbus_error=name):
            return str(name)
    return ""


def att_code(exc: BaseException) -> int | None:
    """The code with which the device itself refused (Core 5.4, Vol 3 Part F 3.4.1.1), None where it did not."""
    return int(exc.code) if isinstance(exc, BleakGATTProtocolError) else None


def in_progress(exc: BaseException) -> bool:
    return error_name(exc).endswith(".InProgress")


def wants_a_bond(exc: BaseException) -> bool:
    """The device, or BlueZ for it, refused because there is no bond or one that it does not honour."""
    if isinstance(exc, BleakGATTProtocolError):
        return exc.code in _BOND_CODES
    name = error_name(exc)
    return name.endswith(_BOND_NAMES) or (name.endswith(".NotPermitted") and "Not paired" in str(exc))


def hung_up_early(exc: BaseException) -> bool:
    """The link ended before the services were known, as it does where the device has no key for our bond."""
    return isinstance(exc, BleakError) and "failed to discover services" in str(exc)
