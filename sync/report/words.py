"""Every word of a report and of a slip. One value for each language; what has ``{}`` is a template."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from edge.domain.answer import AnswerKind
from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.consent import Basis, Scope
from edge.domain.dossier import DocumentRole, Situation
from edge.domain.measurement import Kind, Name, Quality
from edge.domain.news2 import Consciousness
from edge.domain.opinion import Missing, Question, Specialty, Urgency
from edge.domain.patient import IdentityStatus, Protection, Sex
from edge.domain.photo import View
from edge.domain.quantity import Unit
from edge.domain.report import Language, Mishap


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """The frame of every page."""

    title: str
    of_pages: str  # number, count
    number: str
    made: str
    with_software: str
    demonstration: str
    void: str
    replaces: str
    not_a_device: str


@dataclasses.dataclass(frozen=True, slots=True)
class Who:
    """The resident."""

    born: Mapping[Sex, str]  # birth name
    years: str
    sex: Mapping[Sex, str]
    room: str
    status: Mapping[IdentityStatus, str]
    ins: str
    no_ins: str
    local: str
    allergies: str
    allergies_unknown: str
    allergies_none: str
    treating: str
    treating_unknown: str
    protection: str
    protections: Mapping[Protection, str]
    representative: str
    illness: Mapping[bool | None, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Opinions:
    """What was asked, and what came back."""

    asked: str
    question: str
    to: str
    anybody: str
    by: str
    gaps: str
    attached: str
    without_consent: str
    answer: str
    no_answer: str
    answer_from: str
    enclosed: str
    acknowledged: str
    not_acknowledged: str
    specialties: Mapping[Specialty, str]
    questions: Mapping[Question, str]
    urgencies: Mapping[Urgency, str]
    missing: Mapping[Missing, str]
    situation: str
    situations: Mapping[Situation, str]
    papers: str
    papers_absent: str
    roles: Mapping[DocumentRole, str]
    answers: Mapping[AnswerKind, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Vitals:
    """Readings."""

    heading: str
    none: str
    columns: tuple[str, str, str, str]  # measurement, value, time, source and quality
    kinds: Mapping[Kind, str]
    names: Mapping[Name, str]
    units: Mapping[Unit, str]
    doubtful: str
    typed: str
    no_value: str
    quality: Mapping[Quality, str]
    age: str
    clock: str
    by: str
    room_air: str
    acvpu: Mapping[Consciousness, str]
    decimal_point: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pictures:
    """ECGs, photos, sounds."""

    heading: str
    reduced: str
    intimate: str
    unreadable: str
    site_unknown: str
    sides: Mapping[Side, str]
    views: Mapping[View, str]
    blurred: str
    dark: str
    bright: str
    sounds: str
    sites_in_english: bool

    def site(self, site: BodySite | None, side: Side | None) -> str:
        if site is None:
            return self.site_unknown
        name = SITES[site].english if self.sites_in_english else SITES[site].french
        return f"{name}, {self.sides[side]}" if side else name


@dataclasses.dataclass(frozen=True, slots=True)
class Ecg:
    heading: str
    recorded: str
    scale: str
    print_it: str
    no_reading: str
    absent: str
    unscaled: str
    beware: str
    leaves_paper: str
    cut: str


@dataclasses.dataclass(frozen=True, slots=True)
class People:
    """Who took part, on which basis, and what went wrong."""

    heading: str
    bedside: str
    asked: str
    answered: str
    treating: str
    nobody: str
    rpps: str
    call: str
    call_alone: str
    call_doctor: str
    note_heading: str
    note_by: str
    note_unnamed: str
    consent: str
    no_consent: str
    said_at_bedside: str
    basis: Mapping[Basis, str]
    scope: Mapping[Scope, str]
    collected: str
    withdrawn: str
    incidents: str
    no_incident: str
    mishaps: Mapping[Mishap, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Slip:
    """The page that a doctor's billing needs."""

    title: str
    bills_nothing: str
    act: str
    opinion_act: str
    call_act: str
    no_act: str
    asked_on: str
    answered_on: str
    not_answered: str
    began: str
    ended: str
    lasted: str
    patient: str
    requester: str
    performer: str
    treating: str
    place: str
    finess: str
    illness: str
    unknown: str
    not_recorded: str


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    language: Language
    pdf_language: str
    page: Page
    who: Who
    opinions: Opinions
    vitals: Vitals
    pictures: Pictures
    ecg: Ecg
    people: People
    slip: Slip
    day: str
    days: str
    colon: str

    def date(self, day: dt.date) -> str:
        return f"{day:{self.day}}"

    def moment(self, at: dt.datetime) -> str:
        """``at`` in the time of the place, with its offset: two hours of one autumn night have the same name."""
        return f"{self.date(at)} {at:%H:%M}"

    def span(self, length: dt.timedelta) -> str:
        minutes = int(length.total_seconds() // 60)
        days, hours = divmod(minutes // 60, 24)
        if days:
            return self.days.format(days) + (f" {hours} h" if hours else "")
        return f"{hours} h {minutes % 60:02}" if hours else f"{minutes} min"


def words(language: Language) -> Words:
    from sync.report.words_en import ENGLISH
    from sync.report.words_fr import FRENCH

    return ENGLISH if language == "en" else FRENCH
