"""The PDF of an answer, out of the store: on the site's printer, or page by page on the screen. Only hers who is on screen (H1)."""

from __future__ import annotations

from edge.domain.answer import AnswerKind
from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.store.keeping import audit
from edge.store.keeping.answers import Answers


class Papers(Answers):
    def to_print(self, number: int, encounter_id: str, now: Instant, by: Actor) -> bytes:
        """Its PDF, traced before it goes to the printer. Raises Fault(NOT_ALLOWED) where nobody took note of it for the resident of
        ``encounter_id``, or where nothing came as one.
        """
        with self._database.write():
            patient_id, item_id = self._hers(number, encounter_id)
            content = self.pdf(number)
            if content is None or self._acknowledged(number, patient_id)[0] is None:
                raise Fault(Reason.NOT_ALLOWED, "Rien à imprimer", "prenez d'abord connaissance de la réponse")
            audit.append(
                self._database, Entry(Act.PRINTED, by, now, patient_id, encounter_id, item_id, f"answer {number}")
            )
        return content

    def to_read(self, number: int, encounter_id: str) -> bytes:
        """Its PDF, of which nothing is shown before ``shown`` returned. Raises Fault(NOT_ALLOWED) where it is not of the resident of
        ``encounter_id``, where nothing came as one, and of a prescription of which nobody took note for her.
        """
        patient_id, _ = self._hers(number, encounter_id)
        self._not_held_back(number, patient_id)
        content = self.pdf(number)
        if content is None:
            raise Fault(Reason.NOT_ALLOWED, "Aucun document à lire", "regardez la liste des réponses")
        return content

    def shown(self, number: int, encounter_id: str, page: int, now: Instant, by: Actor) -> None:
        """That page ``page``, from 0, is about to be shown. Raises as ``to_read``: while it was drawn it may have become another's."""
        with self._database.write():
            patient_id, item_id = self._hers(number, encounter_id)
            self._not_held_back(number, patient_id)
            detail = f"answer {number}, page {page + 1}"
            audit.append(self._database, Entry(Act.SHOWN, by, now, patient_id, encounter_id, item_id, detail))

    def _hers(self, number: int, encounter_id: str) -> tuple[str, str]:
        """(resident, item of the request). Raises Fault(NOT_ALLOWED) where it is not of the resident of ``encounter_id``."""
        patient_id, _, item_id = self._of(self._stands(number))
        row = self._run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
        if row is None or not patient_id or row[0] != patient_id:
            raise Fault(Reason.NOT_ALLOWED, "Cette réponse n'est pas de ce résident", "regardez la liste des réponses")
        return patient_id, item_id

    def _not_held_back(self, number: int, patient_id: str) -> None:
        """Raises Fault(NOT_ALLOWED)."""
        (kind,) = self._run("SELECT kind FROM answer WHERE sequence = ?", (number,)).fetchone()
        if kind == AnswerKind.PRESCRIPTION and self._acknowledged(number, patient_id)[0] is None:
            raise Fault(Reason.NOT_ALLOWED, "Rien à lire encore", "prenez d'abord connaissance de la réponse")
