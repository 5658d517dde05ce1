"""The rounds of one resident in which something stands, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from edge.domain.measurement import NOT_CAPTURED
from edge.store.file.database import Database

_MADE: Final = ",".join(f"'{kind.value}'" for kind in sorted(NOT_CAPTURED))


def rounds_of(database: Database, patient_id: str, since: dt.datetime | None = None, most: int = 1) -> Sequence[str]:
    """Ids of at most ``most`` rounds that were opened at ``since`` or later; None: whenever."""
    found = database.connection.execute(
        "SELECT e.id FROM encounter e WHERE e.patient_id = ?1 AND (?2 IS NULL OR e.opened >= ?2)"
        " AND EXISTS (SELECT 1 FROM item i WHERE i.encounter_id = e.id AND i.sequence > e.after_sequence"
        f" AND i.entered_in_error IS NULL AND i.kind NOT IN ({_MADE}))"
        " ORDER BY e.opened DESC, e.id DESC LIMIT ?3",
        (patient_id, since.isoformat() if since else None, most),
    )
    return [str(name) for (name,) in found]
