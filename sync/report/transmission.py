"""A round as transmissions ciblées, to be pasted into the residents' record: cible, données, actions, résultats. French. Pure.

Only what the cart recorded stands in it; what it did not is left to whoever pastes it. The resident stands in its first line, so
that it shows where it was pasted for somebody else (H1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from edge.domain.measurement import Kind
from edge.domain.report import Asked, EncounterReport, House, Part, Picture, Value
from sync.report.reading_lines import line
from sync.report.words import Words, words as words_of

TITLE: Final = "Transmissions ciblées"

_NO_DATA: Final = "La borne n'a enregistré aucune donnée."
_NO_ACTION: Final = "La borne n'a enregistré aucune action : à compléter par le soignant."
_NO_RESULT: Final = "La borne n'a enregistré aucun résultat : à compléter par le soignant."
_PLAIN: Final = str.maketrans({"₂": "2", "\u202f": " ", "\u00a0": " "})
"""What an older record may not take."""


def text(report: EncounterReport, house: House) -> str:
    """Lines that end with a line feed, of letters that any record takes."""
    words = words_of("fr")
    lines = [
        *_warnings(report, house, words),
        _who(report, words),
        _when(report, house, words),
        "",
        f"CIBLE : {' ; '.join(_targets(report, words))}",
        "",
        *_section("DONNÉES", list(_data(report, house, words)), _NO_DATA),
        *_section("ACTIONS", list(_actions(report, house, words)), _NO_ACTION),
        *_section("RÉSULTATS", list(_results(report, house, words)), _NO_RESULT),
    ]
    return "\n".join(lines).translate(_PLAIN).rstrip() + "\n"


def _warnings(report: EncounterReport, house: House, words: Words) -> list[str]:
    return [
        *(["ANNULÉ : CES TRANSMISSIONS NE COMPTENT PLUS"] if report.void else []),
        *([words.page.demonstration] if house.demonstration else []),
    ]


def _who(report: EncounterReport, words: Words) -> str:
    patient = report.patient
    used = f" ({patient.used_name})" if patient.used_name else ""
    born = words.who.born[patient.sex].format(f"le {words.date(patient.birth_date)}")
    room = f", chambre {patient.room}" if patient.room else ""
    return f"{patient.birth_name}{used} {patient.given_names}, {born}{room}"


def _when(report: EncounterReport, house: House, words: Words) -> str:
    opened = report.encounter.opened.astimezone(house.zone)
    closed = report.closed.astimezone(house.zone) if report.closed else None
    until = ""
    if closed is not None:
        until = f" à {closed:%H:%M}" if closed.date() == opened.date() else f" au {words.moment(closed)}"
    where = f", borne « {house.station} »" if house.station else ""
    return f"Passage du {words.moment(opened)}{until}{where}"


def _section(title: str, lines: Sequence[str], otherwise: str) -> list[str]:
    return [f"{title} :", *(f"- {one}" for one in lines or [otherwise]), ""]


def _targets(report: EncounterReport, words: Words) -> list[str]:
    """What the round was about, as far as what was done in it says so. No judgement of a value."""
    kinds = {value.reading.kind for value in report.values}
    found = [f"Demande d'avis, {words.opinions.specialties[one.opinion.specialty]}" for one in report.asked]
    found += ["Téléconsultation"] if report.spoken else []
    found += ["Évaluation de la douleur"] if Kind.PAIN in kinds else []
    found += ["Surveillance des constantes"] if kinds - {Kind.PAIN} else []
    found += ["ECG"] if report.traces else []
    found += ["Suivi en photos"] if report.pictures else []
    return list(dict.fromkeys(found)) or ["Passage au chevet"]


def _data(report: EncounterReport, house: House, words: Words) -> Iterator[str]:
    for value in report.values:
        yield _reading(report, value, house, words)
    for trace in report.traces:
        at = trace.taken.at.utc.astimezone(house.zone)
        yield f"ECG, {_counted(len(trace.waveform.leads), 'dérivation')}, {at:%H:%M}"
    for picture in report.pictures:
        yield _photo(picture, house, words)
    if report.sounds:
        yield _counted(report.sounds, "son enregistré", "sons enregistrés")


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count < 2 else many or f'{one}s'}"


def _reading(report: EncounterReport, value: Value, house: House, words: Words) -> str:
    shown = line(report, value, words, house)
    said = f"{shown.name} {shown.value} {shown.unit}".rstrip()
    day = f" le {shown.day}" if shown.day else ""
    told = [*shown.beside, *(["saisi à la main"] if value.typed else [])]
    told += [words.vitals.quality[one] for one in value.remarks]
    if not value.taken.at.clock_trusted:
        told.append(words.vitals.clock)
    beside = f" ({' ; '.join(told)})" if told else ""
    doubts = [words.vitals.quality[one] for one in value.doubts]
    return f"{said}{day} à {shown.clock}{beside}" + (f" DOUTEUX : {', '.join(doubts)}" if doubts else "")


def _photo(picture: Picture, house: House, words: Words) -> str:
    photo, at = picture.photo, picture.taken.at.utc.astimezone(house.zone)
    return f"Photo, {words.pictures.site(photo.site, photo.side)}, {words.pictures.views[photo.view]}, {at:%H:%M}"


def _actions(report: EncounterReport, house: House, words: Words) -> Iterator[str]:
    done: list[tuple[dt.datetime, str]] = []
    for one in report.asked:
        done.append((one.taken.at.utc, f"Avis demandé : {_asked(one, words)}"))
    for talk in report.spoken:
        began = talk.connected or talk.requested
        lasted = f", {words.span(talk.ended - began)}" if talk.ended else ""
        done.append((began, f"Téléconsultation{lasted}"))
    at_bedside = [one.name or words.people.rpps.format(one.rpps) for one in report.of_part(Part.BEDSIDE)]
    if at_bedside:
        yield f"Relevé et fait par {', '.join(at_bedside)}"
    for at, what in sorted(done):
        yield f"{at.astimezone(house.zone):%H:%M} {what}"


def _asked(one: Asked, words: Words) -> str:
    opinion = one.opinion
    said = [
        words.opinions.specialties[opinion.specialty],
        words.opinions.to.format(opinion.addressee.label) if opinion.addressee.label else words.opinions.anybody,
        words.opinions.questions[opinion.question],
        words.opinions.urgencies[opinion.urgency],
    ]
    gaps = list(dict.fromkeys(words.opinions.missing[gap.missing] for gap in opinion.gaps))
    return ", ".join([*said, *([words.opinions.gaps.format(", ".join(gaps))] if gaps else [])])


def _results(report: EncounterReport, house: House, words: Words) -> Iterator[str]:
    for answer in report.answers:
        given = words.moment(answer.given.astimezone(house.zone))
        who = answer.author.name or words.people.rpps.format(answer.author.rpps)
        # one line: what is pasted is a list
        yield f"{words.opinions.answers[answer.kind]}, {who}, le {given} : {' '.join(answer.text.split())}".rstrip(" :")
    answered = {answer.opinion_id for answer in report.answers}
    for one in report.asked:
        if one.taken.item_id not in answered:
            yield f"Avis en attente : {words.opinions.specialties[one.opinion.specialty]}"
    for talk in report.talks:
        if talk.connected is None:
            at = talk.requested.astimezone(house.zone)
            yield f"Appel de {at:%H:%M} : personne n'a rejoint l'appel"
