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
from edge.domain.patient import IdentityStatus, Patient, Protection
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
from sync.record.folder import REFUSED, TAKEN, Folder, Verdict
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


async def test_messages_that_come_at_once_are_answered_one_after_the_other(cart: House) -> None:
    record = Record()
    messages = [record.admitted(ANNE), record.admitted(PAUL), record.moved(dataclasses.replace(ANNE, room="15"))]
    async with await cart.line() as line:
        await line.write(b"".join(b"\x0b" + one + b"\x1c\r" for one in messages))
        answers = [code_of(await line.answer()) for _ in messages]
    assert answers == [("AA", f"DUI0000000{number}") for number in (1, 2, 3)]
    assert (await cart.residents())["42"].room == "15"


async def test_who_sends_a_byte_now_and_then_holds_no_line_for_ever(tmp_path: Path) -> None:
    async with house(tmp_path, Mllp(host=HOST, port=2575, callers=(HOST,), patience=1.0)) as cart:
        reader, writer = await asyncio.open_connection(HOST, cart.listener.port)
        writer.write(b"\x0bMSH|")
        ended = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(60):
            while not ended.done():
                with contextlib.suppress(OSError):
                    writer.write(b"A")
                await asyncio.wait([ended], timeout=0.1)
        with contextlib.suppress(OSError):
            assert ended.result() == b""
        writer.close()
        assert code_of(await tell(HOST, cart.listener.port, Record().admitted(ANNE)))[0] == "AA"
        assert await cart.count() == 1


async def test_a_storm_of_callers_takes_nothing_from_who_speaks(cart: House) -> None:
    async def call(number: int) -> None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, cart.listener.port)
            writer.write(b"\x0bMSH|^~\\&|half"[: number % 16])
            writer.transport.abort()

    message = Record().admitted(ANNE)
    told, *_ = await asyncio.gather(tell(HOST, cart.listener.port, message), *(call(number) for number in range(100)))
    assert code_of(told)[0] == "AA"
    assert code_of(await tell(HOST, cart.listener.port, message))[0] == "AA"
    assert await cart.count() == 1


@pytest.mark.parametrize(
    ("said", "written", "answer"),
    [
        ("UNICODE UTF-8", "iso8859-1", "AR"),  # not what it says
        ("", "utf-8", "AR"),  # ASCII
        ("ISO IR87", "utf-8", "AR"),  # not known here
    ],
)
async def test_characters_that_are_not_what_is_said_are_refused_and_kept(
    cart: House, said: str, written: str, answer: str
) -> None:
    message = Record(charset=said, codec=written).admitted(ANNE)
    for _ in range(2):
        assert code_of(await tell(HOST, cart.listener.port, message)) == (answer, "DUI00000001")
    assert await cart.residents() == {}
    assert await cart.edge.run(lambda s: s.run("SELECT raw FROM movement").fetchall()) == [(message,)]


async def test_who_is_another_houses_is_refused_by_name_of_the_field(cart: House) -> None:
    """H2: her number there may be anybody's here."""
    async with await cart.line() as line:
        answer = await line.say(Record("OTHER HOUSE").admitted(ANNE))
        assert code_of(answer)[0] == "AE"
        assert b"PID-3" in answer
        assert b"authority" in answer
        assert code_of(await line.say(Record().admitted(ANNE)))[0] == "AA"
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


async def test_a_table_that_grows_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    read: list[str] = []

    def look(path: Path) -> None:
        read.append(path.read_text())
        if len(read) == 1:
            path.write_text("all of it\n")  # who copies it was slow

    async def take(path: Path) -> Verdict:
        look(path)
        return Verdict(taken=True)

    folder = Folder(tmp_path, take, lambda: SystemClock().now().utc)
    (tmp_path / "a.csv").write_text("half\n")
    for _ in range(4):
        await folder.look()
    assert read == ["half\n", "all of it\n"]
    assert [one.read_text() for one in (tmp_path / TAKEN).iterdir()] == ["all of it\n"]


@pytest.mark.hazard("H14", without="tests.controls_record:a_table_speaks_of_everything")
async def test_what_a_table_has_no_column_for_stays_as_the_record_told_it(cart: House, tmp_path: Path) -> None:
    await tell(HOST, cart.listener.port, Record().admitted(ANNE))
    before = (await cart.residents())["42"]
    table = tmp_path / "more.csv"
    line = f"42;{before.birth_name};{before.given_names};{before.birth_date};F;17;curatelle;non\n"
    table.write_text(TABLE + line, encoding="cp1252")
    tables = record_in.Tables(cart.settings, cart.edge, SystemClock())  # type: ignore[arg-type]
    assert (await tables.take(table)).taken
    after = (await cart.residents())["42"]
    protected = dataclasses.replace(before, room="17", protection=Protection.CURATORSHIP, long_term_illness=False)
    assert after == protected
    assert after.allergies == ("Pénicilline",)
    # a column that says nothing of her takes no allergy away either
    head, said = TABLE.strip() + ";allergies\n", line.strip() + ";"
    table.write_text(head + said + "\n", encoding="utf-8-sig")
    assert (await tables.take(table)).taken
    assert (await cart.residents())["42"] == protected
    table.write_text(head + said + "aucune\n")
    assert (await tables.take(table)).taken
    assert (await cart.residents())["42"].allergies == ()
