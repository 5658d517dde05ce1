"""The audit trail: what it says, that it is written with the act, and that no tampering goes unseen (T16)."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import pwd
import threading
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from edge.cli import main
from edge.domain import audit as rules
from edge.domain.appliance import Appliance
from edge.domain.audit import THE_CART, Act, Actor, Entry, KnownBy, Link, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.mains import audit as command
from edge.settings import Settings
from edge.store.keeping import audit
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from tests import scp_file, seeded
from tests.unit import test_door
from tests.unit.test_door import At, Cart, still
from tests.unit.test_recorder import arrived
from tests.unit.test_store import JEANNE, TO, capture, now, reading

cart = test_door.cart

CLAIRE = Actor(Who(KnownBy.PROFESSIONAL, "10101010101", "Claire MARTIN"), Origin("edge", "ui", "SelectResident"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cart="Borne 7", data=tmp_path)


@pytest.fixture
def store(settings: Settings) -> EdgeStore:
    """A store with a day's acts in its trail."""
    places = Places(settings.database, settings.blobs, settings.key_file)
    opened = open_for_edge(places, TO, "care")
    opened.journal.put_patient(JEANNE)
    for number in range(4):
        _patient, encounter = opened.journal.open_encounter("IPP1", now(), "TC", by=CLAIRE)
        saved = opened.journal.save(capture(reading(120 + number)), encounter)
        opened.journal.mark_entered_in_error(saved.item_id, encounter.id, now(), CLAIRE)
        opened.journal.leave_encounter(encounter.id, now(), CLAIRE)
    return opened


def acts(store: EdgeStore) -> list[str]:
    return [one.act for one in audit.entries(store.database)]


# --- what it says


def test_a_store_begins_with_its_own_making_and_what_it_is_for(store: EdgeStore, settings: Settings) -> None:
    first, second, *_ = audit.entries(store.database)
    assert (first.sequence, first.act) == (1, "created")
    assert (second.act, second.detail) == ("purpose", "care")
    store.database.close()
    again = open_for_edge(Places(settings.database, settings.blobs, settings.key_file), TO, "care")
    assert acts(again).count("created") == acts(again).count("purpose") == 1


def test_who_what_on_whom_when_and_from_where(store: EdgeStore) -> None:
    one = next(one for one in audit.entries(store.database) if one.act == "undone")
    assert (one.known_by, one.who, one.who_name) == ("professional", "10101010101", "Claire MARTIN")
    assert (one.patient_id, one.process, one.door, one.command) == ("IPP1", "edge", "ui", "SelectResident")
    assert one.encounter_id
    assert one.detail == "blood_pressure"
    assert store.journal.load(one.item_id).entered_in_error
    assert one.boot_id == "boot"
    assert one.clock_trusted == 1


def test_a_reading_of_a_device_needs_no_trace(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    before = acts(store)
    assert store.journal.save(capture(reading(99)), encounter).new
    assert acts(store) == before


def test_no_trait_of_a_resident_is_in_the_trail(store: EdgeStore) -> None:
    text = repr(list(audit.entries(store.database)))
    assert [word for word in ("DUPONT", "JEANNE", "1938-03", "'214") if word in text] == []


def test_who_is_chosen_next_makes_the_one_before_leave(store: EdgeStore) -> None:
    store.journal.put_patient(dataclasses.replace(JEANNE, id="IPP2"))
    _patient, first = store.journal.open_encounter("IPP1", now(), "TC", by=CLAIRE)
    _patient, second = store.journal.open_encounter("IPP2", now(), "TC", by=CLAIRE)
    *_, chosen, left, next_one = audit.entries(store.database)
    assert [(one.act, one.patient_id, one.encounter_id) for one in (chosen, left, next_one)] == [
        ("chosen", "IPP1", first.id),
        ("left", "IPP1", first.id),
        ("chosen", "IPP2", second.id),
    ]


def test_a_list_of_residents_that_changes_nobody_leaves_no_trace(store: EdgeStore) -> None:
    before = acts(store)
    assert store.journal.put_residents([JEANNE], now(), CLAIRE) == 0
    assert acts(store) == before
    moved = [dataclasses.replace(JEANNE, room="318"), dataclasses.replace(JEANNE, id="IPP2")]
    assert store.journal.put_residents(moved, now(), CLAIRE) == 2
    assert store.journal.put_residents([JEANNE, moved[1]], now(), CLAIRE) == 1
    assert [one.detail for one in audit.entries(store.database) if one.act == "residents"] == [
        "2 of 2 in the list changed",
        "1 of 2 in the list changed",
    ]
    assert {p.id: p.room for p in store.journal.patients()} == {"IPP1": "214", "IPP2": "214"}


def test_devices_that_a_person_takes_in_or_forgets(store: EdgeStore) -> None:
    cuff = Appliance("AA:BB:CC:DD:EE:01", "blood-pressure", "Tensiomètre")
    before = len(acts(store))
    store.appliances.take_in(cuff, CLAIRE, now())
    # what the cart learns by itself
    store.appliances.put(dataclasses.replace(cuff, serial_number="77"), now().utc)
    store.appliances.forget(cuff.id, CLAIRE, now())
    found = list(audit.entries(store.database))[before:]
    assert [(one.act, one.detail) for one in found] == [
        ("paired", "blood-pressure AA:BB:CC:DD:EE:01"),
        ("forgotten", "AA:BB:CC:DD:EE:01"),
    ]


@pytest.mark.hazard("T16", without="tests.controls_audit:nobody_says_who")
async def test_every_act_at_the_door_is_traced_with_role_account_and_command(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await cart.recorder.take(arrived())
        [item] = (await cart.publish()).items
        await screen.ask(m.MarkEnteredInError(item_id=item.item_id))
        await screen.ask(m.TakePhoto(view="close_up"))
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        await media.ask(still(wanted.request_id))
        await screen.ask(m.RecordSound(source="voice", seconds=3))
        await screen.ask(cart.agreed())
        await screen.ask(m.StartCall())
        call = cart.desk.call.call_id
        for state in ("lobby", "waiting"):
            await media.ask(m.CallProgress(call_id=call, state=state))
        await screen.ask(m.AdmitSpecialist())
        await media.ask(m.CallProgress(call_id=call, state="connected"))
        await screen.ask(m.EndCall())
        await screen.ask(m.FinishRound())
    found = await cart.ledger._store.run(lambda s: list(audit.entries(s.database)))
    account = pwd.getpwuid(os.geteuid()).pw_name
    assert [(one.act, one.who, one.command) for one in found[2:]] == [
        ("chosen", "ui", "SelectResident"),
        ("undone", "ui", "MarkEnteredInError"),
        ("photo", "ui", "TakePhoto"),
        ("sound", "ui", "RecordSound"),
        ("agreed", "ui", "CollectConsent"),
        ("consent", "ui", "StartCall"),
        ("lobby", "media", "CallProgress"),
        ("waiting", "media", "CallProgress"),
        ("admitted", "ui", "AdmitSpecialist"),
        ("connected", "media", "CallProgress"),
        ("ended", "ui", "EndCall"),
        ("left", "ui", "FinishRound"),
    ]
    assert {(one.known_by, one.who_name, one.process, one.patient_id) for one in found[2:]} == {
        ("role", account, "edge", "P1")
    }
    assert {one.call_id for one in found if one.command in {"StartCall", "CallProgress", "EndCall"}} == {call}
    assert f"still {wanted.request_id}" in next(one.detail for one in found if one.act == "photo")


def test_an_import_is_traced_with_the_user_of_the_machine_who_gave_the_command(
    settings: Settings, tmp_path: Path
) -> None:
    residents, recording = tmp_path / "residents.toml", tmp_path / "ecg.scp"
    residents.write_text(seeded.residents()[0].toml(), encoding="utf-8")
    recording.write_bytes(scp_file.recording({"I": [1, 2, 3, 4]}))
    config = tmp_path / "telecart.toml"
    config.write_text(f'data = "{tmp_path}"\nresidents = "{residents}"\n', encoding="utf-8")
    patient_id = seeded.residents()[0].id
    for _ in range(2):
        done = telecart(settings, "--config", str(config), "import", str(recording), "--patient", patient_id)
        assert done.exit_code == 0, done.output
    opened = open_for_sync(Places(settings.database, settings.blobs, settings.key_file))
    found = list(audit.entries(opened.database))
    # the second time it changed nothing
    assert [(one.act, one.patient_id) for one in found] == [
        ("created", ""),
        ("purpose", ""),
        ("residents", ""),
        ("opened", patient_id),
        ("imported", patient_id),
    ]
    account = pwd.getpwuid(os.getuid()).pw_name
    assert {(one.known_by, one.who, one.process, one.command) for one in found} == {
        ("account", account, "import", "telecart import")
    }
    assert found[-1].item_id == opened.run("SELECT id FROM item").fetchone()[0]
    opened.database.close()


async def test_what_is_refused_at_the_door_leaves_no_trace(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        before = await cart.ledger._store.run(lambda s: len(list(audit.entries(s.database))))
        for refused in (m.TakePhoto(), m.StartCall(), m.MarkEnteredInError(item_id="x")):
            with pytest.raises(Fault):
                await screen.ask(refused)
        assert await cart.ledger._store.run(lambda s: len(list(audit.entries(s.database)))) == before


async def test_a_photo_is_not_asked_for_of_somebody_who_came_while_the_trace_was_written(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        holds, goes_on = threading.Event(), threading.Event()
        busy = asyncio.create_task(cart.ledger._store.run(lambda _: (holds.set(), goes_on.wait(20))))
        await asyncio.to_thread(holds.wait, 20)
        asked = asyncio.create_task(screen.ask(m.TakePhoto()))
        async with asyncio.timeout(20):
            while cart.ledger._store._pool._work_queue.empty():
                await asyncio.sleep(0)
        cart.recorder.clear()
        goes_on.set()
        with pytest.raises(Fault) as caught:
            await asked
        assert caught.value.reason is Reason.RESIDENT_CHANGED
        assert [said for said in media.said if isinstance(said, m.StillWanted)] == []
        await busy


# --- written with the act


@pytest.mark.hazard("T16", without="tests.controls_audit:an_act_needs_no_trace")
def test_what_cannot_be_traced_is_not_done(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    saved = store.journal.save(capture(reading(99)), encounter)
    store.run("CREATE TRIGGER refused BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    for act in (
        lambda: store.journal.mark_entered_in_error(saved.item_id, encounter.id, now(), CLAIRE),
        lambda: store.journal.open_encounter("IPP1", now(), "TC", by=CLAIRE),
        lambda: store.journal.note_consultation("call", encounter.id, "consent", now(), CLAIRE),
        lambda: store.journal.put_residents([dataclasses.replace(JEANNE, room="1")], now(), CLAIRE),
        lambda: store.appliances.take_in(Appliance("a", "b", "c"), CLAIRE, now()),
    ):
        with pytest.raises(Fault):
            act()
    assert not store.journal.load(saved.item_id).entered_in_error
    assert store.journal.on_screen("boot") == (JEANNE, encounter)
    assert store.run("SELECT count(*) FROM consultation").fetchone() == (0,)
    assert store.journal.patients() == [JEANNE]
    assert store.appliances.all() == []


def test_a_trace_without_its_transaction_is_refused(store: EdgeStore) -> None:
    with pytest.raises(RuntimeError):
        audit.append(store.database, Entry(Act.UNDONE, THE_CART, now()))


async def test_two_processes_write_one_chain(store: EdgeStore, settings: Settings) -> None:
    def write(_: int) -> None:
        opened = open_for_sync(Places(settings.database, settings.blobs, settings.key_file))
        for _number in range(40):
            audit.note(opened.database, Entry(Act.SEEN, CLAIRE, now()))
        opened.database.close()

    before = len(acts(store))
    await asyncio.gather(*(asyncio.to_thread(write, number) for number in range(4)))
    assert len(acts(store)) == before + 160
    assert audit.check(store.database) == []


# --- the chain


def test_the_hash_is_what_the_documentation_says(store: EdgeStore) -> None:
    """Written anew from docs/audit.md, without the code under test."""
    import hashlib

    def netstring(text: str) -> bytes:
        return str(len(text.encode())).encode() + b":" + text.encode() + b","

    before = hashlib.sha256(netstring("telecart audit 1") + netstring(audit.store_id(store.database))).digest()
    columns = (
        "sequence, at_utc, boot_id, monotonic_ns, clock_trusted, known_by, who, who_name, act, patient_id, encounter_id,"
        " item_id, process, door, command, call_id, detail"
    )
    for *fields, found in store.run(f"SELECT {columns}, hash FROM audit ORDER BY sequence"):
        before = hashlib.sha256(before + b"".join(netstring(str(field)) for field in fields)).digest()
        assert found == before


def test_fields_cannot_flow_into_one_another() -> None:
    base = rules.link(Entry(Act.CHOSEN, CLAIRE, now(), "ab", "c"), 1, bytes(32))
    shifted = dataclasses.replace(base, patient_id="a", encounter_id="bc")
    assert rules.canonical(base) != rules.canonical(shifted)


def test_a_word_of_a_later_release_is_kept_and_checked(store: EdgeStore) -> None:
    _, before = audit.head(store.database)
    sequence = audit.head(store.database)[0] + 1
    later = dataclasses.replace(rules.link(Entry(Act.CHOSEN, CLAIRE, now()), sequence, before), act="teleported")
    later = dataclasses.replace(later, hash=rules.chained(later, before))
    store.run(f"INSERT INTO audit VALUES ({','.join('?' * 18)})", dataclasses.astuple(later))
    assert audit.check(store.database) == []
    assert acts(store)[-1] == "teleported"


@pytest.mark.hazard("T16", without="tests.controls_audit:nobody_guards_the_trail")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'somebody else' WHERE sequence = 5",
        "DELETE FROM audit WHERE sequence = 5",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 5",
        "REPLACE INTO audit SELECT 5, at_utc, boot_id, monotonic_ns, 1, known_by, 'x', who_name, act, '', '', '', '', '',"
        " '', '', '', hash FROM audit WHERE sequence = 5",
    ],
)
def test_an_entry_is_neither_changed_nor_deleted_nor_replaced(store: EdgeStore, statement: str) -> None:
    before = list(audit.entries(store.database))
    with pytest.raises(Fault), store.database.write():
        store.run(statement)
    assert list(audit.entries(store.database)) == before


def without_guards(store: EdgeStore, *statements: str) -> None:
    """What somebody does who has the store's key: the triggers go, and come back as they were."""
    guards = store.run("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall()
    for name, _ in guards:
        store.run(f"DROP TRIGGER {name}")
    for statement in statements:
        store.run(statement)
    for _, sql in guards:
        store.run(sql)


FIELDS = [field.name for field in dataclasses.fields(Link) if field.name not in {"sequence", "hash"}]
NUMBERS = {"monotonic_ns": "monotonic_ns + 1", "clock_trusted": "1 - clock_trusted"}


@pytest.mark.hazard("T16", without="tests.controls_audit:nobody_follows_the_chain")
@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_found_where_it_is(store: EdgeStore, field: str) -> None:
    changed = NUMBERS.get(field, f"{field} || 'x'")
    without_guards(store, f"UPDATE audit SET {field} = {changed} WHERE sequence = 6")
    [found] = audit.check(store.database)
    assert found.sequence == 6
    assert "entry 6 was changed" in found.what


@pytest.mark.hazard("T16", without="tests.controls_audit:nobody_follows_the_chain")
@pytest.mark.parametrize(
    ("statements", "at", "said"),
    [
        (["DELETE FROM audit WHERE sequence = 6"], 6, "entry 6 is missing"),
        (["DELETE FROM audit WHERE sequence BETWEEN 3 AND 8"], 3, "entries 3 to 8 are missing"),
        (["DELETE FROM audit WHERE sequence = 1"], 1, "entry 1 is missing"),
        (
            [
                "DELETE FROM audit WHERE sequence = 6",
                "UPDATE audit SET sequence = -(sequence - 1) WHERE sequence > 6",
                "UPDATE audit SET sequence = -sequence WHERE sequence < 0",
            ],
            6,
            "entry 6 was changed",
        ),
        (
            [
                "UPDATE audit SET sequence = -6 WHERE sequence = 5",
                "UPDATE audit SET sequence = 5 WHERE sequence = 6",
                "UPDATE audit SET sequence = 6 WHERE sequence = -6",
            ],
            5,
            "entry 5 was changed",
        ),
        (
            [
                "UPDATE audit SET sequence = -(sequence + 1) WHERE sequence >= 6",
                "UPDATE audit SET sequence = -sequence WHERE sequence < 0",
                "INSERT INTO audit SELECT 6, at_utc, boot_id, monotonic_ns, clock_trusted, known_by, who, who_name, act,"
                " patient_id, encounter_id, item_id, process, door, command, call_id, detail, hash FROM audit"
                " WHERE sequence = 4",
            ],
            6,
            "entry 6 was changed",
        ),
        (["UPDATE audit SET hash = zeroblob(32) WHERE sequence = 6"], 6, "entry 6 was changed"),
        (["UPDATE fact SET value = 'another' WHERE name = 'store_id'"], 1, "entry 1 was changed"),
    ],
    ids=["deleted", "many-deleted", "first-deleted", "closed-up", "reordered", "inserted", "hash", "store"],
)
def test_what_was_done_behind_the_guards_is_found(store: EdgeStore, statements: list[str], at: int, said: str) -> None:
    without_guards(store, *statements)
    first = audit.check(store.database)[0]
    assert first.sequence == at
    assert said in first.what


def test_a_naive_cut_at_the_end_is_found(store: EdgeStore) -> None:
    last, _ = audit.head(store.database)
    without_guards(store, f"DELETE FROM audit WHERE sequence > {last - 3}")
    [found] = audit.check(store.database)
    assert found.sequence == last - 2
    assert "the end is missing" in found.what


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_stays",
        "DROP TRIGGER audit_only_grows",
    ],
)
def test_a_guard_that_is_gone_is_missed(store: EdgeStore, statement: str) -> None:
    store.run(statement)
    [found] = audit.check(store.database)
    assert "guard" in found.what


def test_a_guard_that_guards_nothing_is_seen(store: EdgeStore) -> None:
    store.run("DROP TRIGGER audit_stays")
    store.run("CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT 1; END")
    [found] = audit.check(store.database)
    assert "audit_stays" in found.what


# --- against an export


def rewritten(store: EdgeStore, change: Callable[[list[Link]], list[Link]]) -> None:
    """A whole new chain in which nothing is wrong, by somebody with the store's key."""
    links, before = [], rules.genesis(audit.store_id(store.database))
    for number, one in enumerate(change(list(audit.entries(store.database))), 1):
        bare = dataclasses.replace(one, sequence=number)
        links.append(dataclasses.replace(bare, hash=rules.chained(bare, before)))
        before = links[-1].hash
    without_guards(store, "DELETE FROM audit", "DELETE FROM sqlite_sequence WHERE name = 'audit'")
    store.database.connection.executemany(
        f"INSERT INTO audit VALUES ({','.join('?' * 18)})", [dataclasses.astuple(one) for one in links]
    )
    assert audit.check(store.database) == []


def _somebody_else(links: list[Link]) -> list[Link]:
    return [dataclasses.replace(one, who="10202020202", who_name="Paul PETIT") for one in links]


@pytest.mark.hazard("T16", without="tests.controls_audit:an_export_is_not_compared")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda links: links[:-2], "it was cut off"),
        (lambda links: links[:-4] + links[-4:-2] * 8, "written anew"),
        (_somebody_else, "written anew"),
        (lambda links: links[:5] + links[6:] + links[:1], "written anew"),
    ],
    ids=["truncated", "truncated-and-filled", "rewritten", "one-less"],
)
def test_a_chain_that_was_written_anew_shows_against_an_export(
    store: EdgeStore, settings: Settings, tmp_path: Path, change: Callable[[list[Link]], list[Link]], said: str
) -> None:
    done = command.export(settings, tmp_path / "export.jsonl")
    assert command.verify(settings, tmp_path / "export.jsonl", done.public_key).findings == ()
    rewritten(store, change)
    [finding] = command.verify(settings, tmp_path / "export.jsonl", done.public_key).findings
    assert said in finding


def test_the_trail_goes_on_after_an_export(store: EdgeStore, settings: Settings, tmp_path: Path) -> None:
    before = len(acts(store))
    done = command.export(settings, tmp_path / "export.jsonl")
    assert done.entries == before + 1
    assert acts(store)[-1] == "exported"
    store.journal.open_encounter("IPP1", now(), "TC", by=CLAIRE)
    found = command.verify(settings, tmp_path / "export.jsonl", done.public_key)
    assert (found.findings, found.compared, found.newer, found.cart) == ((), True, 1, "Borne 7")
    assert (tmp_path / "export.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600


def test_another_store_under_the_same_name_is_not_taken_for_it(
    store: EdgeStore, settings: Settings, tmp_path: Path
) -> None:
    done = command.export(settings, tmp_path / "export.jsonl")
    other = Settings(data=tmp_path / "other")
    open_for_edge(Places(other.database, other.blobs, other.key_file), TO, "care").database.close()
    [finding] = command.verify(other, tmp_path / "export.jsonl", done.public_key).findings
    assert "another store" in finding
    assert command.verify(other, tmp_path / "export.jsonl", done.public_key, alone=True).findings == ()


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.hazard("T16", without="tests.controls_audit:any_signature_will_do")
@pytest.mark.parametrize(
    "forge",
    [
        lambda lines: [lines[0].replace(b"Borne 7", b"Borne 8"), *lines[1:]],
        lambda lines: [*lines[:-1], b'{"signature":"' + b"00" * 64 + b'"}\n'],
    ],
    ids=["header", "signature"],
)
def test_an_export_that_was_changed_is_not_believed(
    store: EdgeStore, settings: Settings, tmp_path: Path, forge: Callable[[list[bytes]], list[bytes]]
) -> None:
    file = tmp_path / "export.jsonl"
    done = command.export(settings, file)
    file.write_bytes(b"".join(forge(_lines(file))))
    [finding] = command.verify(settings, file, done.public_key).findings
    assert "signature is wrong" in finding


def test_whatever_bit_of_an_export_turns_it_is_seen(store: EdgeStore, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    done = command.export(settings, file)
    whole = file.read_bytes()
    for at in range(0, len(whole) - 1, 37):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert is_doubted(settings, file, done.public_key), at


def is_doubted(settings: Settings, file: Path, key: str) -> bool:
    try:
        return command.verify(settings, file, key, alone=True).findings != ()
    except Fault as fault:
        return fault.reason is Reason.CORRUPT_FILE


def test_an_export_of_somebody_else_s_key_is_not_the_cart_s(
    store: EdgeStore, settings: Settings, tmp_path: Path
) -> None:
    genuine = command.public_key(settings)
    (tmp_path / "audit.key").unlink()
    command.export(settings, tmp_path / "export.jsonl")
    assert command.verify(settings, tmp_path / "export.jsonl").findings == ()
    findings = command.verify(settings, tmp_path / "export.jsonl", genuine).findings
    assert "another key" in findings[0]


def test_what_is_no_export_is_said_to_be_none(settings: Settings, tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"hello", b"{}\n", bytes(100_000), b'{"telecart_audit":2}')):
        file = tmp_path / str(number)
        file.write_bytes(content)
        with pytest.raises(Fault) as caught:
            command.verify(settings, file)
        assert caught.value.reason is Reason.CORRUPT_FILE


def test_an_export_cut_short_is_seen(store: EdgeStore, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    command.export(settings, file)
    lines = _lines(file)
    for keep in (1, 5, len(lines) - 2, len(lines) - 1):
        file.write_bytes(b"".join(lines[:keep]))
        assert command.verify(settings, file, alone=True).findings


# --- the commands


def telecart(settings: Settings, *arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, ["--data", str(settings.data), *arguments])


def test_the_commands(store: EdgeStore, settings: Settings, tmp_path: Path) -> None:
    out = str(tmp_path / "export.jsonl")
    listed = telecart(settings, "audit", "list", "--last", "3")
    assert listed.exit_code == 0
    assert "professional 10101010101 (Claire MARTIN)" in listed.output
    assert len(listed.output.splitlines()) == 3
    exported = telecart(settings, "audit", "export", "--out", out)
    assert exported.exit_code == 0, exported.output
    public = exported.output.split()[-1]
    assert telecart(settings, "audit", "key").output.strip() == public
    last = json.loads(telecart(settings, "audit", "list", "--last", "1", "--json").output)
    assert (last["act"], last["known_by"], last["command"]) == ("exported", "account", "telecart audit export")
    assert last["who"] == pwd.getpwuid(os.getuid()).pw_name
    good = telecart(settings, "audit", "verify", out, "--key", public)
    assert good.exit_code == 0
    assert "goes on from it" in good.output
    again = telecart(settings, "audit", "export", "--out", out)
    assert again.exit_code == 1
    assert "is there already" in again.output
    without_guards(store, "UPDATE audit SET who = 'x' WHERE sequence = 4")
    bad = telecart(settings, "audit", "verify", out, "--key", public)
    assert bad.exit_code == 1
    assert "on this cart: entry 4 was changed" in bad.output


def test_what_an_admin_sends_again_or_corrects_is_traced(store: EdgeStore, settings: Settings) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    item_id = store.journal.save(capture(reading(99)), encounter).item_id
    for command_of, act in (("release", "released"), ("correct", "corrected")):
        store.run(
            "UPDATE outbox SET state = 'needs_person', lease_until = 0 WHERE item = (SELECT max(sequence) FROM item)"
        )
        done = telecart(settings, "outbox", command_of, item_id)
        assert done.exit_code == 0, done.output
        last = command.newest(settings, 1)[0]
        assert (last.act, last.item_id, last.known_by) == (act, item_id, "account")
        assert last.command == f"telecart outbox {command_of}"
