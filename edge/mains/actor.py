"""Who runs this process, for the audit trail."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

from edge.domain.audit import Actor, KnownBy, Origin, Who

_NOBODY: Final = 0xFFFFFFFF
"""The login of a process that no login led to (proc(5): loginuid)."""


def of_process(process: str, command: str = "") -> Actor:
    """The user of the machine, and by name who logged in where that is another one: sudo does not change the kernel's mind."""
    user = _name(os.getuid())
    login = _login()
    return Actor(Who(KnownBy.ACCOUNT, user, "" if login in {"", user} else login), Origin(process, command=command))


def _login() -> str:
    try:
        uid = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    except (OSError, ValueError):  # a kernel that keeps no such account
        return ""
    return "" if uid == _NOBODY else _name(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
