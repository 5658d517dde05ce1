"""After a salvage: rows whose counterpart is lost are made fit to stand in the new store, and what is derived is derived anew."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Final

import msgspec
import sqlcipher3.dbapi2 as sqlite

from edge.domain.audit import Act
from edge.domain.delivery import State
from edge.domain.identifier import ACCESSION_TAIL, accession_number, dicom_uid
from edge.domain.measurement import AS_FHIR, Instant, Kind
from edge.domain.order import Order
from edge.domain.retention import Certificate
from edge.store.keeping import parts, promises

DERIVED: Final = frozenset({"counter", "filed_identity", "filed_name", "filed_resident"})
"""Tables that hold nothing but what stands elsewhere."""

_NO_PREFIX: Final = "TC"
"""Where no round is left that had the house's own."""


def mend(connection: sqlite.Connection) -> list[str]:
    """One plain line for each kind of change, without patient data. Runs in the caller's transaction, triggers off."""
    lines = [
        _said(_assigned(connection), "items that had been said to be somebody's, and are again"),
        _said(_undone(connection), "items that had been undone, and are again"),
        _said(_purged(connection), "items that had been purged, and are again"),
        _said(_parts(connection), "papers and withdrawals whose item is lost"),
        _said(_encounters(connection), "encounters made anew from their readings"),
        _said(_nobodys(connection), "items whose resident is lost are nobody's now"),
        _said(_withdrawn(connection), "items that had been undone, and are withdrawn again"),
        _said(_staff(connection), "staff lists that are lost: nobody signs in before one is brought again"),
        _said(_loose(connection), "answers whose request is lost: a person says what they answer"),
        _said(
            _dangling(connection), "rows left out because what they belong to is lost; they are in the laid aside files"
        ),
    ]
    _derive(connection)
    return [line for line in lines if line]


def _said(count: int, what: str) -> str:
    return f"{count} {what}" if count else ""


def _assigned(connection: sqlite.Connection) -> int:
    """What a person said to be somebody's after that state of its page which is kept: the audit trail knows whose (H1)."""
    found = connection.execute(
        "SELECT i.sequence, a.patient_id, a.encounter_id FROM item i JOIN audit a ON a.item_id = i.id AND a.act = ?"
        " WHERE i.patient_id IS NULL ORDER BY a.sequence",
        (Act.ASSIGNED.value,),
    ).fetchall()
    for sequence, patient_id, encounter_id in found:
        connection.execute(
            "UPDATE item SET patient_id = ?, encounter_id = ? WHERE sequence = ?", (patient_id, encounter_id, sequence)
        )
    return len({sequence for sequence, *_ in found})


def _undone(connection: sqlite.Connection) -> int:
    """What was undone or moved after that state of its page which is kept: the audit trail knows. It goes out again as what it is."""
    found = connection.execute(
        "SELECT sequence, (SELECT min(at_utc) FROM audit WHERE act IN (?1, ?2) AND item_id = item.id), kind FROM item"
        " WHERE entered_in_error IS NULL AND id IN (SELECT item_id FROM audit WHERE act IN (?1, ?2))",
        (Act.UNDONE.value, Act.MOVED.value),
    ).fetchall()
    for sequence, at, kind in found:
        connection.execute("UPDATE item SET entered_in_error = ? WHERE sequence = ?", (at, sequence))
        if Kind(kind) in AS_FHIR:
            connection.execute(
                "UPDATE outbox SET state = ?, frozen_sha256 = NULL, attempts = 0, next_attempt = 0, lease_until = 0,"
                " reason = NULL, what = '' WHERE item = ?",
                (State.KEPT.value, sequence),
            )
    return len(found)


def _parts(connection: sqlite.Connection) -> int:
    """What was frozen of them still goes."""
    return int(
        connection.execute(
            "UPDATE item SET part_of = NULL WHERE part_of IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM item p WHERE p.sequence = item.part_of)"
        ).rowcount
    )


def _withdrawn(connection: sqlite.Connection) -> int:
    """Images and signals, once it is known what is left of them: a note is an item as any other."""
    now = Instant(dt.datetime.now(dt.UTC), "", time.monotonic_ns(), clock_trusted=False)
    return parts.undo_what_is_left(connection, now)


def _staff(connection: sqlite.Connection) -> int:
    """Without a list the screen would be open to anybody. One that has ended stands in its place; the site's own is newer."""
    return int(
        connection.execute(
            "INSERT INTO staff_list SELECT 1, '', max(list) - 1, '0001-01-01', '' FROM staff"
            " WHERE NOT EXISTS (SELECT 1 FROM staff_list) HAVING max(list) IS NOT NULL"
        ).rowcount
    )


def _purged(connection: sqlite.Connection) -> int:
    """What went with a certificate does not come back."""
    run = connection.execute
    run("CREATE TEMP TABLE gone (id TEXT PRIMARY KEY, made TEXT NOT NULL) STRICT, WITHOUT ROWID")
    for (text,) in run("SELECT certificate FROM purge ORDER BY sequence"):
        certificate = msgspec.json.decode(text, type=Certificate)
        connection.executemany(
            "INSERT OR IGNORE INTO gone VALUES (?, ?)", [(one.item_id, certificate.made) for one in certificate.items]
        )
        connection.executemany(
            "UPDATE quarantine SET raw = x'', what = '' WHERE sequence = ?",
            [(sequence,) for sequence in certificate.quarantined],
        )
    count = run(
        "UPDATE item SET payload = '{}', samples = NULL, raw = NULL, blob_sha256 = NULL,"
        " purged = (SELECT made FROM gone WHERE gone.id = item.id) WHERE purged IS NULL AND id IN (SELECT id FROM gone)"
    ).rowcount
    run(
        "UPDATE item_0002 SET payload = '{}', samples = NULL, raw = NULL, blob_sha256 = NULL WHERE id IN (SELECT id FROM gone)"
        " OR sequence IN (SELECT sequence FROM item WHERE purged IS NOT NULL)"
    )
    run("DROP TABLE gone")
    # of whatever is purged, by this or before
    run("UPDATE correction SET payload = '{}' WHERE item IN (SELECT sequence FROM item WHERE purged IS NOT NULL)")
    run(
        "UPDATE outbox SET purged = 1 WHERE purged = 0 AND item IN (SELECT sequence FROM item WHERE purged IS NOT NULL)"
    )
    run(
        "UPDATE chunk SET samples = x'' WHERE length(samples) > 0 AND recording IN"
        " (SELECT recording FROM item WHERE purged IS NOT NULL AND recording IS NOT NULL)"
    )
    run(
        "UPDATE answer SET text = '', author = '', author_rpps = '', blob_sha256 = NULL WHERE EXISTS (SELECT 1 FROM item i"
        " WHERE i.sequence = coalesce((SELECT e.request FROM opinion_event e WHERE e.answer = answer.sequence"
        " AND e.event = 'matched' ORDER BY e.sequence DESC LIMIT 1), answer.request) AND i.purged >= answer.received_utc"
        " AND NOT EXISTS (SELECT 1 FROM moved m WHERE m.was = i.sequence))"
    )
    erased = "SELECT id FROM patient WHERE erased IS NOT NULL"
    run(f"UPDATE consent SET other = '', blob_sha256 = NULL WHERE patient_id IN ({erased})")
    run(f"UPDATE movement SET raw = x'' WHERE patient_id IN ({erased}) OR other_id IN ({erased})")
    run(f"UPDATE brought SET was = '', became = '' WHERE patient_id IN ({erased}) OR other_id IN ({erased})")
    run(f"DELETE FROM document WHERE patient_id IN ({erased})")
    run(f"DELETE FROM face WHERE patient_id IN ({erased})")
    return int(count)


def _encounters(connection: sqlite.Connection) -> int:
    """An encounter's study is named by its order or its id, so that what was sent before and what is sent after stay one study."""
    lost = connection.execute(
        "SELECT i.encounter_id, min(i.patient_id), min(i.taken_utc), min(i.sequence) FROM item i"
        " JOIN patient p ON p.id = i.patient_id WHERE i.encounter_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM encounter e WHERE e.id = i.encounter_id) GROUP BY i.encounter_id"
    ).fetchall()
    row = connection.execute(
        "SELECT accession_number FROM encounter WHERE id NOT IN (SELECT encounter_id FROM ordered)"
        " ORDER BY opened DESC LIMIT 1"
    ).fetchone()
    prefix = row[0][:-ACCESSION_TAIL] if row else _NO_PREFIX
    for encounter_id, patient_id, opened, sequence in lost:
        name = uuid.UUID(encounter_id)
        said = connection.execute("SELECT said FROM ordered WHERE encounter_id = ?", (encounter_id,)).fetchone()
        order = msgspec.json.decode(said[0], type=Order) if said else None
        connection.execute(
            "INSERT INTO encounter (id, patient_id, opened, study_uid, accession_number, after_sequence)"
            " VALUES (?,?,?,?,?,?)",
            (
                encounter_id,
                patient_id,
                opened,
                order.study_uid if order else dicom_uid(name),
                order.accession_number if order else accession_number(prefix, name),
                sequence - 1,
            ),
        )
    return len(lost)


def _nobodys(connection: sqlite.Connection) -> int:
    """Without its resident's traits nothing may leave the cart; whose it was stands in the files that were laid aside."""
    orphans = (
        "patient_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM patient p WHERE p.id = item.patient_id)"
        " OR NOT EXISTS (SELECT 1 FROM encounter e WHERE e.id = item.encounter_id))"
    )
    connection.execute(f"DELETE FROM outbox WHERE item IN (SELECT sequence FROM item WHERE {orphans})")
    return int(connection.execute(f"UPDATE item SET patient_id = NULL, encounter_id = NULL WHERE {orphans}").rowcount)


def _loose(connection: sqlite.Connection) -> int:
    return int(
        connection.execute(
            "UPDATE answer SET request = NULL WHERE request IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM item i WHERE i.sequence = answer.request)"
        ).rowcount
    )


def _dangling(connection: sqlite.Connection) -> int:
    """Of any table, until nothing refers to what is not there."""
    gone = 0
    while found := connection.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, parent, number in found:
            if rowid is not None:
                gone += connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,)).rowcount
                continue
            own, theirs = connection.execute(
                'SELECT "from", "to" FROM pragma_foreign_key_list(?) WHERE id = ?', (table, number)
            ).fetchone()
            gone += connection.execute(
                f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.{theirs} = {table}.{own})"
            ).rowcount
    return gone


def counted_anew(connection: sqlite.Connection) -> dict[str, int]:
    """What the counters should say. Reads every promise."""
    run = connection.execute
    order = "'needs_person kept pending sent received'"
    found = dict(
        run(
            f"SELECT least, count(*) FROM (SELECT min(instr({order}, state)) AS least FROM outbox GROUP BY item) GROUP BY least"
        ).fetchall()
    )
    counts = {
        name: found.get(run(f"SELECT instr({order}, ?)", (name,)).fetchone()[0], 0)
        for name in ("pending", "sent", "received", "needs_person")
    }
    for name, question in (
        ("unpromised", "SELECT coalesce(max(sequence), 0) - (SELECT count(DISTINCT item) FROM outbox) FROM item"),
        ("withdrawn", "SELECT count(DISTINCT item) FROM outbox WHERE withdrawn IS NOT NULL AND state = 'received'"),
        ("nobodys", "SELECT count(*) FROM item WHERE patient_id IS NULL"),
        ("aside", "SELECT count(*) FROM item WHERE patient_id IS NULL AND aside IS NOT NULL"),
        ("quarantined", "SELECT count(*) FROM quarantine"),
        ("looked", "SELECT count(*) FROM quarantine WHERE looked_utc IS NOT NULL"),
    ):
        (counts[name],) = run(question).fetchone()
    return counts


def _derive(connection: sqlite.Connection) -> None:
    """Counters as the migration that made them counts, bookmarks that no promise stands behind unseen.

    All is looked through for promises again.
    """
    run = connection.execute
    run("DELETE FROM counter")
    connection.executemany("INSERT INTO counter VALUES (?, ?)", counted_anew(connection).items())
    run("INSERT INTO counter SELECT 'filed', coalesce(max(sequence), 0) FROM item")
    run("DELETE FROM filed_name")
    run("INSERT OR IGNORE INTO filed_name SELECT id, sequence FROM item")
    run("DELETE FROM filed_identity")
    run("INSERT OR IGNORE INTO filed_identity SELECT identity, sequence FROM item")
    run("DELETE FROM filed_resident")
    run("INSERT INTO filed_resident SELECT patient_id, kind, sequence FROM item WHERE patient_id IS NOT NULL")
    run(
        "UPDATE outbox SET lease_until = 0 WHERE lease_until IS NULL AND item <="
        " (SELECT taken_through FROM bookmark b WHERE b.destination = outbox.destination)"
    )
    run("DELETE FROM fact WHERE name GLOB ?", (f"{promises.PROMISED}*",))
