"""Files that no row names: a process was killed between a file and the row that names it, or between a row and its file."""

from __future__ import annotations

import sqlcipher3.dbapi2 as sqlite

from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.leaving.backup import naming_columns

SHARDS = 8
"""Of 256: as much as is looked through at once, so that no reading waits long."""


class Sweep:
    """Shard after shard, in a circle."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._next = 0

    def run(self, shards: int = SHARDS) -> list[str]:
        """The names of the files that went.

        Under the write lock, and whoever saves a row looks under the same lock whether its file is still there: so a file
        that is new and still without its row costs its writer another try, and no row ever names what is gone.
        Raises Fault(STORE_IO | STORE_DAMAGED).
        """
        held = []
        for _ in range(shards):
            held += self._blobs.held_in(f"{self._next:02x}")
            self._next = (self._next + 1) % 256
        orphans = unnamed(self._database.connection, held)
        gone = []
        for name in orphans:
            with self._database.write():
                if unnamed(self._database.connection, [name]):
                    self._blobs.remove(name)
                    gone.append(name)
        return gone


def unnamed(connection: sqlite.Connection, names: list[str]) -> list[str]:
    """Those of ``names`` that nothing in the store has any more. Raises sqlite's errors."""
    named = [
        f'SELECT 1 FROM "{table}" WHERE "{column}" = ?1 AND ({here})'
        for table, column, here in naming_columns(connection)
    ]
    question = "SELECT " + " OR ".join(f"EXISTS ({one})" for one in named)
    return [name for name in names if not connection.execute(question, (name,)).fetchone()[0]]
