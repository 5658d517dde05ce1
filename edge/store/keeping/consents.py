"""On which basis residents are seen, heard or told about. Rows are only added: a withdrawal is one, and so is a name that comes later."""

from __future__ import annotations

import dataclasses
import datetime as dt

from edge.domain.audit import Act, Actor, Entry
from edge.domain.consent import Basis, Consent, Scope, basis_for, last_word
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import audit

COLLECTED, WITHDRAWN, COMPLETED = "collected", "withdrawn", "completed"

_COLUMNS = "sequence, id, said, patient_id, basis, act_id, other, blob_sha256, at_utc, name, rpps"
_INSERT = (
    "INSERT INTO consent (id, said, patient_id, basis, act_id, other, blob_sha256, at_utc, name, rpps)"
    " VALUES (?,?,?,?,?,?,?,?,?,?)"
)


class Consents:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._run = database.connection.execute
        self._blobs = blobs

    def of(self, patient_id: str) -> list[Consent]:
        """As ``all_of``."""
        return all_of(self._database, patient_id)

    def of_all(self) -> list[Consent]:
        rows = self._run("SELECT DISTINCT patient_id FROM consent ORDER BY patient_id").fetchall()
        return [one for (patient_id,) in rows for one in self.of(patient_id)]

    def collect(self, consent: Consent, encounter_id: str, now: Instant, by: Actor) -> None:
        """Traced in the same transaction. Raises Fault(NO_RESIDENT), Fault(NOT_ALLOWED) for an id that is there already."""
        with self._database.write():
            self._living(consent.patient_id)
            if self._run("SELECT 1 FROM consent WHERE id = ?", (consent.id,)).fetchone():
                raise Fault(Reason.NOT_ALLOWED, "Déjà noté", "regardez l'écran")
            self._put(COLLECTED, consent, now, consent.collected_by)
            self._trace(Act.AGREED, consent, encounter_id, now, by)

    def ask(self, consent: Consent, act_id: str, encounter_id: str, now: Instant, by: Actor) -> None:
        """In the caller's transaction: ``consent`` allows the act now, and is taken down where it is not yet.

        Raises Fault(NOT_ALLOWED) where something else was said last: her refusal, or that she takes her agreement back.
        """
        self._living(consent.patient_id)
        records = self.of(consent.patient_id)
        if all(one.id != consent.id for one in records):
            word = last_word(records, act_id)
            if word is not None and word.stands and word.basis is Basis.REFUSAL:
                raise Fault(Reason.NOT_ALLOWED, "La personne vient de refuser", "pas de demande d'avis")
            self._put(COLLECTED, consent, now, consent.collected_by)
            self._trace(Act.AGREED, consent, encounter_id, now, by)
        elif basis_for(records, act_id) is None:
            raise Fault(Reason.NOT_ALLOWED, "L'accord vient d'être retiré", "pas de demande d'avis")

    def withdraw(self, consent_id: str, patient_id: str, encounter_id: str, now: Instant, by: Actor) -> Consent:
        """What it was. ``patient_id`` "" for whosever it is. Raises Fault(NOT_ALLOWED) where none of that id stands."""
        with self._database.write():
            stood = self._standing(consent_id, patient_id)
            self._put(WITHDRAWN, stood, now, Operator.of(by.who))
            self._trace(Act.AGREEMENT_WITHDRAWN, stood, encounter_id, now, by)
        return stood

    def complete(self, consent_id: str, other: str, sha256: str, now: Instant, by: Actor) -> Consent:
        """A name or a document that comes later; "" leaves what is there. Raises Fault(NOT_ALLOWED) where none of that id stands."""
        with self._database.write():
            stood = self._standing(consent_id, "")
            try:
                told = dataclasses.replace(stood, other=other or stood.other, document_id=sha256 or stood.document_id)
            except ValueError as exc:
                raise Fault(Reason.NOT_ALLOWED, str(exc), "give another name") from exc
            self._put(COMPLETED, told, now, Operator.of(by.who))
            self._trace(Act.AGREEMENT_COMPLETED, told, "", now, by)
        return told

    def put_document(self, content: bytes) -> str:
        """Its name, to be named by a row next."""
        return self._blobs.put(content)

    def document(self, consent: Consent) -> bytes | None:
        return self._blobs.get(consent.document_id) if consent.document_id else None

    # --- rows

    def _living(self, patient_id: str) -> None:
        if self._run("SELECT 1 FROM patient WHERE id = ? AND erased IS NULL", (patient_id,)).fetchone() is None:
            raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "choose again from the list")

    def _standing(self, consent_id: str, patient_id: str) -> Consent:
        row = self._run("SELECT patient_id FROM consent WHERE id = ? LIMIT 1", (consent_id,)).fetchone()
        of = self.of(str(row[0])) if row and patient_id in {"", row[0]} else []
        one = next((one for one in of if one.id == consent_id and one.stands), None)
        if one is None:
            raise Fault(Reason.NOT_ALLOWED, "Cet accord n'est plus en cours", "regardez l'écran et recommencez")
        return one

    def _put(self, said: str, consent: Consent, now: Instant, by: Operator | None) -> None:
        if consent.document_id and not self._blobs.has(consent.document_id):
            # it was there before, and was swept since it was looked for
            raise Fault(Reason.STORE_IO, "not saved: its file went", "give the document again")
        self._run(
            _INSERT,
            (
                consent.id,
                said,
                consent.patient_id,
                consent.basis.value,
                consent.act_id,
                consent.other,
                consent.document_id or None,
                now.utc.isoformat(),
                by.name if by else "",
                by.rpps if by else "",
            ),
        )

    def _trace(self, act: Act, consent: Consent, encounter_id: str, now: Instant, by: Actor) -> None:
        to = f"for act {consent.act_id}" if consent.act_id else "standing"
        shown = ", with a document" if consent.document_id else ""
        detail = f"{consent.basis}, {to}, consent {consent.id}{shown}"
        audit.append(self._database, Entry(act, by, now, consent.patient_id, encounter_id, detail=detail))


def all_of(database: Database, patient_id: str) -> list[Consent]:
    """All of this resident, the oldest first; of one who is forgotten nothing is left to tell."""
    rows = database.connection.execute(
        f"SELECT {_COLUMNS} FROM consent WHERE patient_id = ? AND EXISTS"
        " (SELECT 1 FROM patient p WHERE p.id = consent.patient_id AND p.erased IS NULL) ORDER BY sequence",
        (patient_id,),
    )
    found: dict[str, Consent] = {}
    for row in rows:
        _read(found, row)
    return list(found.values())


def _read(found: dict[str, Consent], row: tuple[object, ...]) -> None:
    sequence, consent_id, said, patient_id, basis, act_id, other, sha256, at, name, rpps = row
    when = dt.datetime.fromisoformat(str(at))
    who = Operator(str(name), str(rpps)) if name or rpps else None
    before = found.get(str(consent_id))
    if said == COLLECTED or before is None:
        found[str(consent_id)] = Consent(
            id=str(consent_id),
            patient_id=str(patient_id),
            basis=Basis(str(basis)),
            scope=Scope.ACT if act_id else Scope.STANDING,
            collected=when,
            collected_by=who,
            other=str(other),
            document_id=str(sha256 or ""),
            act_id=str(act_id),
            number=int(str(sequence)),
            # of one whose first row is lost the worst is believed
            withdrawn=when if said == WITHDRAWN else None,
            ended=int(str(sequence)) if said == WITHDRAWN else 0,
        )
    elif said == WITHDRAWN:
        found[before.id] = dataclasses.replace(before, withdrawn=when, withdrawn_by=who, ended=int(str(sequence)))
    else:
        found[before.id] = dataclasses.replace(before, other=str(other), document_id=str(sha256 or ""))
