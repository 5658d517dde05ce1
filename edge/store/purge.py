"""What is proven received and past its retention leaves the cart, with a certificate. Rows stay, their content goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from edge.domain.audit import THE_CART, Act, Actor, Entry
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant, Kind
from edge.domain.retention import Certificate, Gone, Retention, Rule
from edge.store import audit
from edge.store.blobs import Blobs
from edge.store.database import Database
from edge.store.recordings import CHUNKS

BATCH = 50
"""Items of one transaction: a nurse's reading waits for no longer than that."""

_BLANK = "{}"


class Purge:
    """Raises Fault(STORE_IO | STORE_DAMAGED) where nothing went."""

    def __init__(self, database: Database, blobs: Blobs, retention: Retention) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs
        self._retention = retention

    def due(self, now: Instant, limit: int = BATCH) -> list[tuple[int, Rule]]:
        """(sequence, why), the oldest first. Nothing while the clock is not known to be right (H8)."""
        if not now.clock_trusted:
            return []
        found: list[tuple[int, Rule]] = []
        candidates = self._run(
            "SELECT i.sequence, i.kind, max(o.changed_utc), p.departed FROM outbox o INDEXED BY outbox_purgeable"
            " JOIN item i ON i.sequence = o.item JOIN patient p ON p.id = i.patient_id"
            " WHERE o.state = 'received' AND o.purged = 0 GROUP BY o.item"
            " HAVING NOT EXISTS (SELECT 1 FROM outbox open WHERE open.item = i.sequence AND open.state <> 'received')"
        )
        for sequence, kind, received, departed in candidates:
            left = dt.date.fromisoformat(departed) if departed else None
            rule = self._retention.over(Kind(kind), dt.datetime.fromisoformat(received), left, now.utc)
            if rule is not None:
                found.append((sequence, rule))
                if len(found) == limit:
                    break
        candidates.close()
        return found

    def run(self, now: Instant, by: Actor = THE_CART) -> Certificate | None:
        """One batch, and who left long ago; None where nothing was due. The files go after the rows that named them."""
        due = self.due(now)
        if not due and not self._leaving(now):
            return None
        with self._database.write():
            gone = tuple(self._gone(sequence, rule) for sequence, rule in due)
            unnamed = {name for sequence, _ in due for name in self._names(sequence)}
            for sequence, _ in due:
                self._run(
                    "UPDATE item SET payload = ?, samples = NULL, raw = NULL, blob_sha256 = NULL, purged = ? WHERE sequence = ?",
                    (_BLANK, now.utc.isoformat(), sequence),
                )
                self._run("UPDATE outbox SET purged = 1 WHERE item = ?", (sequence,))
                (recording,) = self._run("SELECT recording FROM item WHERE sequence = ?", (sequence,)).fetchone()
                self._run(f"UPDATE chunk SET samples = x'' WHERE {CHUNKS}", (recording,))
            residents = tuple(self._leaving(now))
            for patient_id in residents:
                self._forget(patient_id, now)
            certificate = Certificate(str(uuid7()), now.utc.isoformat(), gone, residents)
            self._run(
                "INSERT INTO purge (id, at_utc, certificate) VALUES (?, ?, ?)",
                (certificate.id, certificate.made, msgspec.json.encode(certificate).decode()),
            )
            detail = f"certificate {certificate.id}, {len(gone)} items, {len(residents)} residents who left"
            audit.append(self._database, Entry(Act.PURGED, by, now, detail=detail))
        self._remove(unnamed)
        return certificate

    def _remove(self, names: Iterable[str]) -> None:
        """Under the write lock, and those that save a file look for it under the same lock: no row names what is gone."""
        with self._database.write():
            for name in names:
                if not self._named(name):
                    self._blobs.remove(name)

    def certificates(self) -> list[Certificate]:
        """All that were made, the oldest first."""
        rows = self._run("SELECT certificate FROM purge ORDER BY sequence")
        return [msgspec.json.decode(text, type=Certificate) for (text,) in rows]

    def _gone(self, sequence: int, rule: Rule) -> Gone:
        item_id, kind, taken = self._run(
            "SELECT id, kind, taken_utc FROM item WHERE sequence = ?", (sequence,)
        ).fetchone()
        sent = self._run(
            "SELECT destination, changed_utc, frozen_sha256 FROM outbox WHERE item = ? ORDER BY destination",
            (sequence,),
        ).fetchall()
        return Gone(
            item_id,
            kind,
            taken,
            rule,
            {destination: received for destination, received, _ in sent},
            {destination: sha256 for destination, _, sha256 in sent if sha256},
        )

    def _names(self, sequence: int) -> Sequence[str]:
        """Of the files that belong to an item: its own and what was frozen of it."""
        found = self._run(
            "SELECT blob_sha256 FROM item WHERE sequence = ?1 UNION SELECT frozen_sha256 FROM outbox WHERE item = ?1",
            (sequence,),
        )
        return [name for (name,) in found if name]

    def _named(self, name: str) -> bool:
        """Whether something that is still here has this file, too: equal content is one file."""
        row = self._run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM item WHERE blob_sha256 = ?1 AND purged IS NULL)"
            " OR EXISTS (SELECT 1 FROM outbox WHERE frozen_sha256 = ?1 AND purged = 0)",
            (name,),
        ).fetchone()
        return row is not None

    def _leaving(self, now: Instant) -> list[str]:
        """Residents who left so long ago that nothing but what still waits keeps them here."""
        if not now.clock_trusted:
            return []
        rows = self._run("SELECT id, departed FROM patient WHERE departed IS NOT NULL AND erased IS NULL").fetchall()
        return [
            patient_id
            for patient_id, departed in rows
            if self._retention.departure_over(dt.date.fromisoformat(departed), now.utc) and not self._holds(patient_id)
        ]

    def _holds(self, patient_id: str) -> bool:
        """Whether anything of this resident is still here, or on screen."""
        row = self._run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM item WHERE patient_id = ?1 AND purged IS NULL) OR EXISTS"
            " (SELECT 1 FROM on_screen s JOIN encounter e ON e.id = s.encounter_id WHERE e.patient_id = ?1)",
            (patient_id,),
        ).fetchone()
        return row is not None

    def _forget(self, patient_id: str, now: Instant) -> None:
        self._run(
            "UPDATE patient SET birth_name = '', given_names = '', used_name = NULL, birth_date = '0001-01-01', room = '',"
            " status = 'provisoire', ins_matricule = NULL, ins_oid = NULL, allergies = NULL, erased = ? WHERE id = ?",
            (now.utc.isoformat(), patient_id),
        )
