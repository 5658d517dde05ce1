"""What is proven received and past its retention leaves the cart, with a certificate. Rows stay, their content goes.

What was withdrawn goes too, once every note that withdraws it is received; no certificate says of it that somebody has it. An
item goes before its paper and its notes, which are held until then: they are built of it, and tell what became of it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Generator, Iterable, Sequence

import msgspec

from edge.domain.audit import THE_CART, Act, Actor, Entry
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant, Kind
from edge.domain.retention import Certificate, Gone, Retention, Rule
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import answer_ends as answers, audit, following, movements, notes, orders
from edge.store.keeping.reading import OF_RESIDENT
from edge.store.keeping.recordings import CHUNKS

BATCH = 50
"""Items of one transaction: a nurse's reading waits for no longer than that."""

_BLANK = "{}"

_TRUSTED = (
    # what a release before this proved is believed where it is not before the item itself
    "coalesce(o.trusted_utc IS o.changed_utc OR (o.trusted_utc IS NULL AND i.clock_trusted = 1 AND o.changed_utc >= i.taken_utc"
    " AND i.sequence <= (SELECT CAST(value AS INTEGER) FROM fact WHERE name = 'proven_before')), 0)"
)
"""Whether the clock was known to be right when ``o`` was proven to have ``i``."""


class Purge:
    """Raises Fault(STORE_IO | STORE_DAMAGED) where nothing went."""

    def __init__(self, database: Database, blobs: Blobs, retention: Retention) -> None:
        self._database = database
        self._connection = database.connection
        self._run = database.connection.execute
        self._blobs = blobs
        self._retention = retention

    def due(self, now: Instant, limit: int = BATCH) -> list[tuple[int, Rule]]:
        """(sequence, why), the longest received first. Nothing while the clock is not known to be right (H8)."""
        found: dict[int, Rule] = {}
        with contextlib.closing(self._candidates(now)) as candidates:
            for sequence in candidates:
                rule = None if sequence in found else self.rule(sequence, now)
                if rule is not None:
                    found[sequence] = rule
                    if len(found) == limit:
                        break
        return list(found.items())

    def _candidates(self, now: Instant) -> Generator[int, None, None]:
        """Sequences, some twice: what may be past its retention, by when it was received; then what those have who left."""
        if not now.clock_trusted:
            return
        since = now.utc - dt.timedelta(days=self._retention.shortest_days)
        with contextlib.closing(
            self._run(
                "SELECT item FROM outbox INDEXED BY outbox_purgeable WHERE state = 'received' AND purged = 0"
                " AND changed_utc < ? ORDER BY changed_utc, item",
                (since.isoformat(),),
            )
        ) as received:
            for (sequence,) in received:
                yield sequence
        for patient_id in self._left(now):
            mine = self._run(
                f"SELECT sequence FROM item WHERE sequence IN ({OF_RESIDENT}) AND purged IS NULL ORDER BY sequence",
                (patient_id,),
            )
            yield from [sequence for (sequence,) in mine.fetchall()]

    def rule(self, sequence: int, now: Instant) -> Rule | None:
        """Why this item may go now; None where it may not."""
        kind, departed, received, everywhere, trusted = self._run(
            f"SELECT i.kind, p.departed, max(o.changed_utc), min(o.state = 'received'), min({_TRUSTED}) FROM item i"
            " JOIN patient p ON p.id = i.patient_id JOIN outbox o ON o.item = i.sequence"
            " WHERE i.sequence = ? AND i.purged IS NULL AND NOT EXISTS (SELECT 1 FROM item m JOIN outbox w ON w.item = m.sequence"
            " WHERE m.part_of = i.sequence AND w.state <> 'received' AND (m.kind = 'withdrawal' OR w.frozen_sha256 IS NULL))"
            " AND (i.part_of IS NULL OR EXISTS (SELECT 1 FROM item w WHERE w.sequence = i.part_of AND w.purged IS NOT NULL))",
            (sequence,),
        ).fetchone()
        if not everywhere:
            return None
        left = dt.date.fromisoformat(departed) if departed else None
        # by a clock that was not known to be right nobody knows when: as if it were now
        since = dt.datetime.fromisoformat(received) if trusted else now.utc
        if kind == Kind.OPINION and (came := answers.newest(self._database, sequence)) is not None:
            since = max(since, came)
        return self._retention.over(Kind(kind), since, left, now.utc)

    def still(self, due: Sequence[tuple[int, Rule]], now: Instant) -> list[tuple[int, Rule]]:
        """Those that are due under the write lock, too: others may have written since they were looked for."""
        return [(sequence, rule) for sequence, _ in due if (rule := self.rule(sequence, now)) is not None]

    def run(self, now: Instant, by: Actor = THE_CART) -> Certificate | None:
        """One batch, and who left long ago; None where nothing was due. The files go after the rows that named them."""
        if not now.clock_trusted:
            return None
        orders.forget(self._database, now.utc)
        before = now.utc - dt.timedelta(days=self._retention.vitals_days)
        movements.forget(self._database, before)
        aside = now.utc - dt.timedelta(days=self._retention.departure_days)
        late = answers.forget_late(self._database, before)
        late += answers.forget_loose(self._database, aside, before, now, by)
        if late:
            self._remove(late)
        self._begin_to_count(now)
        due = self.due(now)
        if not due and not self._leaving(now) and not self._not_understood(now):
            return None
        with self._database.write():
            due = self.still(due, now)
            gone = tuple(self._gone(sequence, rule) for sequence, rule in due)
            unnamed = {name for sequence, _ in due for name in self._names(sequence)}
            for sequence, _ in due:
                unnamed |= set(answers.forget(self._database, sequence))
                self._run(
                    "UPDATE item SET payload = ?, samples = NULL, raw = NULL, blob_sha256 = NULL, purged = ? WHERE sequence = ?",
                    (_BLANK, now.utc.isoformat(), sequence),
                )
                self._run("UPDATE outbox SET purged = 1 WHERE item = ?", (sequence,))
                (recording,) = self._run("SELECT recording FROM item WHERE sequence = ?", (sequence,)).fetchone()
                self._run(f"UPDATE chunk SET samples = x'' WHERE {CHUNKS}", (recording,))
                self._run("DELETE FROM superseded WHERE item = ?", (sequence,))
                # a correction is never changed, but for what it was of: REPLACE asks no trigger
                self._run(
                    "INSERT OR REPLACE INTO correction (sequence, item, at_utc, payload)"
                    " SELECT sequence, item, at_utc, ?2 FROM correction WHERE item = ?1",
                    (sequence, _BLANK),
                )
            residents = tuple(self._leaving(now))
            frames = tuple(self._not_understood(now))
            if not gone and not residents and not frames:
                return None
            self._connection.executemany(
                "UPDATE quarantine SET raw = x'', what = '' WHERE sequence = ?", [(frame,) for frame in frames]
            )
            for patient_id in residents:
                self._forget(patient_id, now)
            certificate = Certificate(str(uuid7()), now.utc.isoformat(), gone, residents, frames)
            self._run(
                "INSERT INTO purge (id, at_utc, certificate) VALUES (?, ?, ?)",
                (certificate.id, certificate.made, msgspec.json.encode(certificate).decode()),
            )
            detail = (
                f"certificate {certificate.id}, {len(gone)} items, {len(residents)} residents who left,"
                f" {len(frames)} not understood"
            )
            audit.append(self._database, Entry(Act.PURGED, by, now, detail=detail))
        self._remove(unnamed)
        return certificate

    def _begin_to_count(self, now: Instant) -> None:
        """What was proven, or set aside, by a clock that was not known to be right counts from the first time that it is."""
        since = now.utc - dt.timedelta(days=self._retention.shortest_days)
        found = self._run(
            "SELECT o.item, o.destination, ?2, ?2 FROM outbox o INDEXED BY outbox_purgeable JOIN item i ON i.sequence = o.item"
            f" WHERE o.state = 'received' AND o.purged = 0 AND o.changed_utc < ?1 AND NOT {_TRUSTED} LIMIT 1000",
            (since.isoformat(), now.utc.isoformat()),
        ).fetchall()
        unseen = self._run("SELECT 1 FROM quarantine WHERE seen_utc IS NULL AND raw <> x'' LIMIT 1").fetchone()
        if not found and not unseen:
            return
        with self._database.write():
            for item, destination, *_ in found:
                self._run(
                    "UPDATE outbox SET changed_utc = ?1, trusted_utc = ?1 WHERE item = ?2 AND destination = ?3"
                    " AND state = 'received' AND trusted_utc IS NOT changed_utc",
                    (now.utc.isoformat(), item, destination),
                )
            self._run(
                "UPDATE quarantine SET seen_utc = ? WHERE seen_utc IS NULL AND raw <> x''", (now.utc.isoformat(),)
            )

    def _not_understood(self, now: Instant) -> list[int]:
        """What was set aside so long ago that a vital sign would go, by its sequence."""
        since = now.utc - dt.timedelta(days=self._retention.vitals_days)
        rows = self._run(
            "SELECT sequence FROM quarantine WHERE seen_utc < ? AND raw <> x'' ORDER BY seen_utc LIMIT ?",
            (since.isoformat(), BATCH),
        )
        return [sequence for (sequence,) in rows]

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
            "SELECT destination, changed_utc, frozen_sha256, withdrawn FROM outbox WHERE item = ? ORDER BY destination",
            (sequence,),
        ).fetchall()
        return Gone(
            item_id,
            kind,
            taken,
            rule,
            {destination: received for destination, received, _, undone in sent if not undone},
            {destination: sha256 for destination, _, sha256, undone in sent if sha256 and not undone},
            {destination: undone for destination, _, _, undone in sent if undone},
        )

    def _names(self, sequence: int) -> Sequence[str]:
        """Of the files that belong to an item: its own, what was frozen of it, and what was before."""
        found = self._run(
            "SELECT blob_sha256 FROM item WHERE sequence = ?1 UNION SELECT frozen_sha256 FROM outbox WHERE item = ?1"
            " UNION SELECT frozen_sha256 FROM superseded WHERE item = ?1",
            (sequence,),
        )
        return [name for (name,) in found if name]

    def _named(self, name: str) -> bool:
        """Whether something that is still here has this file, too: equal content is one file."""
        row = self._run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM item WHERE blob_sha256 = ?1 AND purged IS NULL)"
            " OR EXISTS (SELECT 1 FROM outbox WHERE frozen_sha256 = ?1 AND purged = 0)"
            " OR EXISTS (SELECT 1 FROM answer WHERE blob_sha256 = ?1)"
            " OR EXISTS (SELECT 1 FROM document WHERE blob_sha256 = ?1)"
            " OR EXISTS (SELECT 1 FROM prior WHERE blob_sha256 = ?1) OR EXISTS (SELECT 1 FROM face WHERE blob_sha256 = ?1)"
            " OR EXISTS (SELECT 1 FROM consent WHERE blob_sha256 = ?1)",
            (name,),
        ).fetchone()
        return row is not None

    def _left(self, now: Instant) -> list[str]:
        """Residents who left so long ago that nothing but what still waits keeps them here."""
        if not now.clock_trusted:
            return []
        rows = self._run(
            "SELECT id, departed FROM patient WHERE departed IS NOT NULL AND erased IS NULL UNION"
            # under an identifier that was given up stands who she became
            " SELECT p.id, s.departed FROM patient p JOIN patient s ON s.id = (SELECT r.became FROM reconciled r"
            " WHERE r.patient_id = p.id ORDER BY r.sequence DESC LIMIT 1)"
            " WHERE s.departed IS NOT NULL AND p.departed IS NULL AND p.erased IS NULL"
        ).fetchall()
        return [
            patient_id
            for patient_id, departed in rows
            if self._retention.departure_over(dt.date.fromisoformat(departed), now.utc)
        ]

    def _leaving(self, now: Instant) -> list[str]:
        """Those of them of whom nothing waits any more."""
        return [patient_id for patient_id in self._left(now) if not self._holds(patient_id)]

    def _holds(self, patient_id: str) -> bool:
        """Whether anything of this resident is still here, on screen, or being recorded."""
        row = self._run(
            f"SELECT 1 WHERE EXISTS (SELECT 1 FROM item WHERE sequence IN ({OF_RESIDENT}) AND purged IS NULL)"
            " OR EXISTS (SELECT 1 FROM on_screen s JOIN encounter e ON e.id = s.encounter_id WHERE e.patient_id = ?1)"
            " OR EXISTS (SELECT 1 FROM recording r JOIN encounter e ON e.id = r.encounter_id"
            " WHERE r.finished IS NULL AND e.patient_id = ?1)",
            (patient_id,),
        ).fetchone()
        return row is not None

    def _forget(self, patient_id: str, now: Instant) -> None:
        self._run(
            "UPDATE patient SET birth_name = '', given_names = '', used_name = NULL, birth_date = '0001-01-01', room = '',"
            " status = 'provisoire', ins_matricule = NULL, ins_oid = NULL, allergies = NULL, attributes = '',"
            " treating_doctor = '', treating_rpps = '', protection = NULL, representative = '', birth_place = '', long_term_illness = NULL,"
            " erased = ? WHERE id = ?",
            (now.utc.isoformat(), patient_id),
        )
        movements.forget_of(self._database, patient_id)
        following.forget(self._database, patient_id)
        notes.forget_of(self._database, patient_id)
        # the files of these have no row that names them and are swept
        answers.forget_of(self._database, patient_id)
        # its file has no row and is swept
        self._run("DELETE FROM face WHERE patient_id = ?", (patient_id,))
        self._run("DELETE FROM document WHERE patient_id = ?", (patient_id,))
        # who decided with her and the document of it are hers too: REPLACE asks no trigger
        self._run(
            "INSERT OR REPLACE INTO consent SELECT sequence, id, said, patient_id, basis, act_id, '', NULL, at_utc, name, rpps"
            " FROM consent WHERE patient_id = ?",
            (patient_id,),
        )
