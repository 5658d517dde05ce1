"""Which TCP and UDP addresses a process listens on, as the kernel tells it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from pathlib import Path

_LISTEN, _UNCONNECTED = "0A", "07"


def addresses(pid: int) -> set[str]:
    """IP addresses of listening TCP and unconnected UDP sockets of process ``pid``; none where it has ended meanwhile."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return _addresses(pid)
    return set()


def _addresses(pid: int) -> set[str]:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if found := re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink())):
                inodes.add(found[1])
    found_addresses = set()
    for table, state in (("tcp", _LISTEN), ("tcp6", _LISTEN), ("udp", _UNCONNECTED), ("udp6", _UNCONNECTED)):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == state and columns[9] in inodes:
                found_addresses.add(_address(columns[1].partition(":")[0]))
    return found_addresses


def _address(text: str) -> str:
    # the kernel prints each 32-bit word in the machine's order
    words = [int(text[i : i + 8], 16).to_bytes(4, "little") for i in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
