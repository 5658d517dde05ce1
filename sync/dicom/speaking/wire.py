"""The bytes of one DICOM connection (PS3.8 9.1), blocking and bounded: nothing waits longer than it is told to."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import select
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Callable, Sequence

from sync.dicom.speaking.association import Peer, Timeouts, bounded, shut

Buffer = bytes | memoryview

_HEADER = 6
_PIECE = 64 * 1024
_MOST_BUFFERS = 1024  # IOV_MAX
_LOOK = 100
"""Milliseconds."""


class Broken(Exception):
    """The peer said what nobody can make sense of, or left."""


class Wire:
    """Used by one thread; ``cut`` may be called from another one."""

    def __init__(self, peer: Peer, timeouts: Timeouts) -> None:
        self._peer = peer
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False
        self._received = bytearray()

    def cut(self) -> None:
        """Ends whatever is under way, now and for good."""
        with self._lock:
            self._cut = True
            if self._socket is not None:
                shut(self._socket)

    def close(self) -> None:
        with self._lock:
            connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def connect(self) -> None:
        """Raises OSError, of which ssl.SSLError says that it is about TLS; Fault where our certificate is of no use."""
        failed: OSError = ConnectionRefusedError()
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self._peer.host, self._peer.port, type=socket.SOCK_STREAM
        ):
            try:
                return self._connect(socket.socket(family, kind, protocol), address)
            except ssl.SSLError:
                raise
            except OSError as exc:
                failed = exc
        raise failed

    def _connect(self, connection: socket.socket, address: tuple[object, ...]) -> None:
        bounded(connection, self._timeouts.unacknowledged)
        connection.settimeout(self._timeouts.connect)
        if (secured := self._peer.secured) is not None:
            try:
                # before it is connected: it then connects with a handshake, or not at all
                connection = secured.context().wrap_socket(connection, server_hostname=secured.server_name)
            except BaseException:
                connection.close()
                raise
        with self._lock:
            if self._cut:
                connection.close()
                raise ConnectionAbortedError
            self._socket = connection
        try:
            connection.connect(address)
        except BaseException:
            self.close()
            raise

    def send(self, buffers: Sequence[Buffer]) -> None:
        """All of them. Raises OSError, also where the peer takes nothing for too long."""
        connection = self._open()
        connection.settimeout(self._timeouts.stalled)
        if isinstance(connection, ssl.SSLSocket):
            whole = memoryview(b"".join(buffers))
            while whole:
                piece = whole[:_PIECE]
                whole = whole[_sent(connection, functools.partial(connection.send, piece)) :]
            return
        waiting, at = list(buffers), 0
        while at < len(waiting):
            sent = _sent(connection, functools.partial(connection.sendmsg, waiting[at : at + _MOST_BUFFERS]))
            while at < len(waiting) and sent >= len(waiting[at]):
                sent -= len(waiting[at])
                at += 1
            if sent:
                waiting[at] = memoryview(waiting[at])[sent:]

    def taken(self) -> int:
        """Waits until the peer acknowledged all that was sent, or says something; returns what it has not acknowledged.

        Raises OSError where it acknowledges nothing for too long.
        """
        connection = self._open()
        readable = select.poll()
        readable.register(connection, select.POLLIN)
        queued, end = queued_in(connection), time.monotonic() + self._timeouts.stalled
        while queued and not readable.poll(_LOOK):
            left, now = queued_in(connection), time.monotonic()
            if left < queued:
                queued, end = left, now + self._timeouts.stalled
            elif now > end:
                raise TimeoutError
        return queued

    def pdu(self, end: float, most: int) -> tuple[int, bytes]:
        """The type and content of the next protocol data unit, by ``end`` (monotonic). Raises OSError, Broken."""
        self._receive(_HEADER, end)
        kind, size = struct.unpack_from(">BxL", self._received)
        if size > most:
            raise Broken
        self._receive(_HEADER + size, end)
        content = bytes(self._received[_HEADER : _HEADER + size])
        del self._received[: _HEADER + size]
        return kind, content

    def _receive(self, size: int, end: float) -> None:
        """At least ``size`` bytes are then there."""
        connection = self._open()
        while True:
            # the kernel forgets it by itself; what came meanwhile is acknowledged at once
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            if len(self._received) >= size:
                return
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            piece = connection.recv(_PIECE)
            if not piece:
                raise Broken
            self._received += piece

    def _open(self) -> socket.socket:
        connection = self._socket
        if connection is None:
            raise Broken
        return connection


def _sent(connection: socket.socket, send: Callable[[], int]) -> int:
    """What ``send`` says. Where there is no room for it for too long, but the peer goes on taking what is queued, it is awaited.

    The kernel tells of room only once a good part of its queue is free, which may take minutes on a slow line.
    """
    queued = queued_in(connection)
    while True:
        try:
            return send()
        except TimeoutError:
            if (left := queued_in(connection)) >= queued:
                raise
            queued = left


def queued_in(connection: socket.socket) -> int:
    """Bytes that the peer has not acknowledged (tcp(7), SIOCOUTQ)."""
    (found,) = struct.unpack("@i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(found)
