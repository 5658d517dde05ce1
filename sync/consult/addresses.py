"""Which addresses of this machine a call may use (T13, T15)."""

from __future__ import annotations

import ipaddress
from typing import Protocol

import aioice.ice


class Addresses(Protocol):
    """aioice's own shape of it."""

    def __call__(self, use_ipv4: bool, use_ipv6: bool) -> list[str]: ...


_every_address: Addresses = aioice.ice.get_host_addresses


def is_loopback(host: str) -> bool:
    """Of an IP address or ``localhost``; any other name may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def gather_on(host: str) -> None:
    """Candidates of every call of this process are gathered on ``host`` only, where it is one address of this machine.

    aioice has no setting for it: it gathers on every interface and leaves loopback out, so a page that is served on
    loopback only would still open media ports to the network, and a machine without a network could not call itself.
    A wildcard or a name stands for every interface.
    """
    if is_loopback(host):
        aioice.ice.get_host_addresses = _only("127.0.0.1")
    elif _is_one_address(host):
        aioice.ice.get_host_addresses = _only(host)
    else:
        aioice.ice.get_host_addresses = _every_address


def _is_one_address(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _only(address: str) -> Addresses:
    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [address] if use_ipv4 or use_ipv6 else []

    return addresses
