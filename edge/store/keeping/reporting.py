"""The report of an encounter, read from the store: what stands in it now, and nothing that was undone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from edge.domain.answer import ANSWERS, Arrived
from edge.domain.audit import KnownBy
from edge.domain.capture import Line
from edge.domain.consent import Consent, last_word
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Standing
from edge.domain.item import Item, Report
from edge.domain.measurement import VITAL_SIGNS, Instant, Kind, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import Addressee, Opinion
from edge.domain.photo import Photo
from edge.domain.report import (
    Asked,
    EncounterReport,
    Incident,
    Mishap,
    Part,
    Participant,
    Picture,
    Taken,
    Talk,
    Trace,
    Value,
)
from edge.domain.waveform import Waveform
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import notes, operators, reading, rows
from edge.store.keeping.answers import Answers
from edge.store.keeping.consents import Consents

ALL: Final = -1
"""No limit, as SQL says it."""

MOST_PICTURES: Final = 60
"""Photos, and ECGs, of one report."""


def load(database: Database, blobs: Blobs, item_id: str, destination: str = "", *, whole: bool = True) -> Item:
    """As ``reading.load``; a report comes with what stands in it now. Raises the Faults of both."""
    item = reading.load(database, blobs, item_id, destination, whole=whole)
    if not isinstance(item.payload, Report):
        return item
    told = item.payload
    content = gather(database, blobs, item.encounter.id, item.id, item.taken, frozenset(told.answers))
    superseded = not item.entered_in_error and _has_successor(database, item)
    content = dataclasses.replace(content, replaces=told.replaces, void=item.entered_in_error, superseded=superseded)
    return dataclasses.replace(item, payload=dataclasses.replace(told, content=content))


def _has_successor(database: Database, item: Item) -> bool:
    row = database.connection.execute(
        "SELECT 1 FROM item WHERE sequence > (SELECT item FROM item_named WHERE id = ?1) AND encounter_id = ?2 AND kind = ?3"
        " AND entered_in_error IS NULL LIMIT 1",
        (item.id, item.encounter.id, Kind.REPORT.value),
    ).fetchone()
    return row is not None


def standing_answers(followed: Standing, encounter_id: str) -> Iterator[Arrived]:
    """Those to what was asked in the encounter that count, as they came."""
    for request in followed.requests:
        if request.encounter_id == encounter_id and not request.undone:
            yield from (one for one in request.arrived if one.answer.kind in ANSWERS and not one.superseded)


def gather(
    database: Database,
    blobs: Blobs,
    encounter_id: str,
    number: str,
    made: Instant,
    answers: frozenset[str] | None = None,
) -> EncounterReport:
    """What the cart recorded in the encounter; of ``answers`` those keys alone, None for all that count.

    Raises Fault(NOT_ALLOWED) where there is none, Fault(STORE_IO | STORE_DAMAGED).
    """
    row = database.connection.execute(
        f"SELECT e.closed, {rows.PATIENT}, {rows.ENCOUNTER} FROM encounter e JOIN patient p ON p.id = e.patient_id"
        " WHERE e.id = ?",
        (encounter_id,),
    ).fetchone()
    if row is None:
        raise Fault(Reason.NOT_ALLOWED, "there is no such encounter on this cart", "check its id")
    patient, encounter = rows.patient(row[1 : 1 + rows.PATIENT_WIDTH]), rows.encounter(row[1 + rows.PATIENT_WIDTH :])
    stored = reading.lines(database, encounter_id, ALL)[::-1]
    standing = [line for line in stored if not line.entered_in_error]
    files = _Files(database, blobs)
    values = tuple(Value(_taken(database, one), one.payload) for one in standing if isinstance(one.payload, Reading))
    traces = tuple(files.traces(one for one in standing if one.kind is Kind.ECG))
    pictures = tuple(files.pictures(one for one in standing if one.kind is Kind.PHOTO))
    asked = tuple(Asked(_taken(database, one), one.payload) for one in standing if isinstance(one.payload, Opinion))
    talks = _talks(database, encounter_id)
    followed = Answers(database, blobs).standing(made.utc)
    if answers is None:
        answered = list(standing_answers(followed, encounter_id))
    else:
        mine = [request for request in followed.requests if request.encounter_id == encounter_id]
        answered = [one for request in mine for one in request.arrived if one.answer.key in answers]
    closed = dt.datetime.fromisoformat(row[0]) if row[0] else None
    mishaps = _mishaps(database, stored, talks, encounter.opened, closed or made.utc)
    mishaps[Mishap.UNREADABLE] += files.unreadable
    mishaps[Mishap.GONE] += _gone(database, encounter_id)
    taken: list[Taken] = [one.taken for one in values]
    taken += [one.taken for one in traces]
    taken += [one.taken for one in pictures]
    taken += [one.taken for one in asked]
    return EncounterReport(
        number=number,
        made=made,
        patient=patient,
        encounter=encounter,
        closed=closed,
        values=values,
        traces=traces,
        pictures=pictures,
        sounds=sum(one.kind is Kind.SOUND for one in standing),
        asked=asked,
        answers=tuple(one.answer for one in answered[::-1]),
        enclosed=frozenset(one.answer.key for one in answered if one.pdf_bytes),
        talks=talks,
        notes=notes.of(database, encounter_id),
        consents=_consents(database, blobs, patient.id, asked, talks),
        participants=_participants(
            (one for one in (*(one.operator for one in taken), *_at_the_screen(database, encounter_id)) if one),
            (one.opinion.addressee for one in asked),
            (one.answer.author for one in answered),
        ),
        incidents=tuple(Incident(mishap, count) for mishap, count in sorted(mishaps.items()) if count),
    )


class _Files:
    """Reads what is large; counts what cannot be read, which is then missing and said to be."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self.unreadable = 0

    def traces(self, found: Iterable[Line]) -> Iterator[Trace]:
        for item in self._items(found):
            if isinstance(item.payload, Waveform):
                yield Trace(_of(item), item.payload)

    def pictures(self, found: Iterable[Line]) -> Iterator[Picture]:
        for item in self._items(found):
            if isinstance(item.payload, Photo) and item.file is not None:
                yield Picture(_of(item), item.payload, item.file)

    def _items(self, found: Iterable[Line]) -> Iterator[Item]:
        for at, line in enumerate(found):
            try:
                if at >= MOST_PICTURES:
                    raise Fault(Reason.STORE_DAMAGED, "too many for one report")
                yield reading.load(self._database, self._blobs, line.item_id, whole=False)
            except Fault as fault:
                if fault.reason is not Reason.STORE_DAMAGED:
                    raise
                self.unreadable += 1


def _taken(database: Database, line: Line) -> Taken:
    return Taken(line.item_id, line.taken, line.device, operators.of(database, line.item_id))


def _of(item: Item) -> Taken:
    return Taken(item.id, item.taken, item.device, item.operator)


# --- calls


def _talks(database: Database, encounter_id: str) -> tuple[Talk, ...]:
    found: dict[str, dict[str, dt.datetime]] = {}
    for call_id, event, at in database.connection.execute(
        "SELECT call_id, event, at_utc FROM consultation WHERE encounter_id = ? ORDER BY sequence", (encounter_id,)
    ):
        found.setdefault(call_id, {}).setdefault(event, dt.datetime.fromisoformat(at))
    return tuple(_talk(call_id, events) for call_id, events in found.items())


def _talk(call_id: str, events: dict[str, dt.datetime]) -> Talk:
    return Talk(
        call_id,
        requested=min(events.values()),
        admitted=events.get("admitted"),
        connected=events.get("connected"),
        ended=events.get("ended") or events.get("failed"),
        failed="failed" in events and "ended" not in events,
    )


def _consents(
    database: Database, blobs: Blobs, patient_id: str, asked: Sequence[Asked], talks: Sequence[Talk]
) -> tuple[Consent, ...]:
    """The word that counted for each act; what a request carries with it is that of then."""
    records = Consents(database, blobs).of(patient_id)
    found = [one.opinion.consent for one in asked]
    words = [one for one in found if isinstance(one, Consent)]
    words += [word for talk in talks if (word := last_word(records, talk.call_id)) is not None]
    return tuple({one.id: one for one in words}.values())


# --- who took part


def _at_the_screen(database: Database, encounter_id: str) -> list[Operator | None]:
    """Who let somebody into a call: nothing else of an encounter is done by a person without an item of it."""
    found = database.connection.execute(
        "SELECT DISTINCT a.who, a.who_name FROM consultation c JOIN audit a ON a.at_utc = c.at_utc AND a.call_id = c.call_id"
        " WHERE c.encounter_id = ? AND a.known_by = ? AND a.sequence > 0",
        (encounter_id, KnownBy.PROFESSIONAL.value),
    )
    return [Operator(name, who if who.isdigit() and len(who) == 11 else "") for who, name in found if name]


def _participants(
    captors: Iterable[Operator], addressees: Iterable[Addressee], authors: Iterable[Operator]
) -> tuple[Participant, ...]:
    asked = [Operator(one.label, one.rpps) for one in addressees if one.label or one.rpps]
    every = [
        *(Participant(one, Part.BEDSIDE) for one in captors),
        *(Participant(one, Part.ASKED) for one in asked),
        *(Participant(one, Part.ANSWERED) for one in authors),
    ]
    return tuple(dict.fromkeys(every))


# --- what went wrong


def _mishaps(
    database: Database, stored: Sequence[Line], talks: Sequence[Talk], begun: dt.datetime, over: dt.datetime
) -> Counter[Mishap]:
    standing = [line for line in stored if not line.entered_in_error]
    moved = {
        name
        for (name,) in database.connection.execute(
            "SELECT i.id FROM moved m JOIN item i ON i.sequence = m.was WHERE i.id IN (SELECT value FROM json_each(?))",
            (json.dumps([line.item_id for line in stored]),),
        )
    }
    (frames,) = database.connection.execute(
        "SELECT count(*) FROM quarantine WHERE taken_utc >= ? AND taken_utc <= ?", (begun.isoformat(), over.isoformat())
    ).fetchone()
    # facts that edge.store.damage.incidents notes
    (damages,) = database.connection.execute(
        "SELECT count(*) FROM fact WHERE name >= ? AND name <= ?",
        (f"incident {begun.isoformat()}", f"incident {over.isoformat()}"),
    ).fetchone()
    return Counter(
        {
            Mishap.UNDONE: sum(line.entered_in_error and line.item_id not in moved for line in stored),
            Mishap.CLOCK: sum(not line.taken.clock_trusted for line in standing if line.kind in VITAL_SIGNS | _FILES),
            Mishap.NOT_UNDERSTOOD: int(frames),
            Mishap.CALL_FAILED: sum(talk.failed for talk in talks),
            Mishap.CALL_ALONE: sum(talk.connected is None and not talk.failed for talk in talks),
            Mishap.STORE: int(damages),
        }
    )


_FILES: Final = frozenset({Kind.ECG, Kind.PHOTO, Kind.SOUND})


def _gone(database: Database, encounter_id: str) -> int:
    """Items of it that went after their retention."""
    (count,) = database.connection.execute(
        "SELECT count(*) FROM item WHERE sequence > (SELECT after_sequence FROM encounter WHERE id = ?1)"
        " AND encounter_id = ?1 AND purged IS NOT NULL",
        (encounter_id,),
    ).fetchone()
    return int(count)
