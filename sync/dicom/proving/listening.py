"""Where a PACS calls back: the one place of the cart that accepts an association, open only while a report is awaited (T6).

Accepted is one peer, by its addresses, both application entity titles and, where its line is encrypted, its certificate. Whatever
it does, it gets a few connections, on each of them a limited number of bytes, and all end when the wait is over.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from edge.domain.fault import Fault, Reason
from sync.tls import Identity

MOST_BYTES = 1024 * 1024
"""That are read of one connection: a report of a thousand objects has a quarter of it."""
MOST_CONNECTIONS = 2
"""At a time."""
SILENCE = 5.0
"""Seconds in which a connection that has begun to say something has to go on."""
_MOST_PDU = 16_384
_POLL = 0.02
_LAST = 5.0
_GRACE = 2.0
"""Seconds for who has reported: without its answer it would report again."""

TakeReport = Callable[[Any], tuple[int, Dataset | None]]
"""pynetdicom's handler of N-EVENT-REPORT: the event to the status of its answer."""

_log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. ``same``: on the association of the request; ``report``: in all; ``silent``: a PACS that sent none is left alone."""

    same: float = 0.5
    report: float = 10.0
    silent: float = 300.0


@dataclasses.dataclass(frozen=True, slots=True)
class Callback:
    """Where we are called back: ``host`` and ``port`` are ours. ``callers`` are names or addresses from which the PACS calls.

    ``identity`` is that of a TLS server that wants a certificate of its client; None: without TLS.
    """

    host: str
    port: int
    callers: tuple[str, ...]
    identity: Identity | None = None
    patience: Patience = Patience()


class _Counted:
    """Gives up reading after so many bytes: pynetdicom would read a PDU of any length that its peer announces."""

    left = MOST_BYTES

    def count(self, received: bytes) -> bytes:
        self.left -= len(received)
        if self.left < 0:
            raise OSError("the peer says too much")
        return received


class _Plain(socket.socket, _Counted):
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        return self.count(super().recv(bufsize, flags))


class _Encrypted(ssl.SSLSocket, _Counted):
    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        return self.count(super().recv(buflen, flags))


class _Handler(RequestHandler):
    server: _Server

    def handle(self) -> None:
        """In a thread of its own: a handshake that is slow keeps nobody waiting."""
        self.request = self.server.opened(self.request)
        super().handle()


class _Server(ThreadedAssociationServer):
    daemon_threads = True

    def __init__(self, ae: AE, callback: Callback, callers: frozenset[str], take: TakeReport) -> None:
        self._callers = callers
        self._context = callback.identity.context() if callback.identity is not None else None
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._over = False
        self._reporting: list[Association] = []

        def noted(event: Any) -> tuple[int, Dataset | None]:
            self._reporting.append(event.assoc)
            return take(event)

        handlers: list[Any] = [(evt.EVT_N_EVENT_REPORT, noted)]
        address = (callback.host, callback.port)
        super().__init__(ae, address, ae.ae_title, ae.supported_contexts, None, handlers, _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Before a thread or a byte is spent on it."""
        caller = str(client_address[0])
        if caller not in self._callers:
            _log.warning("stranger_refused", address=caller)
            return False
        with self._lock:
            self._connections = [one for one in self._connections if one.fileno() >= 0]
            return len(self._connections) < MOST_CONNECTIONS

    def process_request(self, request: Any, client_address: Any) -> None:
        # counted here, in the one thread that accepts
        connection = _Plain(fileno=request.detach())
        connection.settimeout(SILENCE)
        self._keep(connection)
        super().process_request(connection, client_address)

    def opened(self, connection: _Plain) -> socket.socket:
        """``connection`` as it is read from. Raises OSError where TLS does not come about."""
        if self._context is None:
            return connection
        self._context.sslsocket_class = _Encrypted
        try:
            encrypted = self._context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            raise
        self._keep(encrypted)
        return encrypted

    def _keep(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.append(connection)
            if self._over:
                _end(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        _log.warning("call_failed", address=str(client_address[0]))

    def end(self) -> None:
        """Nothing is open or running when it returns."""
        self.shutdown()
        until = time.monotonic() + _GRACE
        for association in self._reporting:
            association.join(max(0.0, until - time.monotonic()))
        with self._lock:
            self._over = True
            connections = list(self._connections)
        associations = self.active_associations
        for connection in connections:
            _end(connection)
        for association in associations:
            # one that another thread is about to start cannot be waited for: it finds its connection closed
            with contextlib.suppress(RuntimeError):
                association.join(_LAST)
                association.dul.join(_LAST)
        for connection in connections:
            connection.close()


def _end(connection: socket.socket) -> None:
    # one that is closed already is as it should be
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextlib.contextmanager
def listening(callback: Callback, ours: str, theirs: str, take: TakeReport) -> Iterator[None]:
    """Takes N-EVENT-REPORT of Storage Commitment from ``theirs``, which calls us ``ours``, until it is left.

    Raises Fault(SETTINGS) where nobody can listen there, or where a name of ``callers`` has no address;
    Fault(DESTINATION_REFUSED) where the cart's certificate is not valid now.
    """
    ae = AE(ours)
    ae.require_called_aet = True
    ae.require_calling_aet = [theirs]
    ae.maximum_associations = MOST_CONNECTIONS
    ae.maximum_pdu_size = _MOST_PDU
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = SILENCE
    syntaxes = [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
    # PS3.4 J.3.3.1: who reports is SCP of the service, although it asks for the association
    ae.add_supported_context(StorageCommitmentPushModel, syntaxes, scu_role=False, scp_role=True)
    try:
        server = _Server(ae, callback, _addresses(callback.callers), take)
    except (OSError, OverflowError) as exc:
        raise Fault(
            Reason.SETTINGS,
            f"the cart cannot listen on {callback.host} port {callback.port} for the reports of the PACS {theirs}",
            "correct `listen_host` and `listen_port`, or see who has that port",
        ) from exc
    ae._servers.append(server)  # noqa: SLF001 - as its own start_server does, which takes no other kind of server
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="reports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.end()
        thread.join(_LAST)


def _addresses(callers: tuple[str, ...]) -> frozenset[str]:
    """Raises OSError."""
    found = {str(place[4][0]) for name in callers for place in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    # an IPv4 caller of a socket that listens on IPv6 as well
    return frozenset(found | {f"::ffff:{address}" for address in found if ":" not in address})
