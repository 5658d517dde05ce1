"""Copies of far ends' objects go: the far ends have the originals."""

from __future__ import annotations

import datetime as dt

from edge.domain.measurement import Instant
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping.priors import THEIRS
from edge.store.leaving.sweep import unnamed

_GONE = (
    f"fetched_utc < ?1 OR NOT EXISTS (SELECT 1 FROM prior r {THEIRS} AND p.departed IS NULL"
    " WHERE r.patient_id = prior.patient_id AND r.sop_uid = prior.sop_uid)"
)


def purge(database: Database, blobs: Blobs, now: Instant, days: int) -> int:
    """How many went: older than ``days``, of residents who left, or who were corrected since.

    Nothing for its age while the clock is not known to be right (H8). The files go after the rows that named them. Raises
    Fault(STORE_IO | STORE_DAMAGED).
    """
    run = database.connection.execute
    since = (now.utc - dt.timedelta(days=days)).isoformat() if now.clock_trusted else ""
    if run(f"SELECT 1 FROM prior WHERE {_GONE} LIMIT 1", (since,)).fetchone() is None:
        return 0
    with database.write():
        went = run(f"DELETE FROM prior WHERE {_GONE} RETURNING blob_sha256", (since,)).fetchall()
        run("DELETE FROM prior_refused WHERE at_utc < ?", (since,))
    with database.write():
        for name in unnamed(database.connection, [sha256 for (sha256,) in went]):
            blobs.remove(name)
    return len(went)
