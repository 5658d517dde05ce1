"""A batch of objects over one association, or over a few side by side where that is worth it.

Rule: one stream goes first; others join once it stands, take the next object that waits, and leave without a word where the
peer has no room for them. An object on which the peer breaks off costs one association and touches no other object; after a few
such the trouble is the peer's, and the rest waits.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen
from edge.domain.ports import Outcome, Tell
from sync.dicom.sending.answers import meaning
from sync.dicom.sending.refusal import CLASS_NOT_SUPPORTED
from sync.dicom.sending.upload import Upload, opened
from sync.dicom.speaking.association import Context, NothingTaken, Peer, Timeouts
from sync.dicom.speaking.part10 import Meta, meta
from sync.dicom.speaking.wire import Wire

STREAMS = 4
"""As many as Orthanc serves at once; each holds a few MiB."""

OBJECTS_A_STREAM = 8
BYTES_A_STREAM = 4 * 1024 * 1024
"""What is worth another association."""

_BREAKS_A_BATCH = 3
_CONTEXTS = 128
"""PS3.8 9.3.2.2: identifiers are the odd numbers of one byte."""

UNTRIED = "the line broke before its turn"


def streams_for(objects: Sequence[Frozen]) -> int:
    worth = len(objects) // OBJECTS_A_STREAM + sum(one.body.size for one in objects) // BYTES_A_STREAM
    return max(1, min(STREAMS, len(objects), worth))


def _data_set(first: bytes, end: int, pieces: Iterator[bytes]) -> Iterator[memoryview]:
    """What follows the file meta information; what was given is not held any more."""
    held = [memoryview(first)[end:]]
    del first
    yield held.pop()
    for piece in pieces:
        held.append(memoryview(piece))
        del piece
        yield held.pop()


@dataclasses.dataclass(frozen=True, slots=True)
class _Ready:
    """An object whose beginning was read."""

    frozen: Frozen
    about: Meta
    data_set: Iterator[memoryview]

    @property
    def context(self) -> Context:
        return self.about.sop_class, self.about.syntax


class Sending:
    """``run`` once, in a thread; ``cut`` from another one.

    ``contexts`` are those met so far, and more are added. ``refuse`` says what becomes of an item whose SOP class is not taken.
    ``tell`` is called by any of the streams.
    """

    def __init__(
        self,
        peer: Peer,
        timeouts: Timeouts,
        contexts: dict[Context, None],
        refuse: Callable[[str, str], Outcome],
        tell: Tell,
    ) -> None:
        self.broke = False
        """The peer broke off, or gave no answer."""
        self.crowded = False
        """The peer did not take another association beside the first."""
        self._peer = peer
        self._timeouts = timeouts
        self._contexts = contexts
        self._refuse = refuse
        self._tell = tell
        self._lock = threading.Lock()
        self._waiting: deque[Frozen] = deque()
        self._outcomes: list[Outcome] = []
        self._wires: set[Wire] = set()
        self._opening: set[Wire] = set()
        self._breaks_left = _BREAKS_A_BATCH
        self._cut = False

    def cut(self) -> None:
        """Ends it now, and what is under way with it."""
        with self._lock:
            self._cut = True
            wires = list(self._wires)
        for wire in wires:
            wire.cut()

    def run(self, objects: Sequence[Frozen], streams: int) -> list[Outcome]:
        """One outcome for each of ``objects``."""
        self._waiting.extend(objects)
        self._timeouts = self._timeouts.shared(streams)
        others = [threading.Thread(target=self._aside, name="sending", daemon=True) for _ in range(streams - 1)]
        why = Fault(Reason.DESTINATION_UNREACHABLE, UNTRIED)
        try:
            while (ready := self._take()) is not None:
                self._stream(ready, others)
                self._joined(others)
        except Fault as fault:
            why = fault
            self._joined(others)
        for one in self._waiting:
            self._settle(Outcome(one.item_id, Event.TRY_LATER, why.reason, str(why)))
        return self._outcomes

    def _joined(self, others: list[threading.Thread]) -> None:
        with self._lock:
            late = list(self._opening)
        for wire in late:
            # nothing is left that it would be needed for
            wire.cut()
        for other in others:
            if other.ident is not None:
                other.join()
        others.clear()

    def _aside(self) -> None:
        try:
            self._stream(None, [])
        except Fault:
            # one that was cut because all was sent says nothing of the peer
            self.crowded = self.crowded or bool(self._waiting)

    def _stream(self, ready: _Ready | None, others: Sequence[threading.Thread]) -> None:
        """An association, and another one after each that broke or lacked a context, as long as there is something to send.

        ``others`` are started once the first one stands. Raises Fault where none comes about; what was in hand waits again.
        """
        begun = False
        while ready is not None or not begun:
            if ready is not None:
                self._contexts.setdefault(ready.context)
            proposed = list(self._contexts)[-_CONTEXTS:]
            with self._wire() as wire:
                try:
                    upload = opened(wire, self._peer, proposed, self._timeouts)
                except NothingTaken:
                    begun, ready = True, self._not_taken(ready, proposed)
                    continue
                except Fault:
                    if ready is not None:
                        with self._lock:
                            self._waiting.appendleft(ready.frozen)
                    raise
                with self._lock:
                    self._opening.discard(wire)
                for other in () if begun else others:
                    other.start()
                begun, ready = True, self._exchange(upload, ready or self._take(), proposed)

    def _exchange(self, upload: Upload, ready: _Ready | None, proposed: Sequence[Context]) -> _Ready | None:
        """Sends what waits; gives back what this association is no good for."""
        while ready is not None and ready.context in proposed:
            if ready.context not in upload.accepted:
                self._settle(self._refused(ready))
            elif not self._store(upload, ready):
                return self._take()
            ready = self._take()
        upload.release()
        return ready

    def _not_taken(self, ready: _Ready | None, proposed: Sequence[Context]) -> _Ready | None:
        while ready is not None and ready.context in proposed:
            self._settle(self._refused(ready))
            ready = self._take()
        return ready

    def _store(self, upload: Upload, ready: _Ready) -> bool:
        """Whether the association is still of use."""
        item_id = ready.frozen.item_id
        try:
            status = upload.store(ready.about, ready.data_set, ready.frozen.body.size)
        except Fault as fault:
            self._settle(Outcome.unread(item_id, fault))
            return False
        if status is None:
            with self._lock:
                self.broke = True
                self._breaks_left -= 1
        event, reason, what = meaning(status)
        refused = status == CLASS_NOT_SUPPORTED
        self._settle(self._refused(ready) if refused else Outcome(item_id, event, reason, what))
        return status is not None

    def _refused(self, ready: _Ready) -> Outcome:
        return self._refuse(ready.frozen.item_id, ready.about.sop_class)

    def _take(self) -> _Ready | None:
        """The next object that can be read, while the peer is worth another one."""
        while True:
            with self._lock:
                if self._cut or self._breaks_left <= 0 or not self._waiting:
                    return None
                frozen = self._waiting.popleft()
            pieces = frozen.body.pieces()
            try:
                first = next(pieces)
                about = meta(first)
                return _Ready(frozen, about, _data_set(first, about.end, pieces))
            except Fault as fault:
                self._settle(Outcome.unread(frozen.item_id, fault))
            except ValueError:
                what = "what was frozen is no DICOM object: a mistake of the software, report it"
                self._settle(Outcome(frozen.item_id, Event.REFUSED, Reason.OBJECT_INVALID, what))

    @contextlib.contextmanager
    def _wire(self) -> Iterator[Wire]:
        wire = Wire(self._peer, self._timeouts)
        with self._lock:
            self._wires.add(wire)
            self._opening.add(wire)
            cut = self._cut
        if cut:
            wire.cut()
        try:
            yield wire
        finally:
            with self._lock:
                self._wires.discard(wire)
                self._opening.discard(wire)
            wire.close()

    def _settle(self, outcome: Outcome) -> None:
        with self._lock:
            self._outcomes.append(outcome)
        self._tell(outcome)
