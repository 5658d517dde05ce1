"""Who took part in an encounter, on which basis, and what went wrong."""

from __future__ import annotations

from edge.domain.consent import Consent
from edge.domain.operator import Operator
from edge.domain.report import EncounterReport, House, Part, Talk
from sync.report.letters import PLAIN
from sync.report.sheet import DOUBT, MUTED, Sheet
from sync.report.words import Words

_LABEL = 118.0


def draw(sheet: Sheet, report: EncounterReport, words: Words, house: House) -> None:
    said = words.people
    sheet.heading(said.heading, 50)
    parts = (
        (Part.BEDSIDE, said.bedside),
        (Part.ASKED, said.asked),
        (Part.ANSWERED, said.answered),
    )
    for part, label in parts:
        if found := report.of_part(part):
            sheet.labelled(label, [_person(one, words) for one in found], _LABEL)
    if not report.of_part(Part.BEDSIDE):
        sheet.text(said.nobody, 9.5, PLAIN, MUTED)
    for talk in report.talks:
        _talk(sheet, talk, words, house)
    sheet.gap(2)
    sheet.labelled(said.consent, _consents(report, words, house), _LABEL)
    sheet.heading(said.incidents, 30)
    if not report.incidents:
        sheet.text(said.no_incident, 9.5, PLAIN, MUTED)
    for incident in report.incidents:
        when = words.moment(incident.at.astimezone(house.zone)) if incident.at is not None else str(incident.count)
        sheet.text(said.mishaps[incident.mishap].format(when), 9.5, PLAIN, DOUBT)


def draw_notes(sheet: Sheet, report: EncounterReport, words: Words, house: House) -> None:
    """What the specialist wrote during a call, word for word, with who and when; nothing where nobody wrote."""
    said = words.people
    if report.notes:
        sheet.heading(said.note_heading, 40)
    for note in report.notes:
        known = bool(note.author or note.rpps)
        who = _person(Operator(note.author, note.rpps), words) if known else said.note_unnamed
        sheet.text(said.note_by.format(who, words.moment(note.said.astimezone(house.zone))), 9.5, PLAIN, MUTED)
        for line in note.text.split("\n"):
            sheet.text(line, 10) if line else sheet.gap(6)
        sheet.gap(6)


def _person(one: Operator, words: Words) -> str:
    number = words.people.rpps.format(one.rpps) if one.rpps else ""
    return "   ".join(part for part in (one.name, number) if part)


def _talk(sheet: Sheet, talk: Talk, words: Words, house: House) -> None:
    said = words.people
    if talk.connected is None:
        when = words.moment(talk.requested.astimezone(house.zone))
        length = words.span(talk.ended - talk.requested) if talk.ended else "–"
        sheet.text(said.call_alone.format(when, length), 9.5)
        return
    began = talk.connected.astimezone(house.zone)
    ended = f"{talk.ended.astimezone(house.zone):%H:%M}" if talk.ended else "–"
    length = words.span(talk.ended - talk.connected) if talk.ended else "–"
    sheet.text(said.call.format(words.moment(began), ended, length), 9.5)
    sheet.text(said.call_doctor, 9.5, PLAIN, MUTED)


def _consents(report: EncounterReport, words: Words, house: House) -> list[str]:
    """A record where there is one; else what was said at the screen before the act."""
    if report.consents:
        return [_consent(one, words, house) for one in report.consents]
    agreed = any(one.opinion.agreed for one in report.asked) or bool(report.talks)
    return [words.people.said_at_bedside if agreed else words.people.no_consent]


def _consent(one: Consent, words: Words, house: House) -> str:
    said = words.people
    basis = said.basis[one.basis].format(one.other)
    when = words.moment(one.collected.astimezone(house.zone))
    by = _person(one.collected_by, words) if one.collected_by is not None else house.station
    told = f"{basis}, {said.scope[one.scope]}, {said.collected.format(when, by)}"
    if one.withdrawn is not None:
        told += f", {said.withdrawn.format(words.moment(one.withdrawn.astimezone(house.zone)))}"
    return told
