"""The items of one study and what was frozen of each, for whoever takes the study along."""

from __future__ import annotations

import dataclasses

from edge.domain.measurement import Kind
from edge.store.sending.outbox import Opened


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """One item. ``frozen``: the destinations that it was promised to, each with the SHA-256 of its frozen bytes or None."""

    item_id: str
    kind: Kind
    undone: bool
    purged: bool
    frozen: tuple[tuple[str, str | None], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Study:
    """An encounter's items, in the order in which they were saved."""

    encounter_id: str
    patient_id: str
    items: tuple[Kept, ...]


def study(opened: Opened, study_uid: str) -> Study | None:
    """None: no encounter opened a study of this UID."""
    encounter = opened.run(
        "SELECT id, patient_id, after_sequence FROM encounter WHERE study_uid = ?", (study_uid,)
    ).fetchone()
    if encounter is None:
        return None
    found = opened.run(
        "SELECT sequence, id, kind, entered_in_error IS NOT NULL, purged IS NOT NULL FROM item"
        " WHERE sequence > ? AND encounter_id = ? ORDER BY sequence",
        (encounter[2], encounter[0]),
    ).fetchall()
    return Study(
        encounter[0],
        encounter[1],
        tuple(
            Kept(item_id, Kind(kind), bool(undone), bool(purged), _frozen(opened, sequence))
            for sequence, item_id, kind, undone, purged in found
        ),
    )


def _frozen(opened: Opened, sequence: int) -> tuple[tuple[str, str | None], ...]:
    rows = opened.run("SELECT destination, frozen_sha256 FROM outbox WHERE item = ? ORDER BY destination", (sequence,))
    return tuple((destination, sha256) for destination, sha256 in rows)
