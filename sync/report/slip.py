"""What a doctor's billing needs of an encounter, on one page and as plain text. Pure; the cart bills nothing, and says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from edge.domain.operator import Operator
from edge.domain.opinion import Addressee
from edge.domain.report import Asked, EncounterReport, House, Language, Part, Talk
from sync.report import document
from sync.report.letters import PLAIN, STRONG
from sync.report.sheet import DOUBT, MUTED, Sheet
from sync.report.words import Words, words as words_of

_LABEL: Final = 150.0

Row = tuple[str, str]
"""What, and what is known of it."""


def pdf(report: EncounterReport, house: House, language: Language) -> bytes:
    """One page, but for a resident with more acts than it holds."""
    words = words_of(language)
    sheet = Sheet(document.frame(report, house, words, words.slip.title))
    document.head(sheet, report, house, words, words.slip.title)
    document.resident(sheet, report, house, words, medical=False)
    sheet.text(words.slip.bills_nothing, 9.5, PLAIN, MUTED)
    acts = list(_acts(report, words, house))
    for title, rows in acts:
        sheet.heading(title)
        for label, said in rows:
            sheet.labelled(label, said, _LABEL)
    if not acts:
        sheet.heading(words.slip.act)
        sheet.text(words.slip.no_act, 10.5, STRONG, DOUBT)
    sheet.heading(words.slip.place)
    for label, said in _place(report, words, house):
        sheet.labelled(label, said, _LABEL)
    return sheet.done()


def text(report: EncounterReport, house: House, language: Language) -> str:
    """The same to be copied, a line for each fact."""
    words = words_of(language)
    who = report.patient
    lines = [words.slip.title, words.slip.bills_nothing, ""]
    born = words.who.born[who.sex].format(who.birth_name)
    ins = who.ins_to_send
    number = words.who.ins.format(ins.matricule) if ins is not None else words.who.no_ins
    lines += [
        f"{words.slip.patient}{words.colon} {who.used_name or who.birth_name} {who.given_names}, {born}, {words.date(who.birth_date)}",
        f"{number}, {words.who.local.format(who.id, who.issuer)}",
    ]
    acts = list(_acts(report, words, house))
    for title, rows in acts:
        lines += ["", title, *(f"{label}{words.colon} {said}" for label, said in rows)]
    if not acts:
        lines += ["", words.slip.no_act]
    lines += ["", *(f"{label}{words.colon} {said}" for label, said in _place(report, words, house))]
    if house.demonstration:
        lines += ["", words.page.demonstration]
    return "\n".join([*lines, ""])


def _acts(report: EncounterReport, words: Words, house: House) -> Iterator[tuple[str, list[Row]]]:
    for asked in report.asked:
        yield _opinion(report, asked, words, house)
    for talk in report.spoken:
        yield words.slip.call_act, _talk(report, talk, words, house)


def _opinion(report: EncounterReport, asked: Asked, words: Words, house: House) -> tuple[str, list[Row]]:
    said = words.slip
    answers = [one for one in report.answers if one.opinion_id == asked.taken.item_id]
    whom = asked.opinion.addressee
    performer = document.person(whom, words) if whom != Addressee() else said.not_recorded
    rows = [
        (said.asked_on, _moment(asked.taken.at.utc, words, house)),
        (said.answered_on, _moment(answers[0].given, words, house) if answers else said.not_answered),
        (said.requester, document.person(asked.taken.operator, words) if asked.taken.operator else said.not_recorded),
        (said.performer, document.person(answers[0].author, words) if answers else performer),
    ]
    title = said.opinion_act.format(words.opinions.specialties[asked.opinion.specialty].lower())
    return title, rows


def _talk(report: EncounterReport, talk: Talk, words: Words, house: House) -> list[Row]:
    said = words.slip
    began = talk.connected or talk.requested
    bedside = report.of_part(Part.BEDSIDE)
    return [
        (said.began, _moment(began, words, house)),
        (said.ended, _moment(talk.ended, words, house) if talk.ended else said.not_recorded),
        (said.lasted, words.span(talk.ended - began) if talk.ended else said.not_recorded),
        (words.people.bedside, ", ".join(document.person(one, words) for one in bedside) or said.not_recorded),
        # whoever joins shows no card: the doctor herself writes who she is
        (said.performer, said.not_recorded),
    ]


def _place(report: EncounterReport, words: Words, house: House) -> list[Row]:
    said, who = words.slip, report.patient
    doctor = who.treating_doctor
    illness = {True: words.who.illness[True], False: words.who.illness[False], None: words.who.illness[None]}
    return [
        (said.place, house.name),
        (said.finess, house.finess or said.unknown),
        (said.treating, document.person(Operator(doctor.name, doctor.rpps), words) if doctor else said.unknown),
        (said.illness, illness[who.long_term_illness].rpartition(": ")[2]),
    ]


def _moment(at: dt.datetime, words: Words, house: House) -> str:
    return words.moment(at.astimezone(house.zone))
