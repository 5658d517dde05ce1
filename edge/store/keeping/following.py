"""What hangs on a resident goes along with her when she turns out to be another one, and goes again where that is taken back.

Her rounds go over by edge.store.keeping.assigning. Here: on what she agreed and what she refused, what the record says of
her (allergies, protection, representative, doctor, ALD), documents, picture, and the scale of her NEWS2. What stands under
the identifier that is given up stays there as it is; copies of it are made.
"""

from __future__ import annotations

import itertools
import uuid
from typing import Final

import msgspec

from edge.domain.audit import Act, Actor, Entry
from edge.domain.consent import Basis, Consent
from edge.domain.joining import Facts, apart, ends, goes_along, joined, standing_word
from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.domain.patient import Patient
from edge.store.file.database import Database
from edge.store.keeping import audit, rows
from edge.store.keeping.consents import COLLECTED, WITHDRAWN, all_of
from edge.store.keeping.faces import THEIRS

_COPIES: Final = uuid.UUID("5a0b1c5e-3b0f-5d55-9c53-3c1f0d1f5a17")
"""Namespace of the ids of copied consents: the same merge done again says the same again."""


def follow(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    """After ``gone`` became ``stays``. In the caller's transaction."""
    _agreements(database, gone, stays, now, by)
    _facts(database, gone, stays, now, by)
    run = database.connection.execute
    run(
        "INSERT OR IGNORE INTO document (patient_id, role, blob_sha256, bytes, added_utc)"
        " SELECT ?2, role, blob_sha256, bytes, added_utc FROM document WHERE patient_id = ?1 ORDER BY sequence",
        (gone, stays),
    )
    # never beside another name: of traits that differ no picture goes along
    run(
        "INSERT OR REPLACE INTO face SELECT ?2, issuer, birth_name, birth_date, blob_sha256, bytes, put_utc FROM face"
        f" WHERE patient_id = ?1 AND {THEIRS} AND EXISTS (SELECT 1 FROM patient s WHERE s.id = ?2 AND s.issuer = face.issuer"
        " AND s.birth_name = face.birth_name AND s.birth_date = face.birth_date)"
        f" AND NOT EXISTS (SELECT 1 FROM face WHERE patient_id = ?2 AND {THEIRS})",
        (gone, stays),
    )
    run(
        "INSERT OR IGNORE INTO scale_two SELECT ?2, name, rpps, set_utc FROM scale_two WHERE patient_id = ?1",
        (gone, stays),
    )


def go_back(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    """Where ``gone`` is ``stays`` no more. In the caller's transaction."""
    _agreements_back(database, gone, stays, now, by)
    _facts_back(database, gone, stays, now, by)
    run = database.connection.execute
    # nobody but by a copy has the document, the picture and the doctor's word of another resident
    run(
        "DELETE FROM document WHERE patient_id = ?2 AND EXISTS (SELECT 1 FROM document d WHERE d.patient_id = ?1"
        " AND d.role = document.role AND d.blob_sha256 = document.blob_sha256)",
        (gone, stays),
    )
    run(
        "DELETE FROM face WHERE patient_id = ?2 AND blob_sha256 = (SELECT blob_sha256 FROM face WHERE patient_id = ?1)",
        (gone, stays),
    )
    run(
        "DELETE FROM scale_two WHERE patient_id = ?2 AND EXISTS (SELECT 1 FROM scale_two g WHERE g.patient_id = ?1"
        " AND g.name = scale_two.name AND g.rpps = scale_two.rpps AND g.set_utc = scale_two.set_utc)",
        (gone, stays),
    )


def forget(database: Database, patient_id: str) -> None:
    """Her traits went. In the caller's transaction."""
    database.connection.execute(
        "UPDATE brought SET was = '', became = '' WHERE patient_id = ?1 OR other_id = ?1", (patient_id,)
    )


# --- on what she agreed


def _agreements(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    theirs, hers = standing_word(all_of(database, gone)), standing_word(all_of(database, stays))
    if theirs is not None and goes_along(hers, theirs):
        _copy(database, theirs, stays, now, by)
    elif hers is not None and ends(hers, theirs):
        _withdraw(database, hers, now, by, f"as {gone} had done")


def _agreements_back(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    hers = all_of(database, stays)
    copies = {_copied(one.id, stays) for one in all_of(database, gone)}
    word, theirs = standing_word(hers), standing_word(all_of(database, gone))
    # whoever of the two refused, or took back what she agreed to, while they were one: it is believed of both
    refused = word is not None and word.basis is Basis.REFUSAL and word.stands and word.id not in copies
    if word is not None and refused and goes_along(theirs, word) and _since(database, Act.AGREED, word, gone):
        _copy(database, word, gone, now, by)
    elif theirs is not None and theirs.allows and _said_no(database, hers, gone):
        _withdraw(database, theirs, now, by, f"while she was {stays}")
    for one in hers:
        if one.id in copies and one.stands:
            _withdraw(database, one, now, by, f"she is not {gone}")


def _said_no(database: Database, hers: list[Consent], gone: str) -> bool:
    """Whether somebody refused for ever, or took a standing agreement back, since ``gone`` was taken for her; whatever was said
    after it may be the other one's word (H19). What only came with a merge, or went with it, was said of another.
    """
    return any(
        _since(database, Act.AGREED if one.basis is Basis.REFUSAL else Act.AGREEMENT_WITHDRAWN, one, gone, said=True)
        for one in hers
        if not one.act_id
    )


def _since(database: Database, act: Act, one: Consent, gone: str, *, said: bool = False) -> bool:
    """``said``: by somebody, and not by a merge (see the traces of _copy and _withdraw)."""
    found = database.connection.execute(
        "SELECT 1 FROM audit WHERE act = ?1 AND patient_id = ?2 AND instr(detail, ?3) > 0 AND sequence >"
        " (SELECT max(sequence) FROM audit WHERE act = ?4 AND patient_id = ?5) AND NOT (?6 AND (instr(detail, ', as of ')"
        " OR instr(detail, ', she is not ') OR instr(detail, ' had done')))",
        (act.value, one.patient_id, f"consent {one.id}", Act.RECONCILED.value, gone, said),
    ).fetchone()
    return found is not None


def _copied(consent_id: str, patient_id: str) -> str:
    return str(uuid.uuid5(_COPIES, f"{consent_id} {patient_id}"))


def _copy(database: Database, one: Consent, to: str, now: Instant, by: Actor) -> None:
    """The newest word of ``to`` from now on, taken down by whom and when it was."""
    name = _copied(one.id, to)
    _put(database, name, COLLECTED, one, to, one.collected.isoformat(), one.collected_by)
    detail = f"{one.basis}, standing, consent {name}, as of {one.patient_id}"
    audit.append(database, Entry(Act.AGREED, by, now, to, detail=detail))


def _withdraw(database: Database, one: Consent, now: Instant, by: Actor, why: str) -> None:
    _put(database, one.id, WITHDRAWN, one, one.patient_id, now.utc.isoformat(), Operator.of(by.who))
    detail = f"{one.basis}, standing, consent {one.id}, {why}"
    audit.append(database, Entry(Act.AGREEMENT_WITHDRAWN, by, now, one.patient_id, detail=detail))


def _put(database: Database, name: str, said: str, one: Consent, to: str, at: str, who: Operator | None) -> None:
    database.connection.execute(
        "INSERT INTO consent (id, said, patient_id, basis, act_id, other, blob_sha256, at_utc, name, rpps)"
        " VALUES (?,?,?,?,'',?,?,?,?,?)",
        (
            *(name, said, to, one.basis.value, one.other, one.document_id or None, at),
            *((who.name, who.rpps) if who else ("", "")),
        ),
    )


# --- what the record says of her


def _facts(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    theirs, hers = _patient(database, gone), _patient(database, stays)
    if theirs is None or hers is None:
        return
    was = Facts.of(hers)
    became = joined(was, Facts.of(theirs))
    if became == was:
        return
    _note(database, stays, gone, was, became)
    database.connection.execute(rows.PUT_PATIENT, rows.patient_columns(became.put_into(hers)))
    audit.append(database, Entry(Act.RESIDENTS, by, now, stays, detail=f"with what is known of {gone}"))


def _facts_back(database: Database, gone: str, stays: str, now: Instant, by: Actor) -> None:
    """What the others brought to her, who she still is, is brought again, to what she is without ``gone`` (H14, H19)."""
    run = database.connection.execute
    found = run(
        "SELECT other_id, was, became FROM brought WHERE patient_id = ? AND was <> '' ORDER BY sequence", (stays,)
    ).fetchall()
    hers = _patient(database, stays)
    if hers is None or all(other != gone for other, *_ in found):
        return
    others = run(
        "SELECT r.patient_id FROM reconciled r WHERE r.became = ?1 AND r.patient_id <> ?2 AND r.sequence ="
        " (SELECT max(n.sequence) FROM reconciled n WHERE n.patient_id = r.patient_id) ORDER BY r.sequence",
        (stays, gone),
    ).fetchall()
    known = {one.id: Facts.of(one) for (other,) in others if (one := _patient(database, other)) is not None}
    brought = [(_read(was), _read(became)) for _, was, became in found]
    steps = apart(Facts.of(hers), brought, list(known.values()))
    run("UPDATE brought SET was = '', became = '' WHERE patient_id = ?", (stays,))
    for other, (was, became) in zip(known, itertools.pairwise(steps), strict=True):
        if was != became:
            _note(database, stays, other, was, became)
    if steps[-1] != Facts.of(hers):
        run(rows.PUT_PATIENT, rows.patient_columns(steps[-1].put_into(hers)))
        audit.append(database, Entry(Act.RESIDENTS, by, now, stays, detail=f"without what is known of {gone}"))


def _note(database: Database, stays: str, other: str, was: Facts, became: Facts) -> None:
    database.connection.execute(
        "INSERT INTO brought (patient_id, other_id, was, became) VALUES (?,?,?,?)",
        (stays, other, msgspec.json.encode(was).decode(), msgspec.json.encode(became).decode()),
    )


def _read(said: str) -> Facts:
    return msgspec.json.decode(said, type=Facts)


def _patient(database: Database, patient_id: str) -> Patient | None:
    row = database.connection.execute(
        f"SELECT {rows.PATIENT} FROM patient p WHERE p.id = ? AND p.erased IS NULL", (patient_id,)
    ).fetchone()
    return rows.patient(row) if row else None
