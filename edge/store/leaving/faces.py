"""Pictures of residents go with them, or before, where a person says so."""

from __future__ import annotations

from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit
from edge.store.keeping.faces import THEIRS
from edge.store.leaving.sweep import unnamed


def purge(database: Database, blobs: Blobs) -> int:
    """How many went: of residents who left, or who were corrected since. The files go after the rows that named them.

    Raises Fault(STORE_IO | STORE_DAMAGED).
    """
    run = database.connection.execute
    if run(f"SELECT 1 FROM face WHERE NOT {THEIRS} LIMIT 1").fetchone() is None:
        return 0
    with database.write():
        went = run(f"DELETE FROM face WHERE NOT {THEIRS} RETURNING blob_sha256").fetchall()
    _sweep(database, blobs, [sha256 for (sha256,) in went])
    return len(went)


def take_away(database: Database, blobs: Blobs, patient_id: str, now: Instant, by: Actor) -> bool:
    """Her picture and no more: she stays. Traced. False where there was none. Raises Fault(STORE_IO | STORE_DAMAGED)."""
    with database.write():
        went = database.connection.execute(
            "DELETE FROM face WHERE patient_id = ? RETURNING blob_sha256", (patient_id,)
        ).fetchall()
        if went:
            audit.append(database, Entry(Act.RESIDENTS, by, now, patient_id, detail="the picture taken away"))
    _sweep(database, blobs, [sha256 for (sha256,) in went])
    return bool(went)


def _sweep(database: Database, blobs: Blobs, names: list[str]) -> None:
    """The files that no row names any more."""
    if not names:
        return
    with database.write():
        for name in unnamed(database.connection, names):
            blobs.remove(name)
