"""The region's list of carts: which names there are, and the public key of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason
from sync.meeting import keys


class _Cart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    key: str


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    cart: tuple[_Cart, ...] = ()


def read(file: Path) -> Mapping[str, str]:
    """Public keys by name, of ``[[cart]]`` tables with ``name`` and ``key`` (as ``telecart rendezvous key`` prints it).

    Raises Fault(SETTINGS).
    """
    try:
        listed = msgspec.toml.decode(file.read_bytes(), type=_List).cart
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{file} cannot be read: {exc.strerror}", "check who may read it") from exc
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Fault(Reason.SETTINGS, f"{file}: {exc}", "correct that line") from exc
    for one in listed:
        if not keys.is_public(one.key):
            raise Fault(
                Reason.SETTINGS,
                f"{file}: the key of {one.name} is none",
                "write what `telecart rendezvous key` printed on that cart",
            )
    found = {one.name: one.key for one in listed}
    if len(found) != len(listed):
        raise Fault(Reason.SETTINGS, f"{file}: two carts have the same name", "give each cart its own")
    return found
