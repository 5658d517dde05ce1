"""One open serial line, local or behind a serial server: bytes in and out, each call bounded in time.

Everything here blocks, so that it runs in the line's own thread. Foreign errors become Faults whose words are French:
the bedside reads them.
"""

from __future__ import annotations

import contextlib
import errno
import termios
import time
from collections.abc import Callable
from typing import Final

import serial
import structlog

from drivers.models.model import SerialSettings
from edge.domain.fault import Fault, Reason

log = structlog.get_logger()

READ_SECONDS: Final = 0.1
"""A read returns after this long with nothing."""

READ_BYTES: Final = 1024
"""Bytes of one read, at most."""

WRITE_SECONDS: Final = 1.0
"""A device that takes nothing for so long does not listen."""

MOST_A_SECOND: Final = 65_536
"""Bytes a second, at most: five times the fastest line that is known here. More is a flood, and the line is closed."""

_OVER_THE_NETWORK: Final = ("socket://", "rfc2217://")
_REMOTE: Final = "Vérifiez qu'il est allumé et relié au réseau."
_BUSY: Final = frozenset({errno.EAGAIN, errno.EBUSY})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})


class Line:
    """Every method but ``close`` raises Fault(LINK_LOST) when the line is gone. ``clock`` gives monotonic seconds."""

    def __init__(
        self, port: serial.SerialBase, *, remote: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._port = port
        self._remote = remote
        self._clock = clock
        self._second = 0.0
        self._read = 0

    def read(self) -> bytes:
        """What came, as soon as anything did; nothing after READ_SECONDS. Raises Fault(LINK_LOST) for a flood, too."""
        try:
            data = self._available()
        except OSError as exc:
            raise self._lost(exc) from exc
        self._count(len(data))
        return data

    def _available(self) -> bytes:
        data = bytearray(self._port.read(1))
        try:
            while data and len(data) < READ_BYTES and (waiting := self._port.in_waiting):
                data += self._port.read(min(waiting, READ_BYTES - len(data)))
        except OSError:
            if not data:
                raise
            # what a line said last counts; the next read says that it is gone
        return bytes(data)

    def _count(self, size: int) -> None:
        now = self._clock()
        if now - self._second >= 1.0:
            self._second, self._read = now, 0
        self._read += size
        if self._read > MOST_A_SECOND:
            raise Fault(Reason.LINK_LOST, "envoie des données sans arrêt", "Débranchez-le et rebranchez-le.")

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException as exc:
            raise Fault(Reason.LINK_LOST, "n'écoute pas", "Éteignez-le et rallumez-le.") from exc
        except OSError as exc:
            raise self._lost(exc) from exc

    def _lost(self, error: OSError) -> Fault:
        log.info("serial_line_lost", error=type(error).__name__)
        if self._remote:
            return Fault(Reason.LINK_LOST, "liaison coupée avec le serveur série", _REMOTE)
        return Fault(Reason.LINK_LOST, "liaison coupée", "Rebranchez le câble.")

    def close(self) -> None:
        if isinstance(self._port, serial.Serial) and self._port.is_open:
            # else the kernel waits up to 30 seconds for a device that does not take what was written
            with contextlib.suppress(OSError, termios.error):
                self._port.reset_output_buffer()
        try:
            self._port.close()
        except OSError as exc:
            # a port that was pulled out may refuse; its descriptor is gone with it
            log.info("serial_port_close", error=type(exc).__name__)


def open_line(port: str, settings: SerialSettings) -> Line:
    """``port`` is a path or a pyserial URL.

    Raises Fault(LINK_LOST) for a port that is not there now, Fault(LINK_REFUSED) for one that we may not open, and
    Fault(SETTINGS) for a name or settings that no waiting will make valid.
    """
    remote = port.startswith(_OVER_THE_NETWORK)
    try:
        return Line(
            serial.serial_for_url(
                port,
                baudrate=settings.baud,
                bytesize=settings.bits,
                parity=settings.parity,
                stopbits=settings.stop_bits,
                rtscts=settings.rtscts,
                timeout=READ_SECONDS,
                # pyserial's RFC 2217 knows no time-out of writing; its socket has one of five seconds
                write_timeout=None if port.startswith("rfc2217://") else WRITE_SECONDS,
                exclusive=True,
            ),
            remote=remote,
        )
    except (OSError, termios.error) as exc:
        raise _not_opened(exc, remote=remote) from exc
    except ValueError as exc:
        raise Fault(
            Reason.SETTINGS, f"{port!r} is no serial port", "name a path or a socket:// or rfc2217:// address"
        ) from exc


def _not_opened(error: Exception, *, remote: bool) -> Fault:
    if remote:
        return Fault(Reason.LINK_LOST, "serveur série injoignable", _REMOTE)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if number in _DENIED:
        return Fault(
            Reason.LINK_REFUSED,
            "accès refusé au port série",
            "Prévenez le support : le compte de la borne doit être du groupe dialout.",
        )
    if number in _BUSY:
        return Fault(Reason.LINK_LOST, "port série occupé par un autre programme", "Prévenez le support.")
    return Fault(Reason.LINK_LOST, "port série introuvable", "Vérifiez le câble.")
