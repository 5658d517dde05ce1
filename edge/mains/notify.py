"""What a process tells systemd about itself: sd_notify(3) over the datagram socket named by NOTIFY_SOCKET.

Without that variable (the demo, a shell) there is nobody to tell, and nothing happens.
"""

from __future__ import annotations

import os
import socket

import structlog

_log = structlog.get_logger()


def ready() -> None:
    """The process does its work from now on: Type=notify units are started, and what is ordered after them may start."""
    _tell("READY=1")


def watchdog() -> None:
    """The work goes on. To be called from the work itself, at least twice in each WatchdogSec, never by a timer beside it."""
    _tell("WATCHDOG=1")


def _tell(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket, in the notation of sd_notify(3)
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.settimeout(1.0)
            notify.connect(address)
            notify.sendall(state.encode())
    except OSError as exc:
        # a cart that cannot reach its supervisor still reads its residents; systemd restarts what it does not hear from
        _log.error("systemd_not_told", state=state, error=str(exc))
