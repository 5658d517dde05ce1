"""The residents' record as `telecart sync` hears it: ADT over MLLP, and tables in a folder."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from pathlib import Path

import structlog

from edge import residents_table
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.movement import Kept, Movement, Outcome, Received, Taken
from edge.domain.ports import Clock
from edge.mains.clock import SystemClock
from edge.mains.lines import is_loopback
from edge.mains.places import destinations
from edge.record_settings import Mllp
from edge.residents_table import WrongLine, WrongTable
from edge.settings import Settings
from edge.store.face_book import StoredFaces
from edge.store.movement_book import House, ListRefused, StoredMovements
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread
from sync.record import acknowledging, adt, header
from sync.record.folder import Folder, Verdict
from sync.record.framing import Frame
from sync.record.header import NotTaken
from sync.record.listener import Listener, Place
from sync.tls import Identity, Tls

log = structlog.get_logger()

THE_RECORD = Actor(Who(KnownBy.PROGRAM, "record"), Origin("sync"))


def house_of(settings: Settings) -> House:
    site = settings.site
    return House(site.issuer, site.accession_prefix, destinations(settings), demonstration=settings.demo)


def place_of(mllp: Mllp) -> Place:
    """Raises Fault(SETTINGS) where a line would be plain that nobody allowed to be (T10)."""
    identity = None
    if mllp.ca or mllp.certificate or mllp.key:
        tls = Tls(mllp.ca, mllp.certificate, mllp.key)
        identity = Identity(tls, functools.partial(tls.listening, "the residents' record"))
    elif not mllp.plain and not (is_loopback(mllp.host) and all(is_loopback(one) for one in mllp.callers)):
        raise Fault(
            Reason.SETTINGS,
            "[record.mllp]: nothing would be encrypted on the way from the residents' record",
            "name `ca`, `certificate` and `key`, or write `plain = true` where the network itself keeps it secret",
        )
    return Place(mllp.host, mllp.port, mllp.callers, identity, mllp.patience)


class Desk:
    """Answers each message, after what became of it is on the disk."""

    def __init__(self, settings: Settings, store: StoreThread[Opened], clock: Clock) -> None:
        self._settings = settings
        self._book = StoredMovements(store, house_of(settings))
        self._clock = clock
        self._count = 0

    async def answer(self, frame: Frame) -> bytes | None:
        """None for what does not even begin as a message."""
        now = self._clock.now()
        local = now.utc.astimezone()
        self._count += 1
        number = int(now.utc.timestamp() * 1000) * 100 + self._count % 100
        head = header.read(frame.content)
        if head is None:
            log.warning("record_message", outcome="not_a_message")
            return acknowledging.refused(None, number, local, NotTaken("AR", 100, "this does not begin with an MSH"))
        try:
            received, why = self._read(frame, head)
            taken = await self._book.take(received, now, THE_RECORD)
        except Fault as fault:
            log.warning("record_not_kept", reason=fault.reason.value, what=fault.what)
            why = NotTaken("AR", 207, f"the cart cannot keep it now: {fault.what}")
            return acknowledging.refused(head, number, local, why)
        log.info("record_message", number=taken.number, outcome=taken.outcome.value, again=taken.again)
        if taken.outcome is Outcome.REFUSED:
            return acknowledging.refused(head, number, local, why or NotTaken("AE", _number(taken), taken.reason))
        return acknowledging.accepted(head, number, local)

    def _read(self, frame: Frame, head: header.Header) -> tuple[Received, NotTaken | None]:
        try:
            if not frame.whole:
                raise NotTaken("AR", 207, "the message has more than 1 MiB")
            site = self._settings.site
            names = (site.issuer, site.issuer_oid)
            return adt.received(frame.content, head, names, demonstration=self._settings.demo), None
        except NotTaken as why:
            return adt.not_read(frame.content, head, why), why


def _number(taken: Taken) -> int:
    """Of table 0357."""
    return 204 if "identifier" in taken.reason else 102


class Tables:
    """Takes in a table of the folder, with its pictures."""

    def __init__(self, settings: Settings, store: StoreThread[Opened], clock: Clock) -> None:
        self._settings = settings
        self._faces = StoredFaces(store)
        self._book = StoredMovements(store, house_of(settings))
        self._clock = clock

    async def take(self, path: Path) -> Verdict:
        """Raises Fault where the store does not take it now. A picture that is not taken is said, its resident is taken in."""
        issuer, demo = self._settings.site.issuer, self._settings.demo
        try:
            table = await asyncio.to_thread(residents_table.read_all, path, issuer, demonstration=demo)
        except WrongTable as exc:
            return Verdict(taken=False, lines=_told(exc.lines))
        except Fault as fault:
            return Verdict(taken=False, lines=[fault.what.removeprefix(f"{path}: ")])
        if not table.residents:
            return Verdict(taken=False, lines=["there is nobody in it"])
        try:
            changed = await self._book.take_list(table.residents, self._clock.now(), THE_RECORD, table.spoken_of)
        except ListRefused as exc:
            return Verdict(
                taken=False, lines=[f"resident {one.place + 1} of the table: {one.reason}" for one in exc.lines]
            )
        log.info("record_listed", residents=len(table.residents), changed=changed)
        if not table.pictured:
            return Verdict(taken=True)
        from edge.mains import faces  # what reads pictures is loaded where there are some

        brought = await faces.bring_in(self._faces, table.pictured, path.parent, self._clock, THE_RECORD)
        return Verdict(taken=True, lines=_told(brought.wrong))


def _told(lines: Sequence[WrongLine]) -> list[str]:
    return [f"line {one.line}: {one.reason}" for one in lines]


def reread(settings: Settings, _kept: Kept, raw: bytes) -> Movement:
    """What a kept message tells. Raises Fault(UNDECODABLE) where nothing of it is left."""
    head = header.read(raw)
    site = settings.site
    try:
        if head is None:
            raise NotTaken("AR", 100, "its words are not here any more")
        found = adt.received(raw, head, (site.issuer, site.issuer_oid), demonstration=settings.demo)
    except NotTaken as exc:
        raise Fault(Reason.UNDECODABLE, exc.what, "refuse it, and have the record say it again") from exc
    if found.movement is None:
        raise Fault(Reason.UNDECODABLE, "it says nothing that concerns a cart", "refuse it")
    return found.movement


async def keep_listening(settings: Settings, store: StoreThread[Opened], clock: SystemClock) -> None:
    """Until cancelled; returns at once where the settings name no record. Raises Fault(SETTINGS)."""
    record = settings.record
    if record is None:
        return
    async with asyncio.TaskGroup() as tasks:
        if record.csv is not None:
            tables = Tables(settings, store, clock)
            folder = Folder(record.csv.folder, tables.take, lambda: clock.now().utc)
            tasks.create_task(folder.watch())
        if record.mllp is not None:
            desk = Desk(settings, store, clock)
            async with Listener(place_of(record.mllp), desk.answer).open():
                await asyncio.Event().wait()
