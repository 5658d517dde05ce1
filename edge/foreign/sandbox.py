"""A process of its own for what strangers made: whatever it does to its reader, the cart loses one object (T7, T8).

The worker is ``python -m MODULE``, which calls ``edge.foreign.serving.serve``. It is started when it is needed, reused, replaced
after some objects, and gone when nobody asked for a while.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Final, Generic, TypeVar

import msgspec

from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, InMemory
from edge.domain.text import sanitise_line
from edge.foreign import messages as m

Content = TypeVar("Content")

_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}
"""No credential and no path of the parent's is handed on; a thread of a library would cost address space."""

_MODULE: Final = ("-m",)
_LONGEST_WORDS: Final = 300


class NotStarted(OSError):
    """The worker could not be started, which says nothing about the object: it is to be tried again."""


class Sandbox(Generic[Content]):
    """Used by one thread at a time, the others wait. ``command``: the worker's module and its arguments.

    ``content`` is the type of what it makes of an object.
    """

    def __init__(self, command: Sequence[str], content: type[Content], limits: m.Limits | None = None) -> None:
        self._command = command
        self._limits = limits or m.Limits()
        self._answers: msgspec.msgpack.Decoder[m.Answer] = msgspec.msgpack.Decoder(m.Answer)
        self._contents = msgspec.msgpack.Decoder(content)
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._asked = 0
        self._leaving: threading.Timer | None = None
        self.confined = False
        """Whether the kernel confined the worker that was started last."""

    @property
    def pid(self) -> int | None:
        """Of the worker, where one waits or works."""
        worker = self._worker
        return worker.pid if worker else None

    def read(self, data: bytes | Body) -> Content:
        """What stands in ``data``. Raises Fault(UNDECODABLE), the reader's own Fault or that of ``data``; NotStarted."""
        data = InMemory(data) if isinstance(data, bytes) else data
        if data.size > self._limits.object_bytes:
            raise _undecodable(f"the file is larger than {self._limits.object_bytes // 1024 // 1024} MiB")
        with self._lock:
            if self._leaving is not None:
                self._leaving.cancel()
            if self._worker is not None and self._worker.poll() is not None:
                # while it waited: this object has nothing to do with that
                self._end()
            worker = self._worker or self._started()
            try:
                answer = self._answer(worker, data)
            except BaseException:
                self._end()
                raise
            self._asked += 1
            if self._asked >= self._limits.objects or (isinstance(answer, m.Refused) and answer.spent):
                self._end()
            else:
                self._leaving = threading.Timer(self._limits.idle_seconds, self.close)
                self._leaving.daemon = True
                self._leaving.start()
        match answer:
            case m.Refused():
                raise Fault(answer.reason, _words(answer.what), _words(answer.do))
            case m.Read():
                return self._content(answer)

    def close(self) -> None:
        """Ends the worker. The next object starts another one."""
        with self._lock:
            if self._leaving is not None:
                self._leaving.cancel()
            self._end()

    def __enter__(self) -> Sandbox[Content]:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _content(self, answer: m.Read) -> Content:
        try:
            return self._contents.decode(answer.content)
        except (msgspec.MsgspecError, ValueError) as exc:
            raise _undecodable("the reader of the file answered nonsense") from exc

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            worker = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", *_MODULE, *self._command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                bufsize=0,
            )
        except OSError as exc:
            raise NotStarted("the reader of foreign files does not start") from exc
        self._worker, self._asked = worker, 0
        try:
            with _watched(worker, self._limits.start_seconds):
                _say(worker, InMemory(msgspec.msgpack.encode(self._limits)))
                ready = msgspec.msgpack.decode(_heard(worker, 1024) or b"", type=m.Ready)
        except (OSError, msgspec.MsgspecError) as exc:
            self._end()
            raise NotStarted("the reader of foreign files does not start") from exc
        self.confined = ready.confined
        return worker

    def _answer(self, worker: subprocess.Popen[bytes], data: Body) -> m.Answer:
        try:
            with _watched(worker, self._limits.wall_seconds):
                _say(worker, data)
                said = _heard(worker, self._limits.answer_bytes)
        except BrokenPipeError:
            said = None
        if said is None:
            raise _undecodable("the file was too much for its reader, or made it fail")
        try:
            return self._answers.decode(said)
        except msgspec.MsgspecError as exc:
            raise _undecodable("the reader of the file answered nonsense") from exc

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()


def _undecodable(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, what, "the file is kept; the next one is read as ever")


def _words(text: str) -> str:
    return sanitise_line(text[:_LONGEST_WORDS])


@contextlib.contextmanager
def _watched(worker: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """A worker that takes longer is killed: its pipes then end."""
    watch = threading.Timer(seconds, worker.kill)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _say(worker: subprocess.Popen[bytes], content: Body) -> None:
    """Raises BrokenPipeError, and the Fault of ``content``."""
    pipe = _pipe(worker.stdin)
    for piece in itertools.chain((m.LENGTH.pack(content.size),), content.pieces()):
        view = memoryview(piece)
        while view:
            view = view[pipe.write(view) or 0 :]


def _heard(worker: subprocess.Popen[bytes], most: int) -> bytearray | None:
    """One message; None where the worker is gone, or announces more than ``most`` bytes."""
    pipe = _pipe(worker.stdout)
    head = _exactly(pipe, m.LENGTH.size)
    if head is None:
        return None
    (length,) = m.LENGTH.unpack(head)
    return _exactly(pipe, length) if length <= most else None


def _exactly(pipe: io.FileIO, length: int) -> bytearray | None:
    content = bytearray(length)
    with memoryview(content) as view:
        at = 0
        while at < length:
            count = pipe.readinto(view[at:])
            if not count:
                return None
            at += count
    return content


def _pipe(pipe: IO[bytes] | None) -> io.FileIO:
    assert isinstance(pipe, io.FileIO)
    return pipe
