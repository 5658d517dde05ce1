"""A Record Access Control Point (0x2A52): the memory of a device, asked for by its numbers. GLS 1.0.1, 3.4; PLXS 1.0.1, 3.5."""

from __future__ import annotations

import asyncio
import bisect
import enum
import struct
from collections.abc import Awaitable, Callable, Sequence

from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue

from firmware_stubs.gatt.peripheral import HangUp

PROCEDURE_IN_PROGRESS = 0x80
NOT_CONFIGURED = 0x81
"""GLS 1.0, table 1.1: the Client Characteristic Configuration is not as it must be."""


class Op(enum.IntEnum):
    REPORT = 1
    DELETE = 2
    ABORT = 3
    COUNT = 4
    COUNT_RESPONSE = 5
    RESPONSE = 6


class Answer(enum.IntEnum):
    SUCCESS = 1
    OP_NOT_SUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_NOT_SUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_UNSUCCESSFUL = 7
    NOT_COMPLETED = 8
    OPERAND_NOT_SUPPORTED = 9


Frame = tuple[Characteristic[bytes], bytes]
Record = tuple[int, Sequence[Frame]]
"""A sequence number, and the frames that tell of it."""
Tell = Callable[[Characteristic[bytes], bytes, Connection], Awaitable[None]]

_ENDS = frozenset(
    (bytes((Op.RESPONSE, 0, Op.REPORT, Answer.SUCCESS)), bytes((Op.RESPONSE, 0, Op.ABORT, Answer.SUCCESS)))
)
_NOTHING = frozenset((bytes((Op.RESPONSE, 0, Op.REPORT, Answer.NO_RECORDS)), bytes((Op.COUNT_RESPONSE, 0, 0, 0))))
"""Answers after which a central has no more to ask, if it asked for everything."""

ALL = 1
SEQUENCE_NUMBER = 1
USER_FACING_TIME = 2


class RecordAccess:
    """``records`` are sorted by their numbers; ``requests`` is what was written.

    ``tell`` sends one frame; ``ready`` says whether all is subscribed to; ``pause`` seconds lie between two records.
    ``drop_after`` hangs up after so many records of the next report, once.
    """

    def __init__(self, tell: Tell, ready: Callable[[], bool]) -> None:
        self.records: list[Record] = []
        self.requests: list[bytes] = []
        self.pause = 0.0
        self.drop_after: int | None = None
        self._tell = tell
        self._ready = ready
        self._wanted: asyncio.Queue[bytes] = asyncio.Queue()
        self._reporting = False
        self._aborted = False
        self.point: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A52),
            Characteristic.Properties.WRITE | Characteristic.Properties.INDICATE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._write),
        )

    def _write(self, _connection: Connection, value: bytes) -> None:
        if not self._ready():
            raise ATT_Error(NOT_CONFIGURED)
        self.requests.append(value)
        if value[:1] == bytes([Op.ABORT]) and self._reporting:
            self._aborted = True
            return
        if self._reporting:
            raise ATT_Error(PROCEDURE_IN_PROGRESS)
        self._reporting = True
        self._wanted.put_nowait(value)

    async def serve(self, connection: Connection) -> None:
        """Obeys requests until ``connection`` ends; returns when one report is done, or there is nothing to report.

        Later requests on the same connection are obeyed too. Raises HangUp where the device is to leave in the midst.
        """
        self._reporting = self._aborted = False
        while not self._wanted.empty():
            self._wanted.get_nowait()
        reported: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        connection.cancel_on_disconnection(self._obey_all(connection, reported))
        await reported

    async def _obey_all(self, connection: Connection, reported: asyncio.Future[None]) -> None:
        while True:
            request = await self._wanted.get()
            try:
                answer = await self._obey(connection, request)
                await self._tell(self.point, answer, connection)
            except HangUp as leaving:
                if not reported.done():
                    reported.set_exception(leaving)
                return
            finally:
                self._reporting = self._aborted = False
            everything = request[1:] == bytes([ALL])
            if not reported.done() and (answer in _ENDS or (everything and answer in _NOTHING)):
                reported.set_result(None)

    async def _obey(self, connection: Connection, request: bytes) -> bytes:
        op = request[0] if request else 0
        if op == Op.ABORT:
            return self._response(op, Answer.SUCCESS)
        if op not in (Op.REPORT, Op.COUNT):
            return self._response(op, Answer.OP_NOT_SUPPORTED)
        chosen = self._choose(request[1:])
        if isinstance(chosen, Answer):
            return self._response(op, chosen)
        if op == Op.COUNT:
            return struct.pack("<BBH", Op.COUNT_RESPONSE, 0, len(chosen))
        if not chosen:
            return self._response(op, Answer.NO_RECORDS)
        for sent, (_number, frames) in enumerate(chosen):
            if self.drop_after is not None and sent >= self.drop_after:
                self.drop_after = None
                raise HangUp
            for characteristic, frame in frames:
                await self._tell(characteristic, frame, connection)
            await asyncio.sleep(self.pause)
            if self._aborted:
                return self._response(Op.ABORT, Answer.SUCCESS)
        return self._response(op, Answer.SUCCESS)

    @staticmethod
    def _response(op: int, answer: Answer) -> bytes:
        return bytes([Op.RESPONSE, 0, op, answer])

    def _choose(self, operation: bytes) -> Sequence[Record] | Answer:
        """The records of an operator and its operand (GLS 1.0.1, table 3.9), or why there are none."""
        if not operation or operation[0] == 0 or operation[0] > 6:
            return Answer.INVALID_OPERATOR
        operator, operand = operation[0], operation[1:]
        if operator in (1, 5, 6):
            if operand:
                return Answer.INVALID_OPERAND
            return {1: self.records, 5: self.records[:1], 6: self.records[-1:]}[operator]
        if operand[:1] == bytes([USER_FACING_TIME]):
            return Answer.OPERAND_NOT_SUPPORTED
        if operand[:1] != bytes([SEQUENCE_NUMBER]) or len(operand) != (5 if operator == 4 else 3):
            return Answer.INVALID_OPERAND
        numbers = struct.unpack(f"<{len(operand) // 2}H", operand[1:])
        first = bisect.bisect_left(self.records, numbers[0], key=lambda record: record[0])
        after = bisect.bisect_right(self.records, numbers[-1], key=lambda record: record[0])
        if operator == 2:
            return self.records[:after]
        if operator == 3:
            return self.records[first:]
        return self.records[first:after] if numbers[0] <= numbers[1] else Answer.INVALID_OPERAND
