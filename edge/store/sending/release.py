"""What a person does with items that wait for one: send again as they are, or correct what is said and build them anew."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable

from edge.domain.audit import Act, Actor, Entry
from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import dicom_uid
from edge.domain.item import Payload
from edge.domain.measurement import AS_FHIR, Instant, Kind
from edge.store.file.database import Database
from edge.store.keeping import audit, parts, rows
from edge.store.keeping.reading import OF_RESIDENT
from edge.store.keeping.reports import Reports


@dataclasses.dataclass(frozen=True, slots=True)
class Released:
    item_id: str
    destination: str


def release(
    database: Database, item_id: str | None, destination: str | None, now: Instant, by: Actor
) -> list[Released]:
    """What waits for a person goes out again with the bytes that it had: of one item or of all, to one destination or all.

    Raises Fault(NOT_ALLOWED) where an item or destination was named and nothing of it waits for a person.
    """
    with database.write():
        found = _waiting(database, item_id, destination)
        for sequence, name, to in found:
            _again(database, sequence, to, now)
            audit.append(database, Entry(Act.RELEASED, by, now, item_id=name, detail=f"to {to}"))
    if not found and (item_id or destination):
        raise Fault(Reason.NOT_ALLOWED, "nothing of this waits for a person", "see telecart outbox")
    return [Released(name, to) for _, name, to in found]


def correct(
    database: Database, item_id: str, change: Callable[[Kind, Payload], Payload], now: Instant, by: Actor
) -> list[Released]:
    """What is said of an item changes, refused or not, and it goes out anew to all its destinations, with its paper.

    Where an object of it was built before, for whichever destination, what is built from here on has a UID of its own: under
    the old one stands what may have been sent, and where it may have been, a note withdraws it. ``change`` gets the content
    without what is large (samples, picture, sound) and must leave that alone. What was said before is kept.
    Raises Fault(NOT_ALLOWED) for what goes to nobody or was undone, Fault(PURGED), and whatever ``change`` raises.
    """
    with database.write():
        run = database.connection.execute
        sequence, kind, before = _correctable(database, item_id)
        was = rows.payload(kind, before, None, None)
        becomes = change(kind, was)
        if becomes != was:
            after, _, _ = rows.payload_columns(becomes, None)
            run(
                "INSERT INTO correction (item, at_utc, payload) VALUES (?,?,?)", (sequence, now.utc.isoformat(), before)
            )
            run("UPDATE item SET payload = ? WHERE sequence = ?", (after, sequence))
        released = _replace(database, sequence, now)
        detail = "built anew" if becomes == was else "changed and built anew"
        audit.append(database, Entry(Act.CORRECTED, by, now, item_id=item_id, detail=detail))
    return released


def correct_resident(
    database: Database, patient_id: str, now: Instant, by: Actor, reports: Reports | None = None
) -> list[Released]:
    """Every object of a resident that was built under her former traits is made anew under those of today.

    Nobody knows here which those are: it is every image and signal that was frozen, was not undone and is not purged, and with
    ``reports`` every report. Where one may have left, a note withdraws it under the traits of then.

    Raises Fault(NO_RESIDENT), Fault(NOT_ALLOWED) for nothing.
    """
    with database.write():
        run = database.connection.execute
        if run("SELECT 1 FROM patient WHERE id = ? AND erased IS NULL", (patient_id,)).fetchone() is None:
            raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "see the residents' file")
        released = rebuild(database, patient_id, now, by, reports)
        if not released:
            raise Fault(
                Reason.NOT_ALLOWED, "no object of this resident was built", "what is saved goes under today's traits"
            )
    return released


def rebuild(
    database: Database, patient_id: str, now: Instant, by: Actor, reports: Reports | None = None
) -> list[Released]:
    """As ``correct_resident``, in the caller's transaction; nothing where nothing was built."""
    found = database.connection.execute(
        f"SELECT sequence FROM item i WHERE sequence IN ({OF_RESIDENT}) AND entered_in_error IS NULL AND purged IS NULL"
        f" AND part_of IS NULL AND kind IN ({parts.IMAGING_KINDS})"
        " AND EXISTS (SELECT 1 FROM outbox o WHERE o.item = i.sequence AND o.frozen_sha256 IS NOT NULL)"
        " ORDER BY sequence",
        (patient_id,),
    ).fetchall()
    released = [one for (sequence,) in found for one in _replace(database, sequence, now)]
    anew = reports.renamed(patient_id, now) if reports is not None else ()
    if reports is not None:
        released += [Released(name, to) for name in anew for to in reports.to]
    if found or anew:
        detail = f"{len(found) + len(anew)} items built anew under today's traits"
        audit.append(database, Entry(Act.CORRECTED, by, now, patient_id, detail=detail))
    return released


def _correctable(database: Database, item_id: str) -> tuple[int, Kind, str]:
    """(sequence, kind, payload). Raises Fault(NOT_ALLOWED | PURGED)."""
    row = database.connection.execute(
        "SELECT sequence, kind, payload, entered_in_error, purged FROM item i"
        " WHERE sequence = (SELECT item FROM item_named WHERE id = ?)"
        " AND EXISTS (SELECT 1 FROM outbox o WHERE o.item = i.sequence)",
        (item_id,),
    ).fetchone()
    if row is None:
        raise Fault(Reason.NOT_ALLOWED, "nothing of this waits for a person", "see telecart outbox")
    if row[4] is not None:
        raise Fault(Reason.PURGED, "its retention here is over", "have it corrected where it was received")
    kind = Kind(row[1])
    if row[3] is not None and kind not in AS_FHIR:
        raise Fault(Reason.NOT_ALLOWED, "it was undone, and nothing more of it is sent", "measure again")
    return int(row[0]), kind, str(row[2])


def _replace(database: Database, sequence: int, now: Instant) -> list[Released]:
    """An item and its paper go out anew; what may have left of them is withdrawn."""
    papers = parts.papers_of(database.connection, sequence)
    parts.withdraw(database.connection, [sequence, *papers], parts.CORRECTED, now)
    for part in (sequence, *papers):
        _build_anew(database, part, now)
    found = database.connection.execute(
        "SELECT i.id, o.destination FROM outbox o JOIN item i ON i.sequence = o.item WHERE o.item = ? ORDER BY o.destination",
        (sequence,),
    )
    return [Released(name, to) for name, to in found]


def _build_anew(database: Database, sequence: int, now: Instant) -> None:
    """The item gets another UID where an object of it was built: no UID ever stands for two contents."""
    run = database.connection.execute
    uid, was_built = run(
        "SELECT sop_uid, EXISTS (SELECT 1 FROM outbox o WHERE o.item = sequence AND o.frozen_sha256 IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM superseded s WHERE s.item = sequence) FROM item WHERE sequence = ?",
        (sequence,),
    ).fetchone()
    if was_built:
        run("UPDATE item SET sop_uid = ? WHERE sequence = ?", (another_uid(uid), sequence))
    found = run("SELECT destination, state, plain FROM outbox WHERE item = ?", (sequence,)).fetchall()
    for to, state, plain in found:
        run(
            # the end of the lease tells a drain that is building one now that it is out of date
            "UPDATE outbox SET state = ?, sop_uid = ?, frozen_sha256 = NULL, handed_out = NULL, attempts = 0,"
            " next_attempt = 0, lease_until = 0, reason = NULL, what = '', changed_utc = ?"
            " WHERE item = ? AND destination = ?",
            (
                next_state(State(state), Event.AMENDED).value,
                another_uid(uid) if plain else None,
                *(now.utc.isoformat(), sequence, to),
            ),
        )


def another_uid(_uid: str) -> str:
    return dicom_uid(uuid.uuid4())


def _waiting(database: Database, item_id: str | None, destination: str | None) -> list[tuple[int, str, str]]:
    return list(
        database.connection.execute(
            "SELECT o.item, i.id, o.destination FROM outbox o JOIN item i ON i.sequence = o.item"
            " WHERE o.state = 'needs_person' AND (?1 IS NULL OR i.id = ?1) AND (?2 IS NULL OR o.destination = ?2)"
            " ORDER BY o.item, o.destination",
            (item_id, destination),
        )
    )


def _again(database: Database, sequence: int, destination: str, now: Instant) -> None:
    state = next_state(State.NEEDS_PERSON, Event.RELEASED)
    database.connection.execute(
        "UPDATE outbox SET state = ?, attempts = 0, next_attempt = 0, lease_until = 0, reason = NULL, what = '',"
        " changed_utc = ? WHERE item = ? AND destination = ?",
        (state.value, now.utc.isoformat(), sequence, destination),
    )
