"""One association on which objects are stored: PS3.8 and C-STORE (PS3.7 9.3.1) as the cart speaks them itself.

pynetdicom's ways with an association poll, hold an object whole and cannot be bounded in time, so that only its PDUs of the
negotiation are used here. An object goes from its encrypted file to the socket piece by piece, a few MiB at a time, and its last
fragment leaves only once all of it is known to be what was frozen.

A peer with Nagle's algorithm on answers in two small writes and waits with the second for the ACK of the first: it is
acknowledged at once, by setting TCP_QUICKACK anew whenever something was read.
"""

from __future__ import annotations

import contextlib
import ssl
import struct
import time
from collections.abc import Iterator, Mapping, Sequence

from pydicom.uid import UID
from pynetdicom import build_context
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification

from edge.domain.fault import Fault
from sync.dicom.building.objects import IMPLEMENTATION_CLASS_UID
from sync.dicom.speaking.association import Context, NothingTaken, Peer, Timeouts
from sync.dicom.speaking.part10 import Meta
from sync.dicom.speaking.wire import Broken, Wire
from sync.tls import refusal, refused

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_ACCEPTED, _REJECTED, _DATA, _RELEASED = 2, 3, 4, 6
_RELEASE = struct.pack(">BBLL", 5, 0, 4, 0)
_ABORT = struct.pack(">BBLBBBB", 7, 0, 4, 0, 0, 0, 0)
_STORE_REQUEST, _STORE_RESPONSE = 0x0001, 0x8001
_COMMAND, _LAST = 1, 2
"""Bits of a message control header (PS3.8 E.2)."""

_LARGEST_PDU = 128 * 1024
_LARGEST_ANSWER = 1024 * 1024
_PARTING = 2.0
"""Seconds for the answer to a release, on which nothing depends."""
_HEADER = struct.Struct(">BBLLBB")
_BUFFERS = 32
"""Handed to the kernel at once."""


class Upload:
    """An association that is open. ``accepted`` are the contexts with their identifiers."""

    def __init__(self, wire: Wire, accepted: Mapping[Context, int], largest: int, timeouts: Timeouts) -> None:
        self.accepted = accepted
        self._wire = wire
        self._timeouts = timeouts
        # a fragment is of even length (PS3.8 D.1, E.1); 0 is no limit
        self._fragment = (min(largest or _LARGEST_PDU, _LARGEST_PDU) - 6) & ~1
        self._message = 0

    def store(self, about: Meta, data_set: Iterator[memoryview], size: int) -> int | None:
        """The status of the object whose ``data_set`` comes in pieces, of a file of ``size`` bytes; None where the peer gave none.

        The context of ``about`` is among ``accepted``. Raises the Fault of ``data_set``: the peer then did not get the object.
        After None and after a Fault the association is over.
        """
        self._message = self._message % 0xFFFF + 1
        try:
            self._send(self.accepted[about.sop_class, about.syntax], about, data_set)
            queued = self._wire.taken()
            status = self._answer(time.monotonic() + self._timeouts.for_answer(size, queued))
        except Fault:
            self._abort()
            raise
        except (OSError, Broken):
            return None
        if status is None:
            self._abort()
        return status

    def release(self) -> None:
        """In good order, if the peer plays along."""
        with contextlib.suppress(OSError, Broken):
            self._wire.send([_RELEASE])
            self._wire.pdu(time.monotonic() + min(self._timeouts.answer, _PARTING), _LARGEST_ANSWER)

    def _abort(self) -> None:
        with contextlib.suppress(OSError, Broken):
            self._wire.send([_ABORT])

    def _send(self, context: int, about: Meta, data_set: Iterator[memoryview]) -> None:
        waiting: list[bytes | memoryview] = [*_fragment(context, _request(about, self._message), _COMMAND | _LAST)]
        size, left = self._fragment, b""
        full = _HEADER.pack(_DATA, 0, size + 6, size + 2, context, 0)
        for piece in data_set:
            # what a piece leaves over goes with the next one, and there is always something left for the last fragment
            at = min(size - len(left), len(piece))
            if at == len(piece):
                left += piece
                continue
            waiting += (full, left, piece[:at])
            while len(piece) - at > size:
                waiting += (full, piece[at : at + size])
                at += size
                if len(waiting) >= _BUFFERS:
                    self._wire.send(waiting)
                    waiting.clear()
            left = bytes(piece[at:])
            # nothing of it is held while the next one is decrypted
            self._wire.send(waiting)
            waiting.clear()
            del piece
        self._wire.send([*waiting, *_fragment(context, left, _LAST)])

    def _answer(self, end: float) -> int | None:
        command = b""
        while True:
            kind, content = self._wire.pdu(end, _LARGEST_ANSWER)
            if kind != _DATA:
                # it wants to leave, or left
                return None
            for control, fragment in _values(content):
                command += fragment if control & _COMMAND else b""
                if control == _COMMAND | _LAST:
                    return self._status(_elements(command))
                if len(command) > _LARGEST_ANSWER:
                    return None

    def _status(self, elements: Mapping[int, bytes]) -> int | None:
        found = [elements.get(element, b"") for element in (0x0100, 0x0120, 0x0900)]
        if any(len(value) != 2 for value in found):
            return None
        field, message, status = (int.from_bytes(value, "little") for value in found)
        return status if (field, message) == (_STORE_RESPONSE, self._message) else None


def opened(wire: Wire, peer: Peer, contexts: Sequence[Context], timeouts: Timeouts) -> Upload:
    """An association over ``wire``. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED), or NothingTaken."""
    try:
        wire.connect()
        wire.send([_association(peer, contexts)])
        kind, content = wire.pdu(time.monotonic() + timeouts.answer, _LARGEST_ANSWER)
    except ssl.SSLError as exc:
        raise (refusal(exc, f"the PACS {peer.aet}") if refused(exc) else peer.unreachable()) from exc
    except (OSError, Broken) as exc:
        raise peer.unreachable() from exc
    if kind == _REJECTED:
        raise peer.rejected()
    if kind != _ACCEPTED:
        raise peer.unreachable()
    answer = A_ASSOCIATE_AC()
    try:
        answer.decode(struct.pack(">BBL", kind, 0, len(content)) + content)
        results = {int(one.context_id or 0): one.result for one in answer.presentation_context}
        information = answer.user_information
        largest = int(information.maximum_length or 0) if information else 0
    except Exception as exc:  # foreign bytes: there is no end to what pynetdicom can raise about them
        raise peer.unreachable() from exc
    accepted = {one: 2 * at + 1 for at, one in enumerate(contexts) if results.get(2 * at + 1) == 0}
    if not accepted:
        with contextlib.suppress(OSError, Broken):
            wire.send([_ABORT])
        raise NothingTaken
    if 0 < largest < 64:
        raise peer.unreachable()
    return Upload(wire, accepted, largest, timeouts)


def _association(peer: Peer, contexts: Sequence[Context]) -> bytes:
    asked = A_ASSOCIATE()
    asked.application_context_name = _APPLICATION_CONTEXT
    asked.calling_ae_title = peer.calling_aet
    asked.called_ae_title = peer.aet
    proposed = [build_context(sop_class, syntax) for sop_class, syntax in contexts]
    for at, one in enumerate(proposed):
        one.context_id = 2 * at + 1
    asked.presentation_context_definition_list = proposed
    longest, ourselves = MaximumLengthNotification(), ImplementationClassUIDNotification()
    longest.maximum_length_received = 16 * 1024
    ourselves.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    asked.user_information = [longest, ourselves]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(asked)
    encoded: bytes = request.encode()
    return encoded


def _request(about: Meta, message: int) -> bytes:
    """C-STORE-RQ (PS3.7 table 9.3-1), implicit little endian; priority medium, a data set follows."""
    elements = b"".join(
        struct.pack("<HHL", 0, element, len(value)) + value
        for element, value in (
            (0x0002, _uid(about.sop_class)),
            (0x0100, struct.pack("<H", _STORE_REQUEST)),
            (0x0110, struct.pack("<H", message)),
            (0x0700, struct.pack("<H", 0)),
            (0x0800, struct.pack("<H", 1)),
            (0x1000, _uid(about.sop_uid)),
        )
    )
    return struct.pack("<HHLL", 0, 0, 4, len(elements)) + elements


def _uid(value: str) -> bytes:
    encoded = value.encode("ascii")
    return encoded + b"\0" * (len(encoded) % 2)


def _fragment(context: int, content: bytes | memoryview, control: int) -> tuple[bytes, bytes | memoryview]:
    return _HEADER.pack(_DATA, 0, len(content) + 6, len(content) + 2, context, control), content


def _values(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The control header and fragment of each presentation data value (PS3.8 9.3.5.1). Raises Broken."""
    at = 0
    while at + 6 <= len(content):
        length, _, control = struct.unpack_from(">LBB", content, at)
        if length < 2 or at + 4 + length > len(content):
            raise Broken
        yield control, content[at + 6 : at + 4 + length]
        at += 4 + length


def _elements(command: bytes) -> Mapping[int, bytes]:
    """Of a command set (PS3.7 6.3.1), by element number. Raises Broken."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 8 <= len(command):
        group, element, length = struct.unpack_from("<HHL", command, at)
        if group != 0 or length > len(command) - at - 8:
            raise Broken
        found[element] = command[at + 8 : at + 8 + length]
        at += 8 + length
    return found
