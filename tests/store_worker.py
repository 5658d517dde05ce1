"""A process that reads, changes and writes a number in a store, again and again: ``python -m tests.store_worker``."""

from __future__ import annotations

import sys
from pathlib import Path

from edge.store.disk.keys import read_key
from edge.store.file.database import Database


def main() -> None:
    """Arguments: folder, name of the number, how often, how a transaction begins, ``owner`` or ``joined`` or ``reader``."""
    folder, name, times, begin, role = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
    Database.BEGIN = begin
    database = Database(folder / "store.db", read_key(folder / "store.key"), owner=role == "owner")
    run = database.connection.execute
    print("ready", flush=True)
    sys.stdin.readline()
    seen = 0
    for _ in range(times):
        if role == "reader":
            (value,) = run("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
            assert value >= seen, (value, seen)
            seen = value
            continue
        with database.write():
            (value,) = run("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
            run("UPDATE counter SET value = ? WHERE name = ?", (value + 1, name))
    print("done", flush=True)


if __name__ == "__main__":
    main()
