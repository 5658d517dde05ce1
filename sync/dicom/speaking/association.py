"""One DICOM association as the cart asks for it: bounded in every direction, and quick on a slow peer.

Settings of the socket, measured against dcmtk and Orthanc: they answer each C-STORE in two small writes with Nagle's
algorithm on, so that a delayed ACK of ours costs 44 ms an object; and a peer that stops reading would block a send for ever.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pydicom
from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.transport import AssociationSocket

from edge.domain.fault import Fault, Reason
from sync.tls import Identity, Tls, refusal, refused

# the far end's data may break rules of DICOM; pydicom's warning would carry the value, patient data included
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

Handler = tuple[Any, Callable[..., Any]] | tuple[Any, Callable[..., Any], list[Any]]

LARGEST_PDU = 1024 * 1024
"""Bytes that a peer may send as one PDU; we ask for 16 KiB (PS3.8 D.1), its answer to our proposals may be longer."""

Context = tuple[str, str]
"""A SOP class and the transfer syntax of its object."""


class _TlsSocket(ssl.SSLSocket):
    """Keeps what TLS had to say: pynetdicom tells only that there is no connection."""

    refusal: ssl.SSLError | None = None

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except ssl.SSLError as exc:
            self.refusal = exc
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        # with TLS 1.3 the far end judges our certificate after our side of the handshake is over
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError as exc:
            self.refusal = exc
            raise


@dataclasses.dataclass(frozen=True, slots=True)
class Secured:
    """TLS to one peer, by DICOM's secure transport connection profiles (PS3.15 B.9 and later): BCP 195, mutual."""

    identity: Identity
    server_name: str

    @classmethod
    def by(cls, tls: Tls, host: str) -> Secured:
        """Raises Fault(SETTINGS)."""
        return cls(Identity(tls), tls.server_name or host)

    @property
    def how(self) -> str:
        """In plain words."""
        return self.identity.how

    def context(self) -> ssl.SSLContext:
        """For one connection. Raises Fault(DESTINATION_REFUSED)."""
        context = self.identity.context()
        context.sslsocket_class = _TlsSocket
        return context


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM node: ``aet`` at ``host``:``port``; ``calling_aet`` is ours. ``secured`` None: without TLS."""

    aet: str
    host: str
    port: int
    calling_aet: str
    secured: Secured | None = None

    def unreachable(self) -> Fault:
        return Fault(
            Reason.DESTINATION_UNREACHABLE,
            f"the PACS {self.aet} does not answer at {self.host} port {self.port}",
            "check the network and the PACS; the cart goes on trying",
        )

    def rejected(self) -> Fault:
        return Fault(
            Reason.DESTINATION_REFUSED,
            f"the PACS {self.aet} refused the association of {self.calling_aet}",
            "ask its administrator to admit this cart, or correct the names in the settings",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``stalled``: no byte taken by the peer; ``answer``: for its answer to something small that arrived."""

    connect: float = 10.0
    stalled: float = 30.0
    answer: float = 30.0
    bytes_per_second: float = 8_000.0  # the slowest line on which an object still goes through
    ahead: int = 256 * 1024  # bytes that something between may have acknowledged, and still has to pass on
    kept_per_second: float = 250_000.0  # the slowest PACS

    @property
    def unacknowledged(self) -> float:
        """For the kernel, which counts also the time in which a slow peer has room, but for less than a whole segment."""
        return 10 * self.stalled

    def for_answer(self, size: int, queued: int = 0) -> float:
        """To a request of ``size`` bytes of which ``queued`` were not acknowledged yet."""
        under_way = queued + min(size, self.ahead)
        return self.answer + under_way / self.bytes_per_second + size / self.kept_per_second

    def shared(self, among: int) -> Timeouts:
        """For each of so many exchanges that go over the slowest line side by side."""
        return dataclasses.replace(self, bytes_per_second=self.bytes_per_second / among)


MOST_HEARD = 64 * 1024 * 1024
"""Bytes of all answers on one association (T7): a message is held in memory until it is whole."""


class NothingTaken(Exception):
    """The peer accepted the association and none of the presentation contexts."""


class Line:
    """The way to one peer, used by one thread at a time; ``cut`` may be called from another one."""

    def __init__(self, peer: Peer, timeouts: Timeouts) -> None:
        self._peer = peer
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False
        self._rejected = False

    def cut(self) -> None:
        """Ends whatever is under way on this line, now and for good."""
        with self._lock:
            self._cut = True
            if self._socket is not None:
                shut(self._socket)

    @property
    def is_cut(self) -> bool:
        return self._cut

    @property
    def how(self) -> str:
        """In plain words."""
        return self._peer.secured.how if self._peer.secured else "not encrypted"

    @contextlib.contextmanager
    def associated(self, contexts: Iterable[Context]) -> Iterator[Association]:
        """An association, established and in the end released, with nothing left open behind it.

        Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED), or NothingTaken.
        """
        association = self._associate(contexts)
        try:
            self._check(association)
            yield association
            if association.is_established:
                association.release()
        finally:
            self._close(association)

    def _associate(self, contexts: Iterable[Context]) -> Association:
        ae = _Entity(self._created, self._peer.secured, self._peer.calling_aet)
        ae.connection_timeout = self._timeouts.connect
        ae.acse_timeout = self._timeouts.answer
        ae.dimse_timeout = self._timeouts.answer
        ae.network_timeout = self._timeouts.answer
        self._rejected = False
        try:
            return ae.associate(
                self._peer.host,
                self._peer.port,
                contexts=[build_context(sop_class, syntax) for sop_class, syntax in contexts],
                ae_title=self._peer.aet,
                ext_neg=[*self._roles()],
                evt_handlers=self._handlers(),
            )
        except OSError as exc:
            # of its failures to connect, pynetdicom raises only that of the name
            raise self._peer.unreachable() from exc

    def _roles(self) -> Sequence[SCP_SCU_RoleSelectionNegotiation]:
        return ()

    def _handlers(self) -> list[Handler]:
        return [*self._watching(), (evt.EVT_DATA_RECV, self._counting())]

    def _watching(self) -> list[Handler]:
        return [
            *((evt.EVT_DATA_SENT, _quick_ack), (evt.EVT_DATA_RECV, _quick_ack)),
            (evt.EVT_PDU_RECV, self._noticed),
        ]

    def _noticed(self, event: Any) -> None:
        # pynetdicom takes a line on which this was read before it had looked for one that never was connected
        self._rejected = self._rejected or isinstance(event.pdu, A_ASSOCIATE_RJ)

    def _counting(self) -> Callable[[Any], None]:
        left = MOST_HEARD

        def count(event: Any) -> None:
            nonlocal left
            left -= len(event.data)
            with self._lock:
                if left < 0 and self._socket is not None:
                    shut(self._socket)

        return count

    def _check(self, association: Association) -> None:
        if association.is_established:
            return
        if isinstance(self._socket, _TlsSocket) and self._socket.refusal is not None and refused(self._socket.refusal):
            raise refusal(self._socket.refusal, f"the PACS {self._peer.aet}")
        if self._rejected:
            raise self._peer.rejected()
        # pynetdicom aborts by itself, and says so, when the peer accepts the association but none of the contexts
        accepted = association.acceptor.primitive is not None and association.acceptor.primitive.result == 0
        if accepted and not association.accepted_contexts:
            raise NothingTaken
        raise self._peer.unreachable()

    def _created(self, connection: socket.socket) -> None:
        """Settings of a socket that is about to be connected."""
        seconds = self._timeouts.stalled
        limit = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
        bounded(connection, seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        with self._lock:
            self._socket = connection
            if self._cut:
                connection.close()

    def _close(self, association: Association) -> None:
        with self._lock:
            connection, self._socket = self._socket, None
        if connection is None:
            return
        # its end is what pynetdicom's thread waits for, in whatever state it was left
        shut(connection)
        association.dul.join(self._timeouts.stalled)
        connection.close()


class _Entity(AE):
    """An application entity that shows the socket of its association before it is connected.

    pynetdicom gives no other way to it, and forgets to close it where the peer is not there or leaves first.

    Of its associations only the query itself takes messages: pynetdicom's own thread, which looks for requests of the
    peer without waiting, is paused too late on a busy machine and would take an answer before its query does.
    """

    def __init__(self, created: Callable[[socket.socket], None], secured: Secured | None, ae_title: str) -> None:
        super().__init__(ae_title)
        self._created = created
        self._secured = secured

    def _create_socket(self, assoc: Association, address: Any, tls_args: Any) -> AssociationSocket:
        take: Callable[[bool], Any] = assoc.dimse.get_msg

        def take_waiting(block: bool = False) -> Any:
            return take(block) if block else (None, None)

        assoc.dimse.get_msg = take_waiting  # type: ignore[method-assign]
        context = self._secured.context() if self._secured is not None else None
        made = super()._create_socket(assoc, address, tls_args)
        if made.socket is not None:
            if self._secured is not None and context is not None:
                # before it is connected: it then connects with a handshake, or not at all
                made.socket = context.wrap_socket(made.socket, server_hostname=self._secured.server_name)
            self._created(made.socket)
        read: Callable[[int], bytearray] = _Bounded(made, self.network_timeout or 0.0)
        made.recv = read  # type: ignore[method-assign, assignment]
        return made


class _Bounded:
    """Reads for pynetdicom, whose own reading takes in whatever size is announced, and waits for each byte anew (T6).

    ``seconds`` is for one piece: the head of a PDU, or all that follows it.
    """

    def __init__(self, transport: AssociationSocket, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds

    def __call__(self, size: int) -> bytearray:
        """``size`` bytes, or fewer where the connection ended. Raises OSError."""
        connection = self._transport.socket
        if size > LARGEST_PDU or connection is None:
            raise ConnectionAbortedError
        end = time.monotonic() + self._seconds
        found = bytearray()
        while len(found) < size and (piece := connection.recv(size - len(found))):
            found += piece
            if time.monotonic() > end:
                raise TimeoutError
        return found


def _quick_ack(event: Any) -> None:
    # the kernel forgets TCP_QUICKACK by itself, so it is said again after every message
    transport = event.assoc.dul.socket
    connection = transport.socket if transport else None
    if connection is None:
        return
    # a line that was cut meanwhile has no options left
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def bounded(connection: socket.socket, stalled: float) -> None:
    """Small messages go at once, and a peer that has no room for the next segment for ``stalled`` seconds is gone."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(stalled * 1000))


def shut(connection: socket.socket) -> None:
    # one that was never connected, or is closed already, is as it should be
    with contextlib.suppress(OSError):
        # not the method of a TLS socket: that one forgets TLS first, and what another thread is sending would go out plain
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
