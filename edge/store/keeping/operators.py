"""Who captured an item: a row only where it is a person who is known."""

from __future__ import annotations

from edge.domain.operator import Operator
from edge.store.file.database import Database


def put(database: Database, operator: Operator) -> None:
    """For the item that was just inserted in the caller's transaction."""
    database.connection.execute(
        "INSERT INTO operator SELECT max(sequence), ?, ? FROM item", (operator.name, operator.rpps)
    )


def put_recording(database: Database, number: int, operator: Operator) -> None:
    """Of a running signal, in the caller's transaction."""
    database.connection.execute(
        "INSERT INTO recording_operator VALUES (?, ?, ?)", (number, operator.name, operator.rpps)
    )


def put_recorded(database: Database, number: int) -> None:
    """Whoever began recording ``number`` captured the item that was just inserted in the caller's transaction."""
    database.connection.execute(
        "INSERT INTO operator SELECT (SELECT max(sequence) FROM item), name, rpps FROM recording_operator WHERE recording = ?",
        (number,),
    )


def of(database: Database, item_id: str) -> Operator | None:
    """Of this item; of what was made from another one, of that one."""
    row = database.connection.execute(
        "SELECT o.name, o.rpps FROM item i JOIN operator o ON o.item = coalesce(i.part_of, i.sequence)"
        " WHERE i.sequence = (SELECT item FROM item_named WHERE id = ?)",
        (item_id,),
    ).fetchone()
    return None if row is None else Operator(*row)
