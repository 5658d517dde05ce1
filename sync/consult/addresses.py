"""Which addresses of this machine a call may use (T13, T15)."""

from __future__ import annotations

import ipaddress

import aioice.ice

_every_address = aioice.ice.get_host_addresses


def is_loopback(host: str) -> bool:
    """Of an IP address or ``localhost``; any other name may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def gather_on(host: str) -> None:
    """Candidates of every call of this process are gathered on loopback when ``host`` is loopback, else everywhere.

    aioice has no setting for it: it gathers on every interface and leaves loopback out, so a page that is served on
    loopback only would still open media ports to the network, and a machine without a network could not call itself.
    """
    aioice.ice.get_host_addresses = _loopback if is_loopback(host) else _every_address


def _loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return ["127.0.0.1"] if use_ipv4 or use_ipv6 else []
