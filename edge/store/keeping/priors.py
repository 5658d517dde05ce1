"""Earlier photos and ECGs of a resident: those of this cart, which are items, and copies of what far ends gave back.

The copies are rows that go again: nothing depends on them, and the far end has the originals.
"""

from __future__ import annotations

import datetime as dt

from edge.domain.audit import Act, Actor, Entry
from edge.domain.body_site import BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant, Kind
from edge.domain.patient import Patient
from edge.domain.photo import Photo
from edge.domain.prior import Doubt, Found, Held, Prior, PriorKind, Search, newest_first
from edge.domain.waveform import Waveform
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit, rows
from edge.store.keeping.reading import OF_RESIDENT

LATELY = dt.timedelta(hours=24)
"""For so long after an encounter was opened somebody may ask for what was before."""

_LISTED = 60
_KINDS = {Kind.PHOTO: PriorKind.PHOTO, Kind.ECG: PriorKind.ECG}
THEIRS = (
    "JOIN patient p ON p.id = r.patient_id AND p.issuer = r.issuer AND p.birth_date = r.birth_date AND p.erased IS NULL"
)
"""Copies that were compared with these very traits."""


_EXPECTED = (
    "EXISTS (SELECT 1 FROM scheduled w WHERE w.gone_utc IS NULL AND w.patient_id = p.id AND w.birth_date = p.birth_date"
    " AND w.start BETWEEN ?5 AND ?6)"
)
"""Of whom the worklist says that somebody comes for her now; in its own wall clock, so with a day to spare."""


class Priors:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs

    # --- looking

    def listed(self, patient_id: str, besides: str | None = None, limit: int = _LISTED) -> tuple[Prior, ...]:
        """The newest first, without what was undone or purged, and without the encounter ``besides``."""
        return newest_first([*self._items(patient_id, besides, limit), *self._copies(patient_id, limit)])[:limit]

    def _items(self, patient_id: str, besides: str | None, limit: int) -> list[Prior]:
        kinds = ",".join(f"'{kind.value}'" for kind in _KINDS)
        found = self._run(
            "SELECT i.id, i.kind, i.taken_utc, i.device_label, i.payload, coalesce(o.name, '') FROM item i"
            " LEFT JOIN operator o ON o.item = i.sequence"
            f" WHERE i.sequence IN ({OF_RESIDENT}) AND i.kind IN ({kinds}) AND i.entered_in_error IS NULL"
            " AND i.purged IS NULL AND i.encounter_id IS NOT ?2 ORDER BY i.sequence DESC LIMIT ?3",
            (patient_id, besides, limit),
        )
        return [_of_item(*row) for row in found]

    def _copies(self, patient_id: str, limit: int) -> list[Prior]:
        found = self._run(
            "SELECT r.sop_uid, r.kind, r.taken, r.title, r.source, r.site, r.side, r.region, r.intimate, r.bytes"
            f" FROM prior r {THEIRS} WHERE r.patient_id = ? ORDER BY r.taken DESC LIMIT ?",
            (patient_id, limit),
        )
        return [
            Prior(
                id=uid,
                kind=PriorKind(kind),
                taken=taken,
                title=title,
                source=source,
                site=BodySite(site) if site else None,
                side=Side(side) if side else None,
                region=region,
                intimate=bool(intimate),
                size=size,
            )
            for uid, kind, taken, title, source, site, side, region, intimate, size in found
        ]

    def copy(self, patient_id: str, sop_uid: str) -> bytes:
        """The DICOM file of a fetched object. Raises Fault(PURGED) for what is not there, or not this resident's."""
        row = self._run(
            f"SELECT r.blob_sha256 FROM prior r {THEIRS} WHERE r.patient_id = ? AND r.sop_uid = ?",
            (patient_id, sop_uid),
        ).fetchone()
        if row is None:
            raise Fault(Reason.PURGED, "it is not here any more", "look where it came from")
        return self._blobs.get(row[0])

    def knows(self, patient_id: str) -> bool:
        """Whether this is one of the residents."""
        return self._run("SELECT 1 FROM patient WHERE id = ? AND erased IS NULL", (patient_id,)).fetchone() is not None

    def searches(self, patient_id: str) -> tuple[Search, ...]:
        found = self._run(
            "SELECT source, at_utc, done, left_out, what FROM prior_search WHERE patient_id = ? ORDER BY source",
            (patient_id,),
        )
        return tuple(Search(source, at, bool(done), left_out, what) for source, at, done, left_out, what in found)

    # --- fetching

    def wanted(self, source: str, now: Instant, every_seconds: float) -> list[Patient]:
        """Who is on screen first, then who was lately or is expected; without those who left, and those searched for not
        long ago.
        """
        since = (now.utc - LATELY).isoformat()
        before = (now.utc - dt.timedelta(seconds=every_seconds)).isoformat()
        found = self._run(
            f"SELECT {rows.PATIENT} FROM patient p LEFT JOIN encounter e ON e.patient_id = p.id"
            " LEFT JOIN on_screen s ON s.encounter_id = e.id"
            f" WHERE (e.opened >= ?1 OR e.closed >= ?1 OR s.only = 1 OR {_EXPECTED})"
            " AND p.departed IS NULL AND p.erased IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM prior_search q WHERE q.patient_id = p.id AND q.source = ?2 AND q.done = 1"
            # one that lies ahead was made under another clock
            " AND q.at_utc BETWEEN ?3 AND ?4)"
            " GROUP BY p.id ORDER BY max(s.only IS NOT NULL) DESC, max(e.opened) DESC LIMIT 50",
            (since, source, before, now.utc.isoformat(), _day(now, -1), _day(now, 2)),
        )
        return [rows.patient(row) for row in found]

    def held(self, patient_id: str, source: str) -> Held:
        # a study that was ordered may hold objects of others beside ours
        ours = self._run(
            "SELECT study_uid FROM encounter WHERE patient_id = ?"
            " AND NOT EXISTS (SELECT 1 FROM ordered o WHERE o.encounter_id = encounter.id)",
            (patient_id,),
        )
        known = self._run(
            f"SELECT r.sop_uid FROM prior r {THEIRS} WHERE r.patient_id = ?1"
            " UNION SELECT sop_uid FROM prior_refused WHERE patient_id = ?1 AND source = ?2"
            " UNION SELECT i.sop_uid FROM ordered o JOIN item i ON i.encounter_id = o.encounter_id"
            f" WHERE i.sequence IN ({OF_RESIDENT})"
            " UNION SELECT b.sop_uid FROM ordered o JOIN item i ON i.encounter_id = o.encounter_id"
            f" JOIN outbox b ON b.item = i.sequence WHERE b.sop_uid IS NOT NULL AND i.sequence IN ({OF_RESIDENT})",
            (patient_id, source),
        )
        (held,) = self._run(
            "SELECT coalesce(sum(bytes), 0) FROM prior WHERE patient_id = ? AND source = ?", (patient_id, source)
        ).fetchone()
        return Held(frozenset(uid for (uid,) in ours), frozenset(uid for (uid,) in known), int(held))

    def keep(self, patient: Patient, source: str, found: Found, content: bytes, now: Instant) -> bool:
        """False where the resident was corrected or left since ``patient`` was read."""
        if not self._is_still(patient):
            return False
        sha256 = self._blobs.put(content)
        with self._database.write():
            if not self._is_still(patient):
                # the file has no row and is swept
                return False
            if not self._blobs.has(sha256):
                # it was there before, and was purged since it was looked for
                raise Fault(Reason.STORE_IO, "not saved: its file went", "it is fetched again")
            self._run(
                "INSERT OR REPLACE INTO prior VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    patient.id,
                    found.sop_uid,
                    patient.issuer,
                    patient.birth_date.isoformat(),
                    found.study_uid,
                    found.series_uid,
                    found.sop_class,
                    source,
                    found.kind.value,
                    found.modality,
                    found.taken,
                    found.title,
                    found.site.value if found.site else "",
                    found.side.value if found.side else "",
                    found.region,
                    int(found.intimate),
                    sha256,
                    len(content),
                    now.utc.isoformat(),
                ),
            )
        return True

    def _is_still(self, patient: Patient) -> bool:
        row = self._run(
            "SELECT 1 FROM patient WHERE id = ? AND issuer = ? AND birth_date = ? AND departed IS NULL AND erased IS NULL",
            (patient.id, patient.issuer, patient.birth_date.isoformat()),
        ).fetchone()
        return row is not None

    def refuse(self, patient_id: str, source: str, sop_uid: str, reason: str, now: Instant, by: Actor) -> None:
        """It is not fetched again. An object of somebody else under this resident's identifier is an act of the trail."""
        with self._database.write():
            self._run(
                "INSERT OR REPLACE INTO prior_refused VALUES (?,?,?,?,?)",
                (patient_id, sop_uid, source, reason, now.utc.isoformat()),
            )
            detail = f"{source}, {reason}"
            if reason in set(Doubt):
                audit.append(self._database, Entry(Act.NOT_THEIRS, by, now, patient_id, detail=detail))

    def searched(self, patient_id: str, search: Search, fetched: int, now: Instant, by: Actor) -> None:
        with self._database.write():
            self._run(
                "INSERT OR REPLACE INTO prior_search VALUES (?,?,?,?,?,?)",
                (patient_id, search.source, search.at_utc, int(search.done), search.left_out, search.what),
            )
            if fetched:
                detail = f"{search.source}, {fetched} objects, {search.left_out} left out"
                audit.append(self._database, Entry(Act.FETCHED, by, now, patient_id, detail=detail))


def _day(now: Instant, days: int) -> str:
    return (now.utc.date() + dt.timedelta(days=days)).isoformat()


def _of_item(name: str, kind: str, taken: str, device: str, text: str, who: str) -> Prior:
    content = rows.payload(Kind(kind), text, None, None)
    prior = Prior(name, _KINDS[Kind(kind)], taken, "", who=who, device=device)
    match content:
        case Photo(view=view, site=site, side=side):
            return Prior(
                name, prior.kind, taken, view.value, "", site, side, "", who, device, intimate=content.is_intimate
            )
        case Waveform():
            return prior
        case _:
            raise Fault(Reason.STORE_DAMAGED, "an earlier picture cannot be read", "verify the store")
