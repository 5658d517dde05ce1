"""Between domain values and the columns that hold them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import msgspec

from edge.domain.item import Paper, Payload, Report, Withdrawal
from edge.domain.measurement import Component, Device, Instant, Kind, Reading
from edge.domain.opinion import Opinion
from edge.domain.order import Order
from edge.domain.patient import Attribute, Doctor, Encounter, IdentityStatus, Ins, Patient, Protection, Sex
from edge.domain.photo import Photo
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform

PATIENT = (
    "p.id, p.issuer, p.birth_name, p.given_names, p.used_name, p.birth_date, p.sex,"
    " p.room, p.status, p.ins_matricule, p.ins_oid, p.allergies, p.departed, p.attributes,"
    " p.treating_doctor, p.treating_rpps, p.protection, p.representative, p.long_term_illness, p.birth_place"
)
ENCOUNTER = (
    "e.id, e.patient_id, e.opened, e.study_uid, e.accession_number,"
    " (SELECT o.said FROM ordered o WHERE o.encounter_id = e.id)"
)

NOT_RECONCILED = (
    "(SELECT r.became FROM reconciled r WHERE r.patient_id = p.id ORDER BY r.sequence DESC LIMIT 1) IS NULL"
)
"""Of a patient p who did not turn out to be another one, in SQL."""

PATIENT_WIDTH = PATIENT.count(",") + 1

_OF_PATIENT = [name.strip().removeprefix("p.") for name in PATIENT.split(",")]

PUT_PATIENT = (
    f"INSERT INTO patient ({','.join(_OF_PATIENT)}) VALUES ({','.join('?' * len(_OF_PATIENT))}) ON CONFLICT (id) DO UPDATE"
    f" SET {','.join(f'{name}=excluded.{name}' for name in _OF_PATIENT[1:])}, erased=NULL"
    # a list that still names somebody whose retention is over does not bring her back
    " WHERE erased IS NULL OR excluded.departed IS NULL"
)
"""Of ``patient_columns``."""

Column = str | int | float | bytes | None


def patient_columns(p: Patient) -> tuple[Column, ...]:
    return (
        p.id,
        p.issuer,
        p.birth_name,
        p.given_names,
        p.used_name,
        p.birth_date.isoformat(),
        p.sex.value,
        p.room,
        p.status.value,
        p.ins.matricule if p.ins else None,
        p.ins.oid if p.ins else None,
        None if p.allergies is None else msgspec.json.encode(p.allergies).decode(),
        p.departed.isoformat() if p.departed else None,
        " ".join(sorted(p.attributes)),
        p.treating_doctor.name if p.treating_doctor else "",
        p.treating_doctor.rpps if p.treating_doctor else "",
        p.protection.value if p.protection else None,
        p.representative,
        None if p.long_term_illness is None else int(p.long_term_illness),
        p.birth_place,
    )


def patient(row: Sequence[Column]) -> Patient:
    """From the columns of PATIENT."""
    text = [None if column is None else str(column) for column in row]
    return Patient(
        id=text[0] or "",
        issuer=text[1] or "",
        birth_name=text[2] or "",
        given_names=text[3] or "",
        used_name=text[4],
        birth_date=dt.date.fromisoformat(text[5] or ""),
        sex=Sex(text[6] or ""),
        room=text[7] or "",
        status=IdentityStatus(text[8] or ""),
        ins=Ins(text[9], text[10]) if text[9] and text[10] else None,
        allergies=None if text[11] is None else msgspec.json.decode(text[11], type=tuple[str, ...]),
        departed=dt.date.fromisoformat(text[12]) if text[12] else None,
        attributes=frozenset(map(Attribute, (text[13] or "").split())),
        treating_doctor=Doctor(text[14], text[15] or "") if text[14] else None,
        protection=Protection(text[16]) if text[16] else None,
        representative=text[17] or "",
        long_term_illness=None if text[18] is None else text[18] == "1",
        birth_place=text[19] or "",
    )


def encounter(row: Sequence[Column]) -> Encounter:
    """From the columns of ENCOUNTER."""
    order = None if row[5] is None else msgspec.json.decode(str(row[5]), type=Order)
    return Encounter(str(row[0]), str(row[1]), dt.datetime.fromisoformat(str(row[2])), str(row[3]), str(row[4]), order)


def payload_columns(payload: Payload, blob: str | None) -> tuple[str, bytes | None, str | None]:
    """(payload as JSON, samples, blob): what is large stands beside the JSON, not in it."""
    match payload:
        case Reading():
            return _brief(_json(payload)), None, None
        case Waveform():
            return _json(dataclasses.replace(payload, samples=b"")), payload.samples, None
        case Photo():
            return _json(dataclasses.replace(payload, jpeg=b"")), None, blob
        case Sound():
            return _json(dataclasses.replace(payload, pcm=b"")), None, blob
        case Paper():
            return "{}", None, None
        case Withdrawal():
            return _json(dataclasses.replace(payload, contents=())), None, None
        case Opinion():
            bare = tuple(dataclasses.replace(one, pdf=None) for one in payload.documents)
            return _json(dataclasses.replace(payload, evidence=(), documents=bare)), None, None
        case Report():
            return _json(dataclasses.replace(payload, content=None)), None, None


def _json(payload: Payload) -> str:
    return msgspec.json.encode(payload).decode()


_SAYS_NOTHING = frozenset(
    f',"{field.name}":{msgspec.json.encode(field.default).decode()}'
    for of in (Component, Reading)
    for field in dataclasses.fields(of)
    if field.default is not dataclasses.MISSING
)
"""A field that is as it is where nobody names it. Within a string of JSON each quotation mark has a backslash before it."""


def _brief(text: str) -> str:
    """A fifth less: so that a page holds more readings, and fewer saves begin a new one."""
    for nothing in _SAYS_NOTHING:
        text = text.replace(nothing, "")
    return text


def payload(kind: Kind, text: str, samples: bytes | None, blob: bytes | None) -> Payload:
    """The inverse of ``payload_columns``; ``blob`` is its content."""
    match kind:
        case Kind.ECG:
            values = msgspec.json.decode(text)
            if "microvolts_per_step" in values:
                # rows of release 0.1: one scale for every lead
                step = values.pop("microvolts_per_step")
                values["scales"] = [{"microvolts_per_step": step}] * len(values["leads"])
            return msgspec.convert(values | {"samples": samples or b""}, Waveform)
        case Kind.PHOTO:
            values = msgspec.json.decode(text)
            return msgspec.convert(values | {"jpeg": blob or b""}, Photo)
        case Kind.SOUND:
            values = msgspec.json.decode(text)
            return msgspec.convert(values | {"pcm": blob or b""}, Sound)
        case Kind.ECG_PAPER:
            return Paper()
        case Kind.WITHDRAWAL:
            return msgspec.json.decode(text, type=Withdrawal)
        case Kind.OPINION:
            return msgspec.json.decode(text, type=Opinion)
        case Kind.REPORT:
            return msgspec.json.decode(text, type=Report)
        case _:
            return msgspec.json.decode(text, type=Reading)


def instant(utc: str, boot_id: str, monotonic_ns: int, trusted: int) -> Instant:
    return Instant(dt.datetime.fromisoformat(utc), boot_id, monotonic_ns, bool(trusted))


def device(row: Sequence[Column]) -> Device:
    return Device(str(row[0]), str(row[1]), str(row[2]))
