"""Documents of residents: each a file, encrypted as all others, of this resident and of nobody else (H1)."""

from __future__ import annotations

import datetime as dt

from edge.domain.audit import Act, Actor, Entry
from edge.domain.dossier import Document, DocumentRole, newest
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit


class Documents:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs

    def put(self, patient_id: str, role: DocumentRole, pdf: bytes, now: Instant, by: Actor) -> bool:
        """Durable when it returns, with its trace. False where it is here already. Raises Fault(NO_RESIDENT | NOT_ALLOWED)."""
        sha256 = self._blobs.put(pdf)
        with self._database.write():
            known = self._run("SELECT 1 FROM patient WHERE id = ? AND erased IS NULL", (patient_id,)).fetchone()
            if known is None:
                raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "see the residents' file")
            others = self._run(
                # what stands under an identifier that she had before is hers
                "SELECT 1 FROM document d WHERE d.blob_sha256 = ?1 AND d.patient_id <> ?2 AND NOT EXISTS (SELECT 1 FROM document"
                " WHERE blob_sha256 = ?1 AND patient_id = ?2)",
                (sha256, patient_id),
            ).fetchone()
            if others is not None:
                what = "this document is another resident's here"
                raise Fault(Reason.NOT_ALLOWED, what, "check whose it is")
            if not self._blobs.has(sha256):
                # it was there before, and was swept since it was looked for
                raise Fault(Reason.STORE_IO, "not saved: its file went", "try again")
            new = self._run(
                "INSERT OR IGNORE INTO document (patient_id, role, blob_sha256, bytes, added_utc) VALUES (?,?,?,?,?)",
                (patient_id, role.value, sha256, len(pdf), now.utc.isoformat()),
            ).rowcount
            if new:
                audit.append(self._database, Entry(Act.IMPORTED, by, now, patient_id, detail=f"document, {role.value}"))
        return bool(new)

    def of(self, patient_id: str) -> tuple[Document, ...]:
        """The newest of each role, without their content."""
        found = self._run(
            "SELECT role, blob_sha256, added_utc FROM document WHERE patient_id = ? ORDER BY sequence", (patient_id,)
        )
        return newest([Document(DocumentRole(role), name, dt.datetime.fromisoformat(at)) for role, name, at in found])


def loaded(database: Database, blobs: Blobs, patient_id: str, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """Those of them that are still this resident's, with their content. Raises Fault(STORE_DAMAGED)."""
    found = []
    for one in documents:
        row = database.connection.execute(
            "SELECT added_utc FROM document WHERE patient_id = ? AND role = ? AND blob_sha256 = ?",
            (patient_id, one.role.value, one.sha256),
        ).fetchone()
        if row is not None:
            found.append(Document(one.role, one.sha256, one.added, blobs.get(one.sha256)))
    return tuple(found)
