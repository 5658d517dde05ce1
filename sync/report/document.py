"""The report of an encounter as PDF, on A4. Pure: the same report gives the same bytes, whenever it is asked.

The order is that in which it is read: who, what was asked and answered, what was measured, who took part and what went wrong;
then the ECGs at true scale and the photos. Fonts are embedded, and title, author and language stand in the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from edge.domain.answer import Answer
from edge.domain.operator import Operator
from edge.domain.opinion import Addressee, Urgency
from edge.domain.patient import Ins, Patient
from edge.domain.report import Asked, EncounterReport, House, Language
from sync.report import letters, people, pictures, tracing
from sync.report.letters import PLAIN, STRONG
from sync.report.reading_lines import Line, line
from sync.report.sheet import ACCENT, ALERT, DOUBT, DOUBT_WASH, INK, LEFT, LINE, MUTED, WASH, Frame, Sheet
from sync.report.words import Words, words as words_of

_KIND: Final = 112.0
_VALUE_END: Final = 186.0
_UNIT: Final = 191.0
_CLOCK: Final = 244.0
_TOLD: Final = 302.0
"""Where the columns of the vital signs are, in points from the left margin."""


def pdf(report: EncounterReport, house: House, language: Language) -> bytes:
    """All of it. A photo that cannot be read has its place and says so. Raises Fault(MISSING_PROGRAM)."""
    words = words_of(language)
    with pictures.shrinking(report) as shrunk:
        sheet = Sheet(frame(report, house, words, words.page.title))
        head(sheet, report, house, words)
        resident(sheet, report, house, words)
        _opinions(sheet, report, words, house)
        people.draw_notes(sheet, report, words, house)
        _vitals(sheet, report, words, house)
        if report.sounds:
            sheet.gap(8)
            sheet.text(words.pictures.sounds.format(report.sounds), 9.5)
        people.draw(sheet, report, words, house)
        for trace in report.traces:
            tracing.draw(sheet, trace, words, house)
        pictures.draw(sheet, report, words, house, shrunk)
    return sheet.done()


def frame(report: EncounterReport, house: House, words: Words, title: str) -> Frame:
    who = report.patient
    made = words.page.made.format(words.moment(report.made.utc.astimezone(house.zone)))
    warnings = [
        *([words.page.void] if report.void else []),
        *([words.page.demonstration] if house.demonstration else []),
    ]
    return Frame(
        title=f"{title} {report.encounter.accession_number}",
        author=house.name,
        subject=words.page.number.format(report.number),
        language=words.pdf_language,
        of_pages=words.page.of_pages,
        running=f"{_name(who)}, {_born(who, words)}, {words.who.local.format(who.id, who.issuer)}",
        foot=(
            f"{words.page.number.format(report.number)}, {made}, {words.page.with_software.format(house.station, house.software)}",
            words.page.not_a_device,
        ),
        warning="   ".join(warnings),
    )


def _name(who: Patient) -> str:
    return f"{who.used_name or who.birth_name} {who.given_names}"


def _born(who: Patient, words: Words) -> str:
    return f"{words.who.born[who.sex].format(who.birth_name)} {words.date(who.birth_date)}"


def head(sheet: Sheet, report: EncounterReport, house: House, words: Words, title: str = "") -> None:
    """What it is, of which house, of when."""
    sheet.say(LEFT, sheet.y + 9, (title or words.page.title).upper(), 9, STRONG, ACCENT)
    right = sheet.size[0] - LEFT
    sheet.say_to(right, sheet.y + 9, house.name, 9, STRONG)
    opened = words.moment(report.encounter.opened.astimezone(house.zone))
    finess = f"FINESS {house.finess}   " if house.finess else ""
    sheet.say_to(right, sheet.y + 21, f"{finess}{opened}   {report.encounter.accession_number}", 8.5, PLAIN, MUTED)
    sheet.y += 34


def resident(sheet: Sheet, report: EncounterReport, house: House, words: Words, *, medical: bool = True) -> None:
    """Who it is about: everything by which somebody is told from somebody else, and where it is ``medical`` the allergies."""
    who = report.patient
    for said in letters.lines(_name(who), STRONG, 21, sheet.broad):
        sheet.say(LEFT, sheet.y + 21, said, 21, STRONG)
        sheet.y += 26
    sheet.gap(2)
    at = report.encounter.opened.astimezone(house.zone).date()
    traits = [
        words.who.born[who.sex].format(who.birth_name),
        f"{words.date(who.birth_date)} ({words.who.years.format(_years(who.birth_date, at))})",
        words.who.sex[who.sex],
        *([words.who.room.format(who.room)] if who.room else []),
    ]
    sheet.text("   ·   ".join(traits), 10.5)
    sheet.gap(2)
    ins = who.ins_to_send
    number = words.who.ins.format(_spaced(ins)) if ins is not None else words.who.no_ins
    identity = f"{words.who.status[who.status]}   ·   {number}   ·   {words.who.local.format(who.id, who.issuer)}"
    sheet.text(identity, 9, PLAIN, MUTED)
    sheet.gap(8)
    if medical:
        _allergies(sheet, who, words)
        _circumstances(sheet, who, words)
    if report.replaces:
        sheet.gap(4)
        sheet.text(words.page.replaces.format(report.replaces), 9, STRONG, ALERT)


def _allergies(sheet: Sheet, who: Patient, words: Words) -> None:
    known = bool(who.allergies)
    said = words.who.allergies_unknown if who.allergies is None else words.who.allergies_none
    if who.allergies:
        said = ", ".join(who.allergies)
    inset, font = 12.0, STRONG if known or who.allergies is None else PLAIN
    broad = sheet.broad - 2 * inset - 62
    found = letters.lines(said, font, 10, broad)
    if len(found) > 40:
        # more than a box holds: it flows
        sheet.labelled(words.who.allergies, said)
        return
    high = len(found) * 14 + 11
    sheet.need(high)
    colour = ALERT if known else DOUBT if who.allergies is None else INK
    sheet.fill(LEFT, sheet.y, sheet.broad, high, WASH, 4)
    if colour is not INK:
        sheet.fill(LEFT, sheet.y, 3, high, colour)
    sheet.say(LEFT + inset, sheet.y + 15.5, words.who.allergies, 9, PLAIN, MUTED)
    for at, one in enumerate(found):
        sheet.say(LEFT + inset + 62, sheet.y + 15.5 + at * 14, one, 10, font, colour)
    sheet.y += high + 8


def _circumstances(sheet: Sheet, who: Patient, words: Words) -> None:
    doctor = person(Operator(who.treating_doctor.name, who.treating_doctor.rpps), words) if who.treating_doctor else ""
    parts = [f"{words.who.treating}{words.colon} {doctor or words.who.treating_unknown}"]
    parts.append(words.who.illness[who.long_term_illness])
    if who.protection is not None:
        protected = f"{words.who.protection}{words.colon} {words.who.protections[who.protection]}"
        if who.representative:
            protected += f" ({words.who.representative.format(who.representative)})"
        parts.append(protected)
    sheet.text("   ·   ".join(parts), 9.5)


def _years(born: dt.date, at: dt.date) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def _spaced(ins: Ins) -> str:
    """As it is printed on a Carte Vitale."""
    number, ends = ins.matricule, (1, 3, 5, 7, 10, 13, 15)
    return " ".join(number[begin:end] for begin, end in zip((0, *ends), ends, strict=False))


def person(who: Operator | Addressee, words: Words) -> str:
    name = who.name if isinstance(who, Operator) else who.label
    number = words.people.rpps.format(who.rpps) if who.rpps else ""
    return f"{name} ({number})" if name and number else name or number


# --- what was asked and answered


def _opinions(sheet: Sheet, report: EncounterReport, words: Words, house: House) -> None:
    for one in report.asked:
        _asked(sheet, one, words, house)
        mine = [answer for answer in report.answers if answer.opinion_id == one.taken.item_id]
        _answers(sheet, mine, report, words, house)
    others = {one.taken.item_id for one in report.asked}
    left = [answer for answer in report.answers if answer.opinion_id not in others]
    if left:
        _answers(sheet, left, report, words, house)


def _asked(sheet: Sheet, one: Asked, words: Words, house: House) -> None:
    asked, said = one.opinion, words.opinions
    sheet.heading(f"{said.asked}{words.colon} {said.specialties[asked.specialty].lower()}", 90)
    sheet.text(said.questions[asked.question], 13, STRONG)
    sheet.gap(3)
    urgent = asked.urgency is Urgency.EMERGENCY
    sheet.text(said.urgencies[asked.urgency], 9.5, STRONG if urgent else PLAIN, ALERT if urgent else INK)
    whom = person(asked.addressee, words) if asked.addressee != Addressee() else said.anybody
    by = one.taken.operator
    when = words.moment(one.taken.at.utc.astimezone(house.zone))
    sender = said.by.format(person(by, words), when) if by else when
    sheet.text(f"{said.to.format(whom)}, {sender}", 9.5, PLAIN, MUTED)
    if asked.situation is not None:
        sheet.gap(3)
        sheet.text(said.situation.format(said.situations[asked.situation]), 9.5)
    if asked.documents:
        sheet.text(said.papers.format(", ".join(said.roles[one.role] for one in asked.documents)), 9.5, PLAIN, MUTED)
    if asked.absent:
        sheet.text(said.papers_absent.format(", ".join(said.roles[one] for one in asked.absent)), 9.5, PLAIN, DOUBT)
    if asked.attached:
        sheet.text(said.attached.format(len(asked.attached)), 9.5, PLAIN, MUTED)
    if asked.gaps:
        gaps = dict.fromkeys(said.missing[gap.missing] for gap in asked.gaps)
        sheet.gap(3)
        sheet.text(said.gaps.format(", ".join(gaps)), 9.5, STRONG, DOUBT)
    if not asked.agreed:
        sheet.text(said.without_consent, 9.5, STRONG, DOUBT)


def _answers(sheet: Sheet, answers: Sequence[Answer], report: EncounterReport, words: Words, house: House) -> None:
    said = words.opinions
    sheet.heading(said.answer)
    if not answers:
        sheet.text(said.no_answer, 9.5, PLAIN, DOUBT)
        return
    for one in answers:
        sheet.text(said.answers[one.kind], 11, STRONG)
        given = words.moment(one.given.astimezone(house.zone))
        sheet.text(said.answer_from.format(person(one.author, words), given), 9.5, PLAIN, MUTED)
        if one.text:
            sheet.gap(3)
            sheet.text(one.text, 10.5)
        if one.key in report.enclosed:
            sheet.gap(3)
            sheet.text(said.enclosed, 9.5, PLAIN, MUTED)
        sheet.gap(3)
        if one.acknowledged is not None and one.acknowledged_by is not None:
            seen = words.moment(one.acknowledged.astimezone(house.zone))
            sheet.text(said.acknowledged.format(person(one.acknowledged_by, words), seen), 9.5, PLAIN, MUTED)
        else:
            sheet.text(said.not_acknowledged, 9.5, STRONG, DOUBT)
        sheet.gap(6)


# --- what was measured


def _vitals(sheet: Sheet, report: EncounterReport, words: Words, house: House) -> None:
    sheet.heading(words.vitals.heading, 80)
    if not report.values:
        sheet.text(words.vitals.none, 9.5, PLAIN, MUTED)
        return
    _columns(sheet, words)
    for value in report.values:
        _row(sheet, line(report, value, words, house), words)


def _columns(sheet: Sheet, words: Words) -> None:
    measured, value, clock, told = words.vitals.columns
    y = sheet.y + 8
    sheet.say(LEFT, y, measured, 8, PLAIN, MUTED)
    sheet.say_to(LEFT + _VALUE_END, y, value, 8, PLAIN, MUTED)
    sheet.say(LEFT + _CLOCK, y, clock, 8, PLAIN, MUTED)
    sheet.say(LEFT + _TOLD, y, told, 8, PLAIN, MUTED)
    sheet.y += 14
    sheet.rule(sheet.y, colour=LINE)


def _row(sheet: Sheet, one: Line, words: Words) -> None:
    origin, *more = one.told
    told = letters.lines(", ".join(more), PLAIN, 8.5, sheet.broad - _TOLD) if more else []
    names = letters.lines(one.name, PLAIN, 10, _KIND - 6)
    beside = letters.lines(", ".join(one.beside), PLAIN, 8.5, _TOLD - 12) if one.beside else []
    first = max(len(names) * 13.5, 27.0 if one.day else 16.0)
    high = max(first + len(beside) * 11.5, 13 + len(told) * 11.5) + 9
    if sheet.need(high):
        _columns(sheet, words)
    top = sheet.y
    if one.doubtful:
        sheet.fill(LEFT - 6, top + 0.5, sheet.broad + 12, high - 1, DOUBT_WASH)
    for at, name in enumerate(names):
        sheet.say(LEFT, top + 15 + at * 13.5, name, 10)
    colour = DOUBT if one.doubtful else INK
    if one.in_words:
        sheet.say(LEFT + _KIND + 8, top + 15, one.value, 10, STRONG, colour)
    else:
        sheet.say_to(LEFT + _VALUE_END, top + 15.5, one.value, 12.5, STRONG, colour)
        sheet.say(LEFT + _UNIT, top + 15.5, one.unit, 9.5, PLAIN, MUTED)
    sheet.say(LEFT + _CLOCK, top + 15, one.clock, 9.5)
    if one.day:
        sheet.say(LEFT + _CLOCK, top + 27, one.day, 8, PLAIN, DOUBT)
    x = LEFT + _TOLD
    if one.doubtful:
        x = sheet.tag(x, top + 15, words.vitals.doubtful, DOUBT) + 5
    if one.typed:
        x = sheet.tag(x, top + 15, words.vitals.typed, ACCENT) + 5
    how = INK if one.doubtful else MUTED
    room = sheet.size[0] - LEFT - x
    sheet.say(x, top + 15, letters.lines(origin, PLAIN, 8.5, room)[0], 8.5, PLAIN, how)
    for at, line_told in enumerate(told):
        sheet.say(LEFT + _TOLD, top + 27 + at * 11.5, line_told, 8.5, PLAIN, how)
    for at, line_beside in enumerate(beside):
        sheet.say(LEFT, top + first + 11 + at * 11.5, line_beside, 8.5, PLAIN, MUTED)
    sheet.y += high
    sheet.rule(sheet.y)
