"""What the cart says of itself to whoever looks after it: its release, its clock, its network."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import socket
import struct
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from edge.door import messages as m
from edge.mains.clock import SystemClock
from edge.settings import Settings

_SIOCGIFADDR: Final = 0x8915
"""netdevice(7)."""
_LOOPBACK: Final = "lo"
_EVERY_SECONDS: Final = 5.0
"""Between two looks at the network."""


class About:
    """``net`` is where the kernel lists interfaces, ``six`` where it lists IPv6 addresses."""

    def __init__(
        self,
        settings: Settings,
        clock: SystemClock,
        net: Path = Path("/sys/class/net"),
        six: Path = Path("/proc/net/if_inet6"),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._far_ends = tuple(one.name for one in settings.destinations)
        self._version = version("telecart")
        self._clock = clock
        self._net, self._six = net, six
        self._monotonic = monotonic
        self._looked = float("-inf")
        self._found: tuple[m.InterfaceCard, ...] = ()

    def upon(self, bedside: m.Snapshot) -> m.Snapshot:
        if self._monotonic() - self._looked > _EVERY_SECONDS:
            self._looked = self._monotonic()
            self._found = interfaces(self._net, self._six)
        card = m.AboutCard(
            version=self._version,
            clock_trusted=self._clock.now().clock_trusted,
            interfaces=self._found,
            far_ends=self._far_ends,
        )
        return msgspec.structs.replace(bedside, about=card)


def interfaces(net: Path, six: Path) -> tuple[m.InterfaceCard, ...]:
    """All but loopback, by name; none where the kernel shows none."""
    try:
        names = sorted(one.name for one in net.iterdir() if one.name != _LOOPBACK)
    except OSError:
        return ()
    by_name = _six(six)
    return tuple(
        m.InterfaceCard(name=name, up=_is_up(net / name), addresses=(*_four(name), *by_name.get(name, ())))
        for name in names
    )


def _is_up(folder: Path) -> bool:
    """A driver that does not tell its state is asked whether there is a carrier."""
    state = _read(folder / "operstate")
    return state == "up" or (state == "unknown" and _read(folder / "carrier") == "1")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _four(name: str) -> tuple[str, ...]:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
        return (str(ipaddress.IPv4Address(answer[20:24])),)
    return ()


def _six(path: Path) -> dict[str, tuple[str, ...]]:
    """By name, without link-local addresses. Each line: address in hex, index, prefix, scope, flags, name (proc(5))."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _read(path).splitlines():
        fields = line.split()
        with contextlib.suppress(ValueError, IndexError):
            address = ipaddress.IPv6Address(bytes.fromhex(fields[0]))
            if not address.is_link_local:
                found[fields[5]] = (*found.get(fields[5], ()), str(address))
    return found
