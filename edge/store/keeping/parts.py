"""Items that the cart makes of a captured one, in the same transaction: the paper of an ECG, the withdrawal of what counts no more.

What is one resident's stands in one study, and so do they. They go after the item of which they were made (edge.store.leaving).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlcipher3.dbapi2 as sqlite

from edge.domain.delivery import Event, State, next_state
from edge.domain.identifier import dicom_uids, uuid7
from edge.domain.item import Paper, Payload, Withdrawal
from edge.domain.measurement import IMAGING, Instant, Kind
from edge.store.keeping import rows

STATE: Final = "CASE WHEN withdrawn IS NULL THEN state ELSE 'withdrawn' END"
"""The state of a row of the outbox, in SQL. What was withdrawn stands as 'received', which no release sends again."""

MAY_HAVE_LEFT: Final = (
    "frozen_sha256 IS NOT NULL AND (handed_out IS NOT 0 OR state <> 'pending' OR attempts > 0 OR lease_until > 0)"
)
"""Whether the object of a row of the outbox may have reached its destination, in SQL; an older release marks nothing."""

UNDONE: Final = "Annulé au chevet"
CORRECTED: Final = "Remplacé par un objet corrigé"
MOVED: Final = "N'était pas de ce résident"

IMAGING_KINDS: Final = ",".join(f"'{kind.value}'" for kind in sorted(IMAGING))
_STORED: Final[Mapping[State, State]] = {State.WITHDRAWN: State.RECEIVED}


def put_paper(connection: sqlite.Connection, ecg: int) -> None:
    """The paper of the 12-lead ECG of sequence ``ecg``; the caller promises it."""
    _put(connection, Kind.ECG_PAPER, Paper(), ecg)


def papers_of(connection: sqlite.Connection, sequence: int) -> list[int]:
    """Sequences of those that were not undone, and are here."""
    found = connection.execute(
        "SELECT sequence FROM item WHERE part_of = ? AND kind = ? AND entered_in_error IS NULL AND purged IS NULL",
        (sequence, Kind.ECG_PAPER.value),
    )
    return [int(paper) for (paper,) in found]


def undo(connection: sqlite.Connection, sequence: int, now: Instant, why: str = UNDONE) -> None:
    """Nothing more is sent of an item of imaging that was undone, nor of its paper; where either may be, a note withdraws it.

    Twice is as once.
    """
    parts = [sequence, *papers_of(connection, sequence)]
    notes = withdraw(connection, parts, why, now)
    for part in parts:
        connection.execute(
            "UPDATE item SET entered_in_error = ? WHERE sequence = ? AND entered_in_error IS NULL",
            (now.utc.isoformat(), part),
        )
        found = connection.execute(
            f"SELECT destination, state FROM outbox WHERE item = ? AND withdrawn IS NULL AND {_OF_IMAGING}", (part,)
        )
        for destination, state in found.fetchall():
            note = notes.get(destination)
            what = f"withdrawn by note {note}" if note else NEVER_SENT
            mark_withdrawn(connection, part, destination, State(state), what, now)


NEVER_SENT: Final = "withdrawn, never sent"
SUPERSEDED: Final = "withdrawn, a later one goes instead"


def mark_withdrawn(
    connection: sqlite.Connection, item: int, destination: str, state: State, what: str, now: Instant
) -> None:
    """Nothing more of it is sent there. A lease ends: what a drain is building of it is out of date."""
    after = next_state(state, Event.WITHDRAWN)
    connection.execute(
        "UPDATE outbox SET state = ?, withdrawn = ?, what = ?, attempts = 0, next_attempt = 0, lease_until = 0,"
        " reason = NULL, changed_utc = ?, trusted_utc = ? WHERE item = ? AND destination = ?",
        (
            _STORED[after].value,
            now.utc.isoformat(),
            what,
            now.utc.isoformat(),
            now.utc.isoformat() if now.clock_trusted else None,
            item,
            destination,
        ),
    )


_OF_IMAGING: Final = f"item IN (SELECT sequence FROM item WHERE sequence = outbox.item AND kind IN ({IMAGING_KINDS}))"


def withdraw(connection: sqlite.Connection, parts: Sequence[int], why: str, now: Instant) -> dict[str, str]:
    """One note for each destination where an object of ``parts`` may be now: the names of the notes, by destination.

    ``parts`` are an item and its papers. To be called before the rows are changed.
    """
    marks = ",".join("?" * len(parts))
    found = connection.execute(
        f"SELECT destination, frozen_sha256 FROM outbox WHERE item IN ({marks}) AND withdrawn IS NULL AND {MAY_HAVE_LEFT}"
        f" AND {_OF_IMAGING} ORDER BY item",
        tuple(parts),
    ).fetchall()
    objects: dict[str, list[str]] = {}
    for destination, sha256 in found:
        objects.setdefault(destination, []).append(sha256)
    notes = {}
    for destination, named in objects.items():
        notes[destination] = _note(connection, destination, named, why, parts[0], now)
    return notes


def _note(
    connection: sqlite.Connection, destination: str, named: Sequence[str], why: str, part_of: int, now: Instant
) -> str:
    name = _put(connection, Kind.WITHDRAWAL, Withdrawal(destination, tuple(named), why), part_of, now)
    connection.execute(
        "INSERT INTO outbox (item, destination, state, changed_utc) VALUES ((SELECT max(sequence) FROM item), ?, ?, ?)",
        (destination, State.KEPT.value, now.utc.isoformat()),
    )
    return name


def withdraw_document(connection: sqlite.Connection, sequence: int, destination: str, why: str, now: Instant) -> str:
    """The name of the note to ``destination`` that withdraws what it has of item ``sequence``. Before the row is changed."""
    (sha256,) = connection.execute(
        "SELECT frozen_sha256 FROM outbox WHERE item = ? AND destination = ?", (sequence, destination)
    ).fetchone()
    return _note(connection, destination, [sha256], why, sequence, now)


def undo_what_is_left(connection: sqlite.Connection, now: Instant) -> int:
    """What was undone while an older release, which withdrew nothing, had the store. In the caller's transaction."""
    found = connection.execute(
        "SELECT sequence FROM item INDEXED BY item_undone WHERE entered_in_error IS NOT NULL AND purged IS NULL"
        f" AND kind IN ({IMAGING_KINDS}) AND EXISTS (SELECT 1 FROM outbox WHERE item = sequence AND withdrawn IS NULL)"
    ).fetchall()
    for (sequence,) in found:
        undo(connection, sequence, now)
    return len(found)


def _put(
    connection: sqlite.Connection,
    kind: Kind,
    payload: Payload,
    part_of: int,
    now: Instant | None = None,
) -> str:
    """Inserts an item of the same resident, round and device, and without ``now`` of the same time. Returns its name."""
    text, _, _ = rows.payload_columns(payload, None)
    name = str(uuid7())
    columns = ("taken_utc", "boot_id", "monotonic_ns", "clock_trusted")
    at = (None,) * 4 if now is None else (now.utc.isoformat(), now.boot_id, now.monotonic_ns, int(now.clock_trusted))
    when = ", ".join(f"coalesce(?{number}, {column})" for number, column in enumerate(columns, 5))
    connection.execute(
        "INSERT INTO item (id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label,"
        " taken_utc, boot_id, monotonic_ns, clock_trusted, payload, sop_uid, series_uid, part_of)"
        f" SELECT ?1, ?2, ?3, patient_id, encounter_id, device_id, device_model, device_label, {when}, ?9, ?10, ?11,"
        " sequence FROM item WHERE sequence = ?4",
        (
            *(name, kind.value, f"{kind.value} {name}", part_of),
            *at,
            *(text, *dicom_uids(2)),
        ),
    )
    return name
