"""A destination that was added later gets what is already here: looked for when the store is opened, once for each row.

How far was looked is a fact of the store, for each kind and destination: a million rows that have their promises are not
read again. What was saved since is, whatever wrote it and under whichever settings.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from edge.domain.measurement import AS_FHIR, Kind
from edge.domain.waveform import Waveform
from edge.store.file.database import Database
from edge.store.keeping import parts, rows

PROMISED: Final = "promised "
"""Begins the name of such a fact; its value is the newest sequence then. A store that lost rows has to forget them."""

_AMENDED: Final = ",".join(f"'{kind.value}'" for kind in sorted(AS_FHIR))

_MISSING: Final = (
    "FROM item i WHERE sequence > :since AND kind IN (SELECT value FROM json_each(:kinds)) AND patient_id IS NOT NULL"
    f" AND purged IS NULL AND (entered_in_error IS NULL OR kind IN ({_AMENDED}))"
    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.item = i.sequence AND o.destination = :to)"
)
"""An image that was undone is promised to nobody any more."""


def promise_what_is_missing(database: Database, destinations: Mapping[Kind, Sequence[str]], now: dt.datetime) -> int:
    """Returns how many promises were made. Whoever makes a row somebody's later promises it himself."""
    run = database.connection.execute
    _put_papers(database, destinations)
    (newest,) = run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
    behind = _behind(database, destinations, newest)
    made = 0
    for (destination, since), kinds in behind.items():
        names: dict[str, str | int] = {
            "to": destination,
            "since": since,
            "kinds": json.dumps(kinds),
            "now": now.isoformat(),
        }
        missing = run(f"SELECT 1 {_MISSING} LIMIT 1", names).fetchone() is not None
        with database.write():
            run("INSERT OR IGNORE INTO bookmark (destination) VALUES (?)", (destination,))
            if missing:
                made += _promise(database, names)
            for kind in kinds:
                run("INSERT OR REPLACE INTO fact VALUES (?, ?)", (_fact(kind, destination), str(newest)))
    _take_up_what_nobody_drains(database, {name for names in destinations.values() for name in names})
    return made


def _put_papers(database: Database, destinations: Mapping[Kind, Sequence[str]]) -> None:
    """Where papers are promised to somebody: those of 12-lead ECGs that were saved without one."""
    run = database.connection.execute
    names = destinations.get(Kind.ECG_PAPER, ())
    if not names:
        return
    looked = _through(database)
    since = min(looked.get(_fact(Kind.ECG_PAPER.value, name), 0) for name in names)
    if _without_paper(database, since):
        with database.write():
            # again: another process may have been quicker
            for sequence in _without_paper(database, since):
                parts.put_paper(database.connection, sequence)
                run("UPDATE counter SET value = value + 1 WHERE name = 'unpromised'")


def _without_paper(database: Database, since: int) -> list[int]:
    found = database.connection.execute(
        "SELECT sequence, payload FROM item i WHERE sequence > ? AND kind = ? AND patient_id IS NOT NULL"
        " AND entered_in_error IS NULL AND purged IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM item p WHERE p.part_of = i.sequence AND p.kind = ?)",
        (since, Kind.ECG.value, Kind.ECG_PAPER.value),
    ).fetchall()
    return [sequence for sequence, text in found if _is_twelve_lead(text)]


def _is_twelve_lead(text: str) -> bool:
    header = rows.payload(Kind.ECG, text, None, None)
    return isinstance(header, Waveform) and header.is_twelve_lead


def _take_up_what_nobody_drains(database: Database, drained: Collection[str]) -> None:
    """The bookmark of a destination that is gone from the settings follows the others.

    What waits for all of them is looked for from the first bookmark on: one that stands still makes that longer every day.
    """
    run = database.connection.execute
    names = run("SELECT destination FROM bookmark WHERE taken_through < (SELECT max(sequence) FROM item)").fetchall()
    for (name,) in names:
        if name in drained:
            continue
        with database.write():
            run(
                "UPDATE outbox SET lease_until = 0 WHERE destination = ?1 AND lease_until IS NULL"
                " AND item > (SELECT taken_through FROM bookmark WHERE destination = ?1)",
                (name,),
            )
            run("UPDATE bookmark SET taken_through = (SELECT max(sequence) FROM item) WHERE destination = ?", (name,))


def _behind(
    database: Database, destinations: Mapping[Kind, Sequence[str]], newest: int
) -> dict[tuple[str, int], list[str]]:
    """Kinds, by destination and how far was looked, where that is not all."""
    through = _through(database)
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for kind, names in destinations.items():
        for destination in names:
            since = through.get(_fact(kind.value, destination))
            if since is None or since < newest:
                found[destination, since or 0].append(kind.value)
    return found


def _through(database: Database) -> dict[str, int]:
    """How far was looked, by the name of the fact."""
    facts = database.connection.execute("SELECT name, value FROM fact WHERE name GLOB ?", (f"{PROMISED}*",)).fetchall()
    return {str(name): int(value) for name, value in facts}


def _fact(kind: str, destination: str) -> str:
    return f"{PROMISED}{kind} to {destination}"


def _promise(database: Database, names: dict[str, str | int]) -> int:
    """Taken up as of now, since the bookmark may be past it."""
    run = database.connection.execute
    (first,) = run(
        f"SELECT count(*) {_MISSING} AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.item = i.sequence)", names
    ).fetchone()
    made = run(
        "INSERT INTO outbox (item, destination, state, lease_until, changed_utc)"
        f" SELECT i.sequence, :to, 'kept', 0, :now {_MISSING}",
        names,
    ).rowcount
    run("UPDATE counter SET value = value - ? WHERE name = 'unpromised'", (first,))
    return int(made)
