"""Strings of the Device Information Service (DIS 1.1, 3): UTF-8, which some devices fill up with zeros."""

from __future__ import annotations

from typing import Final

from drivers.codec.payload import undecodable
from edge.domain.text import sanitise_line

LONGEST: Final = 80
"""Characters that are kept; an attribute has at most 512 bytes, and a name on a screen is short."""


def string(data: bytes) -> str:
    """The string as it may be shown (T17). Raises Fault(UNDECODABLE) for what is no UTF-8, and nothing else."""
    try:
        text = data.rstrip(b"\0").decode()
    except UnicodeDecodeError as exc:
        raise undecodable("a device gives a name that is no text") from exc
    return sanitise_line(text).strip()[:LONGEST]
