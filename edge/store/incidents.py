"""What befell the store, kept in it until a person has seen it: facts named ``incident ...``."""

from __future__ import annotations

import dataclasses
import datetime as dt

import msgspec

from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.domain.posture import Trouble
from edge.store import audit
from edge.store.database import Database

_PREFIX = "incident "


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """``what`` is one plain line without patient data; ``seen`` in UTC, None while nobody has."""

    at_utc: str
    trouble: Trouble
    what: str
    seen: str | None = None


def note(database: Database, trouble: Trouble, what: str) -> Incident:
    """Durable when it returns. Raises Fault."""
    incident = Incident(dt.datetime.now(dt.UTC).isoformat(), trouble, what)
    with database.write():
        _put(database, incident)
    return incident


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
