"""A badge reader of PC/SC, through Debian's pcscd: the UID of a contactless card, and when the card is taken away.

By libpcsclite itself: the Python bindings (pyscard) have no wheels for Linux. Types as in pcsclite's pcsclite.h and
wintypes.h: LONG and DWORD are C longs there, and SCARD_READERSTATE is not packed. Not tried on hardware.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from edge.domain.badge import BadgeEvent, ReaderState, Shown, TakenOut, Unread
from edge.domain.fault import Fault, Reason

LIBRARY: Final = "libpcsclite.so.1"

LOOK_SECONDS: Final = 1.0
"""After which readers are counted again: one that is plugged in meanwhile waits no longer."""

GET_UID: Final = bytes.fromhex("FFCA000000")
"""PC/SC part 3, 3.2.2.1.3: Get Data, P1 = 0 for the UID."""

_DONE: Final = b"\x90\x00"

NO_NUMBER = "Badge sans numéro lisible : présentez-le sur le lecteur sans contact, ou tapez votre numéro."
CHANGING_NUMBER = "Ce badge change de numéro à chaque lecture : tapez votre numéro, et demandez un autre badge."
NOT_READ = "Badge non lu : présentez-le de nouveau, à plat sur le lecteur."
NO_SERVICE = "ne répond pas : le service des lecteurs (pcscd) est arrêté. Tapez votre numéro."
DO = "tapez votre numéro"
NO_READER = "n'est pas branché. Branchez-le, ou tapez votre numéro."

_SCOPE_SYSTEM: Final = 2
_SHARE_SHARED: Final = 2
_ANY_PROTOCOL: Final = 3  # T=0 and T=1
_T1: Final = 2
_LEAVE_CARD: Final = 0
_PRESENT: Final = 0x20
_MUTE: Final = 0x200
_CHANGED: Final = 0x2
_LARGEST_ATR: Final = 33
_LARGEST_ANSWER: Final = 258
_LONGEST_LIST: Final = 16 * 129 + 1  # PCSCLITE_MAX_READERS_CONTEXTS names of MAX_READERNAME

_OK: Final = 0
_TIMEOUT: Final = 0x8010000A
_UNKNOWN_READER: Final = 0x80100009
_UNAVAILABLE: Final = 0x80100017
_NO_READERS: Final = 0x8010002E
_CANCELLED: Final = 0x80100002
_RANDOM_UID: Final = 0x08
"""ISO/IEC 14443-3, 6.5.4: a UID of four bytes that begins so is made up anew each time."""


class _ReaderState(ctypes.Structure):
    _fields_ = (
        ("reader", ctypes.c_char_p),
        ("user_data", ctypes.c_void_p),
        ("current", ctypes.c_ulong),
        ("event", ctypes.c_ulong),
        ("atr_length", ctypes.c_ulong),
        ("atr", ctypes.c_ubyte * _LARGEST_ATR),
    )


class _Protocol(ctypes.Structure):
    """SCARD_IO_REQUEST."""

    _fields_ = (("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong))


class NoCard(Exception):
    """The card went, or does not answer."""


class Pcsc:
    """One context of libpcsclite. Every call but ``cancel`` blocks, and is made by one thread at a time.

    Raises Fault(LINK_LOST) where pcscd is not there, Fault(SETTINGS) where the library is not.
    """

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as exc:
            raise Fault(Reason.SETTINGS, NO_SERVICE, DO) from exc
        self._context = ctypes.c_long()
        self._call("SCardEstablishContext", ctypes.c_ulong(_SCOPE_SYSTEM), None, None, ctypes.byref(self._context))

    def _said(self, name: str, *arguments: object) -> int:
        function = getattr(self._library, name)
        function.restype = ctypes.c_long
        return int(function(*arguments)) & 0xFFFFFFFF

    def _call(self, name: str, *arguments: object) -> None:
        said = self._said(name, *arguments)
        if said != _OK:
            raise Fault(Reason.LINK_LOST, NO_SERVICE, DO)

    def close(self) -> None:
        self._said("SCardReleaseContext", self._context)

    def cancel(self) -> None:
        """Ends the ``wait`` of another thread."""
        self._said("SCardCancel", self._context)

    def readers(self) -> Sequence[str]:
        size = ctypes.c_ulong(_LONGEST_LIST)
        names = ctypes.create_string_buffer(_LONGEST_LIST)
        said = self._said("SCardListReaders", self._context, None, names, ctypes.byref(size))
        if said == _NO_READERS:
            return ()
        if said != _OK:
            raise Fault(Reason.LINK_LOST, NO_SERVICE, DO)
        return tuple(name.decode(errors="replace") for name in names.raw[: size.value].split(b"\0") if name)

    def wait(self, known: dict[str, int], seconds: float) -> dict[str, int]:
        """The states of the readers, as soon as one is not what is ``known`` of it, or after ``seconds``.

        A state is bits, and in its upper half how many cards came and went. A reader that went is left out.
        """
        states = (_ReaderState * len(known))()
        for state, (name, before) in zip(states, known.items(), strict=True):
            state.reader, state.current = name.encode(), before
        said = self._said(
            "SCardGetStatusChange",
            self._context,
            ctypes.c_ulong(round(seconds * 1000)),
            states,
            ctypes.c_ulong(len(known)),
        )
        if said in {_TIMEOUT, _CANCELLED}:
            return known
        if said in {_UNKNOWN_READER, _UNAVAILABLE}:
            here = self.readers()
            return {name: state for name, state in known.items() if name in here}
        if said != _OK:
            raise Fault(Reason.LINK_LOST, NO_SERVICE, DO)
        return {state.reader.decode(): int(state.event) & ~_CHANGED for state in states}

    def ask(self, reader: str, command: bytes) -> bytes:
        """The answer of the card in ``reader`` to one APDU, status bytes included. Raises NoCard."""
        card, protocol = ctypes.c_long(), ctypes.c_ulong()
        said = self._said(
            "SCardConnect",
            self._context,
            reader.encode(),
            ctypes.c_ulong(_SHARE_SHARED),
            ctypes.c_ulong(_ANY_PROTOCOL),
            ctypes.byref(card),
            ctypes.byref(protocol),
        )
        if said != _OK:
            raise NoCard(hex(said))
        try:
            header = _Protocol(protocol.value or _T1, ctypes.sizeof(_Protocol))
            answer = ctypes.create_string_buffer(_LARGEST_ANSWER)
            size = ctypes.c_ulong(_LARGEST_ANSWER)
            said = self._said(
                "SCardTransmit",
                card,
                ctypes.byref(header),
                command,
                ctypes.c_ulong(len(command)),
                None,
                answer,
                ctypes.byref(size),
            )
            if said != _OK:
                raise NoCard(hex(said))
            return bytes(answer.raw[: size.value])
        finally:
            self._said("SCardDisconnect", card, ctypes.c_ulong(_LEAVE_CARD))


def number_of(answer: bytes) -> Shown | Unread:
    """Of the answer to GET_UID: the number, or why there is none."""
    uid, status = answer[:-2], answer[-2:]
    if status != _DONE or len(uid) < 2:
        return Unread(NO_NUMBER)
    if len(uid) == 4 and uid[0] == _RANDOM_UID:
        return Unread(CHANGING_NUMBER)
    return Shown(uid.hex().upper())


@dataclasses.dataclass(frozen=True, slots=True)
class _Slot:
    """A reader as it was last looked at. ``number`` of the card in it, "" for none or one without."""

    state: int = 0
    number: str = ""


class PcscReader:
    """Implements BadgeReader over every reader of pcscd whose name begins with ``name``."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._slots: dict[str, _Slot] = {}
        self._told: ReaderState | None = None

    async def events(self) -> AsyncIterator[BadgeEvent]:
        while True:
            try:
                pcsc = await asyncio.to_thread(Pcsc)
            except Fault as fault:
                for event in self._lost(fault.what):
                    yield event
                await asyncio.sleep(LOOK_SECONDS)
                continue
            try:
                while True:
                    for event in await self._look(pcsc):
                        yield event
                    if not self._slots:
                        await asyncio.sleep(LOOK_SECONDS)
            except Fault as fault:
                for event in self._lost(fault.what):
                    yield event
                await asyncio.sleep(LOOK_SECONDS)
            finally:
                await asyncio.shield(asyncio.to_thread(pcsc.close))

    async def _look(self, pcsc: Pcsc) -> list[BadgeEvent]:
        """Whoever cancels this does not wait for the thread that waits."""
        looking = asyncio.ensure_future(asyncio.to_thread(self._looked, pcsc))
        try:
            return await asyncio.shield(looking)
        except asyncio.CancelledError:
            while not looking.done():
                # it writes to pcscd's socket: one that hangs must not hold up whoever waits in this loop
                cancelled = asyncio.ensure_future(asyncio.to_thread(pcsc.cancel))
                await asyncio.wait({looking}, timeout=0.05)
                await asyncio.wait({looking, cancelled}, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(Fault):
                looking.result()
            raise

    def _looked(self, pcsc: Pcsc) -> list[BadgeEvent]:
        """One look at every reader, of LOOK_SECONDS at most where nothing happens."""
        here = [name for name in pcsc.readers() if name.startswith(self._name)]
        events: list[BadgeEvent] = list(self._gone(here))
        if not here:
            return [*events, *self._tell(ReaderState(connected=False, what=NO_READER))]
        events += self._tell(ReaderState(connected=True))
        known = {name: self._slots.get(name, _Slot()).state for name in here}
        found = pcsc.wait(known, 0 if events else LOOK_SECONDS)
        events += self._gone(found)
        for name, state in found.items():
            if state != self._slots.get(name, _Slot(-1)).state:
                events += self._changed(pcsc, name, state)
        return events

    def _changed(self, pcsc: Pcsc, name: str, state: int) -> Iterator[BadgeEvent]:
        before = self._slots.get(name, _Slot())
        came_or_went = state >> 16 != before.state >> 16 or not before.state
        present = bool(state & _PRESENT)
        if before.number and (came_or_went or not present):
            yield TakenOut(before.number)
            before = _Slot()
        number = before.number
        if present and came_or_went:
            read = self._read(pcsc, name) if not state & _MUTE else Unread(NOT_READ)
            number = read.number if isinstance(read, Shown) else ""
            yield read
        self._slots[name] = _Slot(state, number)

    @staticmethod
    def _read(pcsc: Pcsc, name: str) -> Shown | Unread:
        try:
            return number_of(pcsc.ask(name, GET_UID))
        except NoCard:
            return Unread(NOT_READ)

    def _gone(self, here: Sequence[str] | dict[str, int]) -> Iterator[BadgeEvent]:
        """A reader that is pulled out takes its badge with it."""
        for name in [one for one in self._slots if one not in here]:
            if number := self._slots.pop(name).number:
                yield TakenOut(number)

    def _lost(self, what: str) -> list[BadgeEvent]:
        return [*self._gone(()), *self._tell(ReaderState(connected=False, what=what))]

    def _tell(self, state: ReaderState) -> Iterator[BadgeEvent]:
        if state != self._told:
            self._told = state
            yield state
