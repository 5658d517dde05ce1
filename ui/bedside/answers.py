"""From what the door said to the page of answers. Pure."""

from __future__ import annotations

import datetime as dt

from edge.domain.answer import AnswerKind
from edge.door import messages as m
from ui.bedside.answer_views import AnswersView, RowView, Stand
from ui.bedside.instants import instant
from ui.bedside.locales import Words

_STRAY_LINES = 3
"""Of an answer of nobody: enough to tell whose it is."""


def answers(snapshot: m.Snapshot, words: Words, zone: dt.tzinfo | None) -> AnswersView:
    card = snapshot.following
    residents = {one.id: one for one in snapshot.residents}
    rows = [row for one in card.requests for row in _hers(one, words, zone, printer=card.printer)]
    strays = tuple(_stray(one, words, zone) for one in card.strays)
    rows += strays
    rows.sort(key=lambda row: row.stand in {Stand.QUIET, Stand.PRINTABLE})
    rows += [_other(one, residents.get(one.patient_id), words) for one in card.others]
    if card.loose > len(strays):
        more = words.answers_loose(card.loose - len(strays))
        rows.append(RowView("loose", Stand.QUIET, more, (words.answers_loose_hint,)))
    hers = [one for one in card.requests if one.waits or one.to_chase]
    mine = sum(one.waits for one in hers)
    wants = bool(card.to_read or card.to_chase or card.loose)
    marked = {one.patient_id: _mark(one, words) for one in reversed((*hers, *card.others))}
    return AnswersView(
        alert=_alert(card, words),
        button=words.answers_button_count.format(card.to_read + card.to_chase) if wants else words.answers_button,
        wants=bool(mine or hers),
        rows=tuple(rows),
        marks=tuple(sorted(marked.items())),
        strays=strays,
        candidates=tuple(
            _candidate(one, residents[one.patient_id], words, zone)
            for one in card.candidates
            if one.patient_id in residents
        ),
        printer=card.printer,
    )


def _stray(one: m.AnswerCard, words: Words, zone: dt.tzinfo | None) -> RowView:
    """An answer of nobody: what it is, why nobody knows whose, and how it begins."""
    kind = words.answers_kinds.get(one.kind, one.kind)
    author = one.author if one.author != "-" else ""
    head = " · ".join(part for part in (kind, author, _when(one.given, zone)) if part)
    said = [words.answers_document] if one.pdf_bytes else []
    lines = (words.stray_why.get(one.why, ""), *one.lines[:_STRAY_LINES], *said)
    return RowView(f"s{one.answer}", Stand.STRAY, head, tuple(line for line in lines if line), answer=one.answer)


def _candidate(one: m.RequestCard, who: m.ResidentCard, words: Words, zone: dt.tzinfo | None) -> RowView:
    name = f"{words.room.format(who.room)}  {who.birth_name.upper()} {who.given_names}"
    title = _title(one, words)
    asked = words.answers_asked.format(_when(one.asked, zone))
    state = words.opinion_states.get(one.state, one.state)
    facts = " · ".join(part for part in (title, state, asked, one.addressee) if part)
    return RowView(
        f"p{one.request_id}",
        Stand.PICK,
        name,
        (facts,),
        request_id=one.request_id,
        patient_id=one.patient_id,
        said=words.stray_question.format(f"{title}, {asked}"),
    )


def _alert(card: m.FollowCard, words: Words) -> str:
    parts = [
        words.answers_to_read(card.to_read) if card.to_read else "",
        words.answers_to_chase(card.to_chase) if card.to_chase else "",
        words.answers_loose(card.loose) if card.loose else "",
    ]
    told = " · ".join(part for part in parts if part)
    return words.answers_alert.format(told) if told else ""


def _mark(one: m.RequestCard, words: Words) -> str:
    return words.answers_mark_read if one.waits else words.answers_mark_chase


def _hers(one: m.RequestCard, words: Words, zone: dt.tzinfo | None, *, printer: bool) -> list[RowView]:
    """The request, then what answered it, the newest first."""
    title = _title(one, words)
    rows = []
    state = words.opinion_states.get(one.state, one.state)
    facts = [
        words.answers_asked.format(_when(one.asked, zone)),
        one.addressee,
        words.answers_chased(one.chased) if one.chased else "",
        words.answers_undone if one.undone else "",
    ]
    line = " · ".join(part for part in facts if part)
    if one.to_chase:
        late = words.answers_late.format(words.lasting(max(0.0, one.late_seconds)))
        rows.append(
            RowView(
                f"r{one.request_id}",
                Stand.CHASE,
                words.answers_stands.format(title, state),
                (late, line),
                request_id=one.request_id,
            )
        )
    elif not one.answers:
        rows.append(RowView(f"r{one.request_id}", Stand.QUIET, words.answers_stands.format(title, state), (line,)))
    rows += [
        _answer(each, title, one, words, zone, printer=printer) for each in one.answers if each.kind != AnswerKind.READ
    ]
    return rows


def _answer(
    one: m.AnswerCard, title: str, of: m.RequestCard, words: Words, zone: dt.tzinfo | None, *, printer: bool
) -> RowView:
    kind = words.answers_kinds.get(one.kind, one.kind)
    author = one.author if one.author != "-" else ""
    head = " · ".join(part for part in (kind, title, author, _when(one.given, zone)) if part)
    held_back = one.kind == AnswerKind.PRESCRIPTION and not one.acknowledged
    lines = [words.answers_first] if held_back else list(one.lines)
    if one.pdf_bytes:
        lines.append(words.answers_document)
    if of.undone:
        lines.append(words.answers_undone)
    if one.superseded:
        lines.append(words.answers_superseded)
    if one.acknowledged:
        lines.append(words.answers_noted.format(one.acknowledged_by, _when(one.acknowledged, zone)))
    stand = Stand.UNREAD if one.waits else Stand.QUIET
    if printer and one.acknowledged and one.pdf_bytes:
        stand = Stand.PRINTABLE
    return RowView(
        f"a{one.answer}",
        stand,
        head,
        tuple(lines),
        answer=0 if stand is Stand.QUIET else one.answer,
        document=one.answer if one.pdf_bytes and not held_back else 0,
    )


def _other(one: m.RequestCard, who: m.ResidentCard | None, words: Words) -> RowView:
    name = (
        f"{words.room.format(who.room)}  {who.birth_name.upper()} {who.given_names}" if who else words.answers_nobodys
    )
    said = _mark(one, words)
    return RowView(
        f"o{one.request_id}",
        Stand.ELSEWHERE,
        name,
        (words.answers_stands.format(_title(one, words), said),),
        patient_id=who.id if who else "",
    )


def _title(one: m.RequestCard, words: Words) -> str:
    return words.opinion_title_of.format(words.opinion_specialties.get(one.specialty, one.specialty))


def _when(text: str, zone: dt.tzinfo | None) -> str:
    at = instant(text, zone)
    return f"{at:%d/%m %H:%M}" if at else ""
