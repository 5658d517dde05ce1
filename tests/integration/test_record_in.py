"""A record that speaks MLLP to the cart's own listener, over the real store: what is answered is on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from edge.domain.audit import THE_CART
from edge.domain.fault import Fault
from edge.domain.movement import Outcome
from edge.domain.patient import IdentityStatus, Patient
from edge.mains import movements as command, record_in
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_thread, places_of
from edge.record_settings import Csv, Mllp, Record as Named
from edge.settings import Settings
from edge.store.keeping import movements
from edge.store.ledger import EdgeStore, open_for_sync
from edge.store.thread import StoreThread
from firmware_stubs.record_sender import Doctor, Line, Person, Record, code_of, tell
from sync.record.folder import REFUSED, TAKEN, Folder
from sync.record.framing import MOST
from sync.record.listener import MOST_LINES, Listener
from tests.certificates import Authority

HOST = "127.0.0.1"
ANNE = Person(
    "42",
    "LEFÈVRE",
    "Anne Marie",
    "19380312",
    "F",
    room="12",
    used="MARTIN",
    place="63220",
    ins=("279035121518989", "1.2.250.1.213.1.4.10"),
    status="VALI",
    allergies=("Pénicilline",),
    doctor=Doctor("MOREL", "Paul", "10001234567"),
    guardian=("UDAF", "0102030405"),
)
PAUL = Person("43", "GARNIER", "Paul", "19400101", "M", room="14")


@dataclasses.dataclass
class House:
    settings: Settings
    edge: StoreThread[EdgeStore]
    listener: Listener

    async def line(self) -> Line:
        return Line(HOST, self.listener.port)

    async def residents(self) -> dict[str, Patient]:
        return {one.id: one for one in await self.edge.run(lambda store: store.journal.patients())}

    async def count(self) -> int:
        return await self.edge.run(lambda s: int(s.run("SELECT count(*) FROM movement").fetchone()[0]))


@contextlib.asynccontextmanager
async def house(folder: Path, mllp: Mllp) -> AsyncIterator[House]:
    settings = Settings(data=folder, demo=True, record=Named(mllp=mllp))
    edge = own_thread(settings, of_process("test"))
    async with edge as ours, StoreThread(lambda: open_for_sync(places_of(settings))) as theirs:
        desk = record_in.Desk(settings, theirs, SystemClock())
        listener = Listener(dataclasses.replace(record_in.place_of(mllp), port=0), desk.answer)
        async with listener.open():
            yield House(settings, ours, listener)


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, Mllp(host=HOST, port=2575, callers=(HOST,))) as found:
        yield found


async def test_a_stay_from_admission_to_death(cart: House) -> None:
    record = Record()
    async with await cart.line() as line:
        assert code_of(await line.say(record.admitted(ANNE))) == ("AA", "DUI00000001")
        anne = (await cart.residents())["42"]
        assert (anne.birth_name, anne.used_name, anne.room) == ("LEFÈVRE", "MARTIN", "12")
        assert (anne.status, anne.birth_place) == (IdentityStatus.QUALIFIED, "63220")
        assert (anne.allergies, anne.representative) == (("Pénicilline",), "UDAF, 0102030405")
        assert anne.treating_doctor is not None
        assert anne.treating_doctor.rpps == "10001234567"
        await line.say(record.moved(dataclasses.replace(ANNE, room="20")))
        assert (await cart.residents())["42"].room == "20"
        await line.say(record.left(ANNE, dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC)))
        assert (await cart.residents())["42"].departed == dt.date(2026, 11, 1)
        await line.say(record.stays(ANNE))
        assert (await cart.residents())["42"].departed is None
        await line.say(record.died(ANNE, dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)))
        assert (await cart.residents())["42"].departed == dt.date(2026, 11, 2)


async def test_an_answer_that_is_lost_and_a_message_that_comes_again(cart: House) -> None:
    message = Record().admitted(ANNE)
    _, writer = await asyncio.open_connection(HOST, cart.listener.port)
    # the caller goes away with a reset before it has read what is answered
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.write(b"\x0b" + message + b"\x1c\r")
    await writer.drain()
    writer.close()
    assert code_of(await tell(HOST, cart.listener.port, message)) == ("AA", "DUI00000001")
    assert code_of(await tell(HOST, cart.listener.port, message)) == ("AA", "DUI00000001")
    assert await cart.count() == 1
    assert set(await cart.residents()) == {"42"}


async def test_lines_that_say_nothing_or_half_of_something_hold_up_nobody(cart: House) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for number in range(MOST_LINES + 3):
            silent = await stack.enter_async_context(await cart.line())
            if number % 2:
                await silent.write(b"\x0bMSH|^~\\&|half")
        assert code_of(await tell(HOST, cart.listener.port, Record().admitted(ANNE)))[0] == "AA"


async def test_garbage_ends_the_line_or_is_answered_and_nothing_is_lost(cart: House) -> None:
    async with await cart.line() as line:
        await line.write(bytes(range(32, 127)) * 100)
        answer = await line.say(b"\xff\xfe\x00nothing of HL7")
        assert b"MSA|AR|" in answer
    async with await cart.line() as line:
        with contextlib.suppress(OSError):
            await line.write(b"GET / HTTP/1.1\r\n" * 20_000)
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await line.answer()
    assert code_of(await tell(HOST, cart.listener.port, Record().admitted(ANNE)))[0] == "AA"


async def test_a_message_of_a_mebibyte_is_taken_and_a_longer_one_refused_by_name(cart: House) -> None:
    record = Record()
    message = record.admitted(ANNE)
    long = message + b"OBX|1|ED|X||" + b"A" * (MOST - len(message) - 13) + b"\r"
    assert code_of(await tell(HOST, cart.listener.port, long))[0] == "AA"
    longer = record.admitted(PAUL) + b"OBX|1|ED|X||" + b"A" * MOST
    async with await cart.line() as line:
        writing = asyncio.ensure_future(line.write(b"\x0b" + longer + b"\x1c\r"))
        assert code_of(await line.answer()) == ("AR", "DUI00000002")
        with contextlib.suppress(OSError):
            await writing
    assert set(await cart.residents()) == {"42"}


@pytest.mark.parametrize(("charset", "codec"), [("8859/1", "iso8859-1"), ("8859/15", "iso8859-15")])
async def test_other_characters(cart: House, charset: str, codec: str) -> None:
    answer = await tell(HOST, cart.listener.port, Record(charset=charset, codec=codec).admitted(ANNE))
    assert code_of(answer)[0] == "AA"
    assert (await cart.residents())["42"].birth_name == "LEFÈVRE"


@pytest.mark.hazard("T15", without="tests.controls_record:everybody_may_call")
async def test_nobody_else_may_call(tmp_path: Path) -> None:
    mllp = Mllp(host=HOST, port=2575, callers=("192.0.2.7",), plain=True)
    async with house(tmp_path, mllp) as cart:
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            async with await cart.line() as line:
                await line.say(Record().admitted(ANNE))
        assert await cart.count() == 0


def test_no_plain_line_that_nobody_allowed() -> None:
    with pytest.raises(Fault) as caught:
        record_in.place_of(Mllp(host="192.0.2.20", port=2575, callers=("192.0.2.7",)))
    assert "plain" in caught.value.do


async def test_over_tls_the_caller_shows_its_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "certificates", "house")
    ours, theirs = authority.issue("cart", HOST), authority.issue("dui")
    mllp = Mllp(host=HOST, port=2575, callers=(HOST,), ca=authority.file, certificate=ours.certificate, key=ours.key)
    async with house(tmp_path / "cart", mllp) as cart:
        context = ssl.create_default_context(cafile=str(authority.file))
        context.check_hostname = False
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            async with Line(HOST, cart.listener.port, context) as line:
                await line.say(Record().admitted(ANNE))
        assert await cart.count() == 0
        context.load_cert_chain(theirs.certificate, theirs.key)
        async with Line(HOST, cart.listener.port, context) as line:
            assert code_of(await line.say(Record().admitted(ANNE)))[0] == "AA"


async def test_a_merge_waits_is_listed_and_done_on_a_persons_word(cart: House) -> None:
    record = Record()
    twin = dataclasses.replace(ANNE, ipp="99", ins=None)
    for one in (ANNE, twin):
        await tell(HOST, cart.listener.port, record.admitted(one))
        await cart.edge.run(lambda s, of=one.ipp: _round(s, of))
    assert code_of(await tell(HOST, cart.listener.port, record.merged(ANNE, "99")))[0] == "AA"
    assert set(await cart.residents()) == {"42", "99"}
    (waits,) = await command.kept(cart.settings, everything=False)
    assert "captured of both" in command.as_line(waits)
    assert await command.accept(cart.settings, waits.number) == "99 is 42 from now on, with what was captured"
    assert set(await cart.residents()) == {"42"}
    assert not await command.kept(cart.settings, everything=False)


def _round(store: EdgeStore, patient_id: str) -> None:
    clock = SystemClock()
    _, encounter = store.journal.open_encounter(patient_id, clock.now(), "TC")
    store.journal.leave_encounter(encounter.id, clock.now(), THE_CART)


@pytest.mark.hazard("T20", without="tests.controls_record:the_record_is_told_in_logs")
async def test_nothing_of_a_message_is_in_a_log(cart: House) -> None:
    with structlog.testing.capture_logs() as told:
        record = Record()
        await tell(HOST, cart.listener.port, record.admitted(ANNE))
        await tell(HOST, cart.listener.port, record.moved(PAUL))
        await tell(HOST, cart.listener.port, record.merged(ANNE, "43"))
        await tell(HOST, cart.listener.port, record.admitted(dataclasses.replace(ANNE, born="19400230")))
    assert len(told) >= 4
    for secret in ("LEFÈVRE", "MARTIN", "279035121518989", "19380312", "UDAF", "MOREL", "Pénicilline"):
        assert secret not in str(told)


TABLE = "ipp;nom_naissance;prenoms;date_naissance;sexe;chambre;protection;ald\n"


async def test_a_table_in_the_folder_is_taken_whole_or_refused_with_its_lines(tmp_path: Path) -> None:
    drop = tmp_path / "record"
    drop.mkdir()
    settings = Settings(data=tmp_path / "data", demo=True, record=Named(csv=Csv(folder=drop)))
    async with (
        own_thread(settings, of_process("test")) as ours,
        StoreThread(lambda: open_for_sync(places_of(settings))) as theirs,
    ):
        tables = record_in.Tables(settings, theirs, SystemClock())
        folder = Folder(drop, tables.take, lambda: SystemClock().now().utc)
        (drop / "half.csv.part").write_text(TABLE)
        (drop / "a.csv").write_text(TABLE + "1;DUPONT;Anne;12/03/1938;F;12;tutelle;oui\n")
        await folder.look()
        assert (drop / "a.csv").exists()  # it might still be written
        await folder.look()
        (found,) = await ours.run(lambda s: s.journal.patients())
        assert (str(found.protection), found.long_term_illness) == ("tutelle", True)
        (drop / "b.csv").write_text(TABLE + "2;DURAND;Eva;12/03/1939;F;13;;\n3;MOREL;Paul;31/02/1939;M;14;;\n")
        for _ in range(2):
            await folder.look()
        assert len(await ours.run(lambda s: s.journal.patients())) == 1
        assert await ours.run(lambda s: movements.waiting(s.database)) == 0
    assert [one.name.endswith("-a.csv") for one in (drop / TAKEN).iterdir()] == [True]
    (why,) = (drop / REFUSED).glob("*.txt")
    assert why.read_text().startswith("line 3: ")
    assert "MOREL" not in why.read_text()
    assert Outcome.REFUSED == REFUSED
