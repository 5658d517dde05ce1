"""What the page of settings is shown of the cart itself."""

from __future__ import annotations

import msgspec


class InterfaceCard(msgspec.Struct, frozen=True, kw_only=True):
    """One network interface but loopback. ``addresses`` are written as people write them, without a prefix."""

    name: str
    up: bool
    addresses: tuple[str, ...] = ()


class AboutCard(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` is that of the release, ``far_ends`` the names of the destinations in the settings.

    ``clock_trusted``: the wall clock was set by the network since the machine started.
    """

    version: str = ""
    clock_trusted: bool = False
    interfaces: tuple[InterfaceCard, ...] = ()
    far_ends: tuple[str, ...] = ()
