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
from edge.domain.measurement import Instant, Kind
from edge.store.file.database import Database
from edge.store.keeping import audit, rows


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
    """What is said of a refused item changes, and it goes out anew where it was refused.

    Where an object of it was built before, for whichever destination, what is built from here on has a UID of its own: under
    the old one stands what may have been sent. ``change`` gets the content without what is large (samples, picture, sound)
    and must leave that alone. What was said before is kept.
    Raises Fault(NOT_ALLOWED) for what does not wait for a person, and whatever ``change`` raises.
    """
    with database.write():
        found = _waiting(database, item_id, None)
        if not found:
            raise Fault(Reason.NOT_ALLOWED, "nothing of this waits for a person", "see telecart outbox")
        sequence = found[0][0]
        run = database.connection.execute
        kind_name, before = run("SELECT kind, payload FROM item WHERE sequence = ?", (sequence,)).fetchone()
        kind = Kind(kind_name)
        after, _, _ = rows.payload_columns(change(kind, rows.payload(kind, before, None, None)), None)
        if after != before:
            run(
                "INSERT INTO correction (item, at_utc, payload) VALUES (?,?,?)", (sequence, now.utc.isoformat(), before)
            )
            run("UPDATE item SET payload = ? WHERE sequence = ?", (after, sequence))
        _build_anew(database, sequence)
        for _, _, to in found:
            _again(database, sequence, to, now)
        detail = "built anew" if after == before else "changed and built anew"
        audit.append(database, Entry(Act.CORRECTED, by, now, item_id=item_id, detail=detail))
    return [Released(name, to) for _, name, to in found]


def _build_anew(database: Database, sequence: int) -> None:
    """The item gets another UID where an object of it was built; what was built elsewhere goes on under the one it has."""
    run = database.connection.execute
    uid, was_built = run(
        "SELECT sop_uid, EXISTS (SELECT 1 FROM outbox WHERE item = sequence AND frozen_sha256 IS NOT NULL) FROM item"
        " WHERE sequence = ?",
        (sequence,),
    ).fetchone()
    if was_built:
        run("UPDATE outbox SET sop_uid = coalesce(sop_uid, ?) WHERE item = ?", (uid, sequence))
        run("UPDATE item SET sop_uid = ? WHERE sequence = ?", (another_uid(uid), sequence))
    run(
        # the end of the lease tells a drain that is building one now that it is out of date
        "UPDATE outbox SET sop_uid = NULL, frozen_sha256 = NULL, lease_until = 0 WHERE item = ?"
        " AND (state = 'needs_person' OR (state = 'kept' AND frozen_sha256 IS NULL))",
        (sequence,),
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
