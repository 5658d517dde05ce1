"""What differs between the releases of BlueZ that carts have, as ``tests/conformance`` recorded it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from dbus_fast import Variant


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """``adapter`` are properties that it adds to an adapter's. ``handles``: GATT objects tell theirs. ``generic_access``:
    service 0x1800 is exported. ``advertising_flags``: a device tells them. ``not_writable``: how it refuses to write what
    can only be read.
    """

    adapter: Mapping[str, Variant]
    handles: bool
    generic_access: bool
    advertising_flags: bool
    not_writable: tuple[str, str]


BOOKWORM = Release(
    adapter=MappingProxyType({}),
    handles=False,
    generic_access=False,
    advertising_flags=False,
    not_writable=("NotSupported", "Operation is not supported"),
)
"""BlueZ 5.66, of Debian 12."""

TRIXIE = Release(
    adapter=MappingProxyType(
        {
            "Connectable": Variant("b", False),
            "Manufacturer": Variant("q", 0xFFFF),
            "PowerState": Variant("s", "on"),
            "Version": Variant("y", 9),
        }
    ),
    handles=True,
    generic_access=True,
    advertising_flags=True,
    not_writable=("NotAuthorized", "Operation Not Authorized"),
)
"""BlueZ 5.82, of Debian 13."""
