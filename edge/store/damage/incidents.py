"""What befell the store, kept in it until a person has seen it: facts named ``incident ...``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time

import msgspec

from edge.domain.audit import THE_CART, Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.domain.posture import Trouble
from edge.store.file.database import Database
from edge.store.keeping import audit

_PREFIX = "incident "


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """``what`` is one plain line without patient data; ``seen`` in UTC, None while nobody has."""

    at_utc: str
    trouble: Trouble
    what: str
    seen: str | None = None


def note(database: Database, trouble: Trouble, what: str) -> Incident:
    """Durable when it returns, and in the audit trail for ever: entries that are lost leave numbers that are given again.

    Raises Fault.
    """
    now = dt.datetime.now(dt.UTC)
    incident = Incident(now.isoformat(), trouble, what)
    act = Act.SALVAGED if trouble is Trouble.SALVAGED else Act.LOST
    with database.write():
        _put(database, incident)
        audit.append(
            database,
            Entry(
                act, THE_CART, Instant(now, "", time.monotonic_ns(), clock_trusted=False), detail=what + _lost(database)
            ),
        )
    return incident


def _lost(database: Database) -> str:
    """Of the end of the trail."""
    last, _ = audit.head(database)
    given = database.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return f"; audit entries {last + 1} to {given[0]} are lost" if given is not None and given[0] > last else ""


def _put(database: Database, incident: Incident) -> None:
    database.connection.execute(
        "INSERT OR REPLACE INTO fact VALUES (?, ?)",
        (f"{_PREFIX}{incident.at_utc} {incident.trouble.value}", msgspec.json.encode(incident).decode()),
    )


def incidents(database: Database) -> list[Incident]:
    """All of them, the oldest first."""
    found = database.connection.execute(
        "SELECT value FROM fact WHERE name >= ? AND name < ? ORDER BY name", (_PREFIX, "incident!")
    )
    return [msgspec.json.decode(value, type=Incident) for (value,) in found]


def settle(database: Database, by: Actor, at: Instant) -> int:
    """A person has seen them all: screens say no more of them. Returns how many there were. Raises Fault."""
    unseen = [one for one in incidents(database) if one.seen is None]
    now = dt.datetime.now(dt.UTC).isoformat()
    with database.write():
        for one in unseen:
            _put(database, dataclasses.replace(one, seen=now))
        audit.append(database, Entry(Act.SEEN, by, at, detail=f"{len(unseen)} incidents"))
    return len(unseen)
