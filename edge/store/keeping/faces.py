"""The pictures of residents. Never beside another name: one counts for as long as its resident is who she was (H1)."""

from __future__ import annotations

from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit

THEIRS = (
    "EXISTS (SELECT 1 FROM patient p WHERE p.id = face.patient_id AND p.issuer = face.issuer"
    " AND p.birth_name = face.birth_name AND p.birth_date = face.birth_date AND p.departed IS NULL AND p.erased IS NULL)"
)


class Faces:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs

    def put(self, patient: Patient, jpeg: bytes, now: Instant, by: Actor) -> bool:
        """In place of the one before, whose file is swept. False where this very one is there already, or ``patient`` is not here as she is given."""
        sha256 = self._blobs.put(jpeg)
        traits = (patient.id, patient.issuer, patient.birth_name, patient.birth_date.isoformat())
        with self._database.write():
            here = self._run(
                "SELECT 1 FROM patient WHERE id = ? AND issuer = ? AND birth_name = ? AND birth_date = ?"
                " AND departed IS NULL AND erased IS NULL",
                traits,
            ).fetchone()
            before = self._run(f"SELECT blob_sha256, {THEIRS} FROM face WHERE patient_id = ?", (patient.id,)).fetchone()
            if here is None or before == (sha256, 1):
                return False
            if not self._blobs.has(sha256):
                # it was there before, and was swept since it was looked for
                raise Fault(Reason.STORE_IO, "not saved: its file went", "import the list again")
            self._run(
                "INSERT OR REPLACE INTO face VALUES (?,?,?,?,?,?,?)", (*traits, sha256, len(jpeg), now.utc.isoformat())
            )
            audit.append(self._database, Entry(Act.RESIDENTS, by, now, patient.id, detail="the picture"))
        return True

    def get(self, patient_id: str) -> bytes | None:
        """The JPEG; None where the site gave none, or where it is not believed to be hers any more."""
        row = self._run(f"SELECT blob_sha256 FROM face WHERE patient_id = ? AND {THEIRS}", (patient_id,)).fetchone()
        return self._blobs.get(row[0]) if row else None
