"""Who answers the cart, and how the disk fills: a row for each far end, and one a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from edge.domain.disk_days import LOOK_BACK
from edge.domain.measurement import Instant
from edge.domain.reach import Answered
from edge.store.file.database import Database
from edge.store.keeping import rows


def put_answered(database: Database, one: Answered) -> None:
    """Written by whoever asks the far ends. Durable when it returns. Raises Fault."""
    last, silent = _columns(one.last), _columns(one.silent)
    with database.write():
        database.connection.execute(
            "INSERT OR REPLACE INTO answered VALUES (?,?,?,?,?,?,?,?)", (one.destination, *last, *silent, one.why)
        )


def answered(database: Database) -> list[Answered]:
    found = database.connection.execute(
        "SELECT destination, answered_utc, answered_boot, answered_ns, silent_utc, silent_boot, silent_ns, why"
        " FROM answered ORDER BY destination"
    )
    return [Answered(row[0], _instant(row[1:4]), _instant(row[4:7]), row[7]) for row in found]


def _columns(at: Instant | None) -> tuple[str | None, str, int]:
    return (None, "", 0) if at is None else (at.utc.isoformat(), at.boot_id, at.monotonic_ns)


def _instant(row: Any) -> Instant | None:
    return None if row[0] is None else rows.instant(row[0], row[1], row[2], 0)


def look_at_disk(database: Database, today: dt.date, free: int) -> dict[dt.date, int]:
    """Notes the first look of the day; returns those of the last days. Raises Fault."""
    run = database.connection.execute
    if run("SELECT 1 FROM disk_free WHERE day = ?", (today.isoformat(),)).fetchone() is None:
        with database.write():
            run("INSERT OR IGNORE INTO disk_free VALUES (?, ?)", (today.isoformat(), free))
            run("DELETE FROM disk_free WHERE day < ?", ((today - dt.timedelta(days=LOOK_BACK)).isoformat(),))
    found = run("SELECT day, bytes FROM disk_free").fetchall()
    return {dt.date.fromisoformat(day): int(size) for day, size in found}
