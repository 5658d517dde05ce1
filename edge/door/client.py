"""The client's side of the door."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType

import msgspec

from edge.domain.fault import Fault, Reason
from edge.door import messages as m


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One framed message. Raises asyncio.IncompleteReadError at the end, Fault for a length nobody should send."""
    size = int.from_bytes(await reader.readexactly(4), "big")
    if size > m.MAXIMUM:
        raise Fault(Reason.NOT_ALLOWED, f"a message of {size} bytes came through the door", "restart that process")
    return await reader.readexactly(size)


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class DoorClient:
    """``async with DoorClient(path, role) as door``: then iterate ``door.said()`` and call ``door.ask(command)``.

    Answers are matched while ``said()`` is being iterated, so exactly one task must iterate it.
    """

    def __init__(self, path: Path, role: str) -> None:
        self._path = path
        self._role = role
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._closed = False

    async def __aenter__(self) -> DoorClient:
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(self._path)
        except OSError as exc:
            raise Fault(
                Reason.LINK_REFUSED, "the cart's edge process does not answer at its door", "start telecart edge"
            ) from exc
        self._send(m.Hello(id=0, role=self._role))
        return self

    async def __aexit__(self, *exc: tuple[type[BaseException], BaseException, TracebackType] | None) -> None:
        self._writer.close()
        self._nobody_answers()

    def _send(self, command: m.Command) -> None:
        self._writer.write(frame(m.encode(command)))

    def _settle(self, number: int, fault: Fault | None) -> None:
        answer = self._answers.pop(number, None)
        if answer is None or answer.done():
            return
        if fault is None:
            answer.set_result(None)
        else:
            answer.set_exception(fault)

    def _nobody_answers(self) -> None:
        for number in list(self._answers):
            self._settle(number, Fault(Reason.LINK_LOST, "the door closed", "try again"))
        self._closed = True

    async def said(
        self,
    ) -> AsyncIterator[
        m.Snapshot | m.StillWanted | m.SoundWanted | m.ShowWindows | m.LiveTrace | m.ForSpecialist | m.Pictured
    ]:
        """Snapshots and requests until the door closes; then returns."""
        while True:
            try:
                said = m.decode_said(await read_message(self._reader))
            except (asyncio.IncompleteReadError, ConnectionError):
                self._nobody_answers()
                return
            match said:
                case m.Done():
                    self._settle(said.id, None)
                case m.Refused():
                    self._settle(said.id, Fault(Reason(said.reason), said.what, said.do))
                case _:
                    yield said

    async def ask(self, command: m.Command) -> None:
        """Sends ``command`` and waits for its answer. Raises Fault when it is refused or the door closes."""
        if self._closed:
            raise Fault(Reason.LINK_LOST, "the door closed", "try again")
        number = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._send(msgspec.structs.replace(command, id=number))
        # no drain: it would raise where the answer tells the same; one command at a time keeps the buffer small
        await answer
