"""What still has to leave, by resident, for a screen: from the rows that are open, not from all that ever left."""

from __future__ import annotations

import time
from typing import Any, Final

from edge.domain.capture import Line
from edge.domain.delivery import State
from edge.domain.measurement import Instant
from edge.domain.way import Stopped, Way, Ways
from edge.store.keeping import reading, rows
from edge.store.sending.outbox import Opened

MOST: Final = 12
"""Items that wait for a person, the oldest: how many there are in all is counted."""

_ORDER: Final = "'needs_person kept pending sent received'"

_OPEN: Final = (
    f"SELECT item, min(instr({_ORDER}, state)) AS least, max(lease_until > :now AND state <> 'kept') AS lent FROM ("
    "SELECT item, state, lease_until FROM outbox INDEXED BY outbox_open WHERE lease_until IS NOT NULL AND state <> 'received'"
    " UNION ALL SELECT item, state, 0 FROM outbox WHERE lease_until IS NULL"
    " AND item > (SELECT coalesce(min(taken_through), 0) FROM bookmark)) GROUP BY item"
)
"""Every item that is not received everywhere. What the drain never took up stands beyond its bookmark (0003_lean.sql)."""


def ways(opened: Opened) -> Ways:
    """A few index look-ups where nothing waits."""
    return Ways(_ways(opened), _stopped(opened))


def _ways(opened: Opened) -> tuple[Way, ...]:
    found = opened.run(
        f"SELECT i.patient_id, min(o.item), {','.join(f'sum(least = instr({_ORDER}, :{name}))' for name in _STATES)},"
        f" sum(lent) FROM ({_OPEN}) o JOIN item i ON i.sequence = o.item WHERE i.patient_id IS NOT NULL"
        " GROUP BY i.patient_id ORDER BY min(o.item)",
        {"now": time.time(), **{name: name for name in _STATES}},
    ).fetchall()
    return tuple(_way(opened, row) for row in found)


_STATES: Final = (State.KEPT.value, State.PENDING.value, State.SENT.value, State.NEEDS_PERSON.value)


def _way(opened: Opened, row: Any) -> Way:
    return Way(str(row[0]), _taken(opened, row[1]), *map(int, row[2:7]))


def _taken(opened: Opened, sequence: int) -> Instant:
    return rows.instant(
        *opened.run(
            "SELECT taken_utc, boot_id, monotonic_ns, clock_trusted FROM item WHERE sequence = ?", (sequence,)
        ).fetchone()
    )


def _stopped(opened: Opened) -> tuple[Stopped, ...]:
    found = opened.run(
        f"SELECT {reading.LINE}, i.patient_id, i.part_of, group_concat(n.destination, char(10)), max(coalesce(n.reason, '')),"
        " max(n.what) FROM outbox n INDEXED BY outbox_open JOIN item i ON i.sequence = n.item"
        " WHERE n.lease_until IS NOT NULL AND n.state <> 'received' AND n.state = 'needs_person'"
        " GROUP BY n.item ORDER BY n.item LIMIT ?",
        (MOST,),
    ).fetchall()
    stopped = []
    for *columns, patient_id, part_of, destinations, reason, what in found:
        line: Line = reading.line(columns)
        stopped.append(Stopped(line, patient_id or "", tuple(destinations.split("\n")), reason, what, part_of is None))
    return tuple(stopped)
