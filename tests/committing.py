"""A DICOM node that answers for what it holds, or does not, as a test says (PS3.4 annex J)."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.association import Association

from sync.dicom.building.ecg import TWELVE_LEAD_ECG

COMMITMENT, INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
Call = Callable[["Committing", Dataset], None]


def report(request: Dataset, failed: dict[str, int] | None = None, transaction: str = "") -> Dataset:
    """Of the Action Information of a request: all is held, but for the instances of ``failed`` with their reasons."""
    made = Dataset()
    made.TransactionUID = transaction or request.TransactionUID
    held, lost = [], []
    for one in request.ReferencedSOPSequence:
        named = Dataset()
        named.ReferencedSOPClassUID = one.ReferencedSOPClassUID
        named.ReferencedSOPInstanceUID = one.ReferencedSOPInstanceUID
        reason = (failed or {}).get(str(one.ReferencedSOPInstanceUID))
        if reason is None:
            held.append(named)
        else:
            named.FailureReason = reason
            lost.append(named)
    if held:
        made.ReferencedSOPSequence = held
    if lost:
        made.FailedSOPSequence = lost
    return made


@dataclasses.dataclass
class Committing:
    """``call`` runs in a thread of its own after each request was answered; ``owner`` of everything, as C-FIND tells it.

    ``owner`` "": C-FIND shows nothing; None: it is not taken. ``answers`` are the statuses that its reports got, None where
    nobody took one.
    """

    listening: int
    call: Call
    owner: str | None
    status: int = 0x0000
    same: Callable[[Association, Dataset], None] | None = None
    taken: bool = True
    title: str = "DEMOPACS"
    tls: ssl.SSLContext | None = None
    requests: list[Dataset] = dataclasses.field(default_factory=list)
    answers: list[int | None] = dataclasses.field(default_factory=list)
    port: int = 0

    def send(
        self,
        *reports: Dataset,
        title: str = "",
        called: str = "TELECART",
        event_type: int | None = None,
        source: str = "",
    ) -> None:
        """Calls the cart with these reports, one after another."""
        opened: list[socket.socket] = []
        ae = AE(title or self.title)
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 5
        ae.add_requested_context(COMMITMENT, ImplicitVRLittleEndian)
        association = ae.associate(
            "127.0.0.1",
            self.listening,
            ae_title=called,
            ext_neg=[build_role(COMMITMENT, scp_role=True)],
            bind_address=(source or "127.0.0.1", 0),
            tls_args=(self.tls, "127.0.0.1") if self.tls else None,
            evt_handlers=[(evt.EVT_CONN_OPEN, lambda event: opened.append(event.assoc.dul.socket.socket))],
        )
        if association.is_established:
            for one in reports:
                self.answers.append(over(association, one, event_type))
            association.release()
        else:
            self.answers.append(None)
        association.dul.join(5)
        for connection in opened:
            # which pynetdicom forgets where the other end leaves first
            connection.close()

    @contextlib.contextmanager
    def running(self) -> Iterator[Committing]:
        ae = AE(ae_title="DEMOPACS")
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
        if self.taken:
            ae.add_supported_context(COMMITMENT, ImplicitVRLittleEndian)
        if self.owner is not None:
            ae.add_supported_context(FIND, ImplicitVRLittleEndian)
        ae.add_supported_context("1.2.840.10008.1.1", ImplicitVRLittleEndian)
        ae.add_supported_context(TWELVE_LEAD_ECG, ExplicitVRLittleEndian)
        calls: list[threading.Thread] = []

        def action(event: Any) -> tuple[int, Dataset | None]:
            asked: Dataset = event.action_information
            self.requests.append(asked)
            if self.status == 0x0000:
                if self.same is not None:
                    self.same(event.assoc, asked)
                calls.append(threading.Thread(target=self.call, args=(self, asked)))
                calls[-1].start()
            return self.status, None

        def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
            if self.owner:
                match = Dataset()
                match.QueryRetrieveLevel = "IMAGE"
                match.SOPInstanceUID = event.identifier.SOPInstanceUID
                match.PatientID = self.owner
                yield 0xFF00, match

        handlers: list[Any] = [(evt.EVT_N_ACTION, action), (evt.EVT_C_FIND, find)]
        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        assert server is not None
        self.port = server.server_address[1]
        try:
            yield self
        finally:
            for one in calls:
                one.join(20)
            server.shutdown()


def over(association: Association, information: Dataset, event_type: int | None = None) -> int | None:
    """The status by which a report was answered."""
    kind = event_type if event_type is not None else 2 if "FailedSOPSequence" in information else 1
    status, _ = association.send_n_event_report(information, kind, COMMITMENT, INSTANCE)
    return status.get("Status")


def calls_with(*, failed: Sequence[int] = ()) -> Call:
    """Reports at once: the objects fail with these reasons, in turn, where there are any."""

    def call(node: Committing, asked: Dataset) -> None:
        named = [str(one.ReferencedSOPInstanceUID) for one in asked.ReferencedSOPSequence]
        node.send(report(asked, dict(zip(named, failed, strict=False))))

    return call


def never(_node: Committing, _asked: Dataset) -> None:
    """No report comes."""
