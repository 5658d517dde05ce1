"""Photos of the same part of the body of a resident over time: a wound is watched by comparing them."""

from __future__ import annotations

import datetime as dt

from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.measurement import Kind
from edge.domain.photo import Earlier, Photo, View
from edge.store.file.database import Database

_PHOTOS = (
    f"SELECT item FROM filed_resident WHERE patient_id = ?1 AND kind = '{Kind.PHOTO.value}' UNION ALL SELECT sequence FROM item"
    " WHERE sequence > (SELECT value FROM counter WHERE name = 'filed')"
    f" AND patient_id = ?1 AND kind = '{Kind.PHOTO.value}'"
)


def earlier(
    database: Database,
    patient_id: str,
    site: BodySite,
    side: Side | None,
    *,
    before: dt.datetime,
    destination: str | None = None,
    limit: int = 20,
) -> list[Earlier]:
    """The newest first, without what was undone or purged. With ``destination`` only those promised there, as they are there.

    None of a paired part of which nobody told the side: it may be the other one (H4).
    """
    if SITES[site].paired and side is None:
        return []
    found = database.connection.execute(
        "SELECT e.study_uid, i.series_uid, coalesce(o.sop_uid, i.sop_uid), json_extract(i.payload, '$.view'), i.taken_utc,"
        " i.id, coalesce(o.plain, 0)"
        " FROM item i JOIN encounter e ON e.id = i.encounter_id"
        " LEFT JOIN outbox o ON o.item = i.sequence AND o.destination = ?2"
        f" WHERE i.sequence IN ({_PHOTOS}) AND i.entered_in_error IS NULL AND i.purged IS NULL AND o.withdrawn IS NULL"
        " AND json_extract(i.payload, '$.site') = ?3 AND json_extract(i.payload, '$.side') IS ?4"
        " AND i.taken_utc < ?5 AND (?2 IS NULL OR o.item IS NOT NULL) ORDER BY i.taken_utc DESC, i.sequence DESC LIMIT ?6",
        (patient_id, destination, site.value, side and side.value, before.astimezone(dt.UTC).isoformat(), limit),
    )
    return [
        Earlier(item_id, study, series, sop, View(view), dt.datetime.fromisoformat(taken), plain=bool(plain))
        for study, series, sop, view, taken, item_id, plain in found
    ]


def predecessor(
    database: Database, patient_id: str, photo: Photo, taken: dt.datetime, destination: str | None
) -> Earlier | None:
    """The last of them before ``photo``; None where nobody told what it shows."""
    if photo.site is None:
        return None
    found = earlier(database, patient_id, photo.site, photo.side, before=taken, destination=destination, limit=1)
    return found[0] if found else None
