"""Pictures of residents go with them."""

from __future__ import annotations

from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
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
    with database.write():
        for name in unnamed(database.connection, [sha256 for (sha256,) in went]):
            blobs.remove(name)
    return len(went)
