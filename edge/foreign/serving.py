"""The worker's side: limits first, then one object after another until its parent is gone."""

from __future__ import annotations

import io
import math
import os
import resource
from collections.abc import Callable
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.foreign import messages as m
from edge.foreign.confinement import confine, limit

_encoder: Final = msgspec.msgpack.Encoder()

_PIECE: Final = 64 * 1024


class Coming:
    """An object of ``size`` bytes on its way: what is taken is not held here."""

    def __init__(self, asked: io.BufferedReader[io.FileIO], size: int) -> None:
        self._asked = asked
        self.size = size
        self.left = size

    def take(self, most: int) -> bytes:
        """The next ``most`` bytes, fewer where the object ends. Raises EOFError where the parent is gone."""
        wanted = min(most, self.left)
        piece = self._asked.read(wanted)
        if len(piece) < wanted:
            raise EOFError
        self.left -= wanted
        return piece

    def leave(self) -> None:
        """What was not taken has to come all the same, before an answer goes. Raises EOFError."""
        while self.left:
            self.take(_PIECE)


def serve(read: Callable[[bytes], object]) -> None:
    """Answers with what ``read`` makes of each object, or with its Fault. Does not return before the parent is gone.

    Whatever ``read`` will ever import has to be imported before: nothing can be opened later on.
    """
    serve_coming(lambda coming: read(coming.take(coming.size)))


def serve_coming(read: Callable[[Coming], object]) -> None:
    """As ``serve``, of objects that need not be held whole."""
    raw, answers = _pipes()
    # it reads into what it returns: an object is in memory once
    asked = io.BufferedReader(raw)
    limits = msgspec.msgpack.decode(_take(asked, 64 * 1024) or b"", type=m.Limits)
    limit(limits.memory_bytes)
    _say(answers, m.Ready(confine()))
    while (coming := _next(asked, limits.object_bytes)) is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(usage.ru_utime + usage.ru_stime) + limits.cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        try:
            answer = _answer(read, coming)
            coming.leave()
        except EOFError:
            return
        _say(answers, answer)
        if isinstance(answer, m.Refused) and answer.spent:
            return


def _answer(read: Callable[[Coming], object], coming: Coming) -> m.Answer:
    """Raises EOFError."""
    try:
        return m.Read(msgspec.Raw(_encoder.encode(read(coming))))
    except EOFError:
        if coming.left:
            raise
        return m.Refused(Reason.UNDECODABLE, "the file cannot be read", "the file is kept")
    except Fault as fault:
        return m.Refused(fault.reason, fault.what, fault.do)
    except (MemoryError, RecursionError):
        what = "the file needs more memory than is given to one"
        return m.Refused(Reason.UNDECODABLE, what, "the file is kept", spent=True)
    except Exception:  # noqa: BLE001
        # the readers' libraries promise no set of exceptions; its words may hold what stands in the file
        return m.Refused(Reason.UNDECODABLE, "the file cannot be read", "the file is kept")


def _pipes() -> tuple[io.FileIO, io.FileIO]:
    """The pipes of the parent. What a library prints, patient data perhaps, goes nowhere."""
    asked, answers = io.FileIO(os.dup(0), "rb"), io.FileIO(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return asked, answers


def _take(asked: io.BufferedReader[io.FileIO], most: int) -> bytes | None:
    """None at the end of the pipe, or for a length that nobody may say."""
    coming = _next(asked, most)
    return _exactly(asked, coming.size) if coming else None


def _next(asked: io.BufferedReader[io.FileIO], most: int) -> Coming | None:
    """As ``_take``."""
    head = _exactly(asked, m.LENGTH.size)
    if head is None:
        return None
    (length,) = m.LENGTH.unpack(head)
    return Coming(asked, length) if length <= most else None


def _exactly(asked: io.BufferedReader[io.FileIO], length: int) -> bytes | None:
    content = asked.read(length)
    return content if len(content) == length else None


def _say(answers: io.FileIO, said: m.Ready | m.Answer) -> None:
    content = _encoder.encode(said)
    for piece in (m.LENGTH.pack(len(content)), content):
        view = memoryview(piece)
        while view:
            view = view[answers.write(view) or 0 :]
