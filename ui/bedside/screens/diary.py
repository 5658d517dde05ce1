"""RENDEZ-VOUS: what is planned, and the page on which one is planned with four touches."""

from __future__ import annotations

import datetime as dt
from typing import Final

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, VerticalScroll
from textual.content import Content

from edge.domain.opinion import Specialty, Urgency
from edge.domain.staff import Deed
from ui.bedside.diary import DAYS
from ui.bedside.diary_acts import (
    Attend,
    CallOff,
    ChooseDay,
    ChooseField,
    ChooseHour,
    ChooseQuarter,
    NextLength,
    NextUrgency,
    PlanIt,
    ReturnTo,
    StepOut,
)
from ui.bedside.diary_views import PlannedView, Way
from ui.bedside.locales import Words
from ui.bedside.messages import Act, Consider, Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.leaves import Leaves
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch

HOURS: Final = range(8, 20)
QUARTERS: Final = (0, 15, 30, 45)
LENGTHS: Final = (20, 30, 45, 60, 10)
"""Minutes, in the order in which a touch turns through them; the first is proposed."""

URGENCIES: Final = tuple(Urgency)


class DiaryPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.DIARY, words)
        self._shown: object = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="diary-title")
            yield Touch(self.words.diary_plan, None, id="diary-plan", classes="choice")
            yield Touch(self.words.close, Go(Page.HOME), id="diary-close", classes="quiet")
        with Horizontal(classes="leafed"):
            yield VerticalScroll(id="diary-rows", can_focus=False)
            yield Leaves(self.words)

    def show(self, view: View) -> None:
        words, found = self.words, view.diary
        may = view.lock.allows(Deed.CALL.value) and not view.old
        title = Content.assemble((words.diary_title, "bold"), f"\n{words.diary_hint}")
        self.query_one("#diary-title", Line).put(title)
        self.query_one("#diary-close", Touch).arm(Go(Page.HOME if view.resident else Page.RESIDENTS))
        self.query_one("#diary-plan", Touch).arm(Go(Page.PLANNING) if may and view.resident else None)
        shown = (found.rows, may, view.encounter_id)
        if shown == self._shown:
            return
        self._shown = shown
        listed = self.query_one("#diary-rows")
        listed.remove_children()
        rows = [PlannedRow(row, words, may=may) for row in found.rows]
        listed.mount_all(rows or [Line(words.diary_none, classes="headline")])

    def told_again(self, view: View) -> None:
        self._shown = None
        super().told_again(view)


def act_of(row_key: str, way: Way, patient_id: str) -> Act | None:
    match way:
        case Way.READY:
            return Attend(row_key)
        case Way.LEAVE:
            return StepOut(row_key)
        case Way.BACK:
            return ReturnTo(row_key)
        case Way.CALL | Way.ASK:
            return Go(Page.CALL)
        case Way.SEE if patient_id:
            return Consider(patient_id)
        case _:
            return None


class PlannedRow(Horizontal):
    """When and with whom on the left; on the right what can be done about it."""

    def __init__(self, row: PlannedView, words: Words, *, may: bool) -> None:
        super().__init__(classes="planned -strong" if row.strong else "planned")
        self._row, self._words, self._may = row, words, may

    def compose(self) -> ComposeResult:
        row, words = self._row, self._words
        line = Line(classes="planned-text")
        line.put(Content("\n").join([Content.styled(row.title, "bold"), *map(Content, row.lines)]))
        yield line
        if row.cancels:
            yield Touch(words.diary_cancel, CallOff(row.key) if self._may else None, classes="planned-off")
        if row.way is not Way.NONE:
            act = act_of(row.key, row.way, row.patient_id)
            yield Touch(words.diary_ways[row.way], act if self._may else None, classes="planned-way")


class PlanningPage(PageBody):
    """Day, hour, quarter; how long and how urgent; a speciality where there is one. Nothing stays of the resident before."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PLANNING, words)
        self._view = View()
        self._resident = ""
        self._begin()

    def _begin(self) -> None:
        self.day, self.specialty = "", ""
        self.hour: int | None = None
        self.minute: int | None = None
        self.minutes, self.urgency = LENGTHS[0], URGENCIES[0]

    @property
    def starts(self) -> dt.datetime | None:
        """By the clock on the wall; None before all of it was said, and where it is over."""
        if not self.day or self.hour is None or self.minute is None or self._over(self.hour, self.minute):
            return None
        return dt.datetime.combine(dt.date.fromisoformat(self.day), dt.time(self.hour, self.minute))

    def forget(self) -> None:
        self._begin()
        self._draw()

    def choose(self, wanted: ChooseDay | ChooseHour | ChooseQuarter | ChooseField) -> None:
        match wanted:
            case ChooseDay(day):
                self.day = day
            case ChooseHour(hour):
                self.hour = hour
            case ChooseQuarter(minute):
                self.minute = minute
            case ChooseField(specialty):
                self.specialty = "" if specialty == self.specialty else specialty
        self._draw()

    def turn(self, wanted: NextLength | NextUrgency) -> None:
        if isinstance(wanted, NextLength):
            self.minutes = LENGTHS[(LENGTHS.index(self.minutes) + 1) % len(LENGTHS)]
        else:
            self.urgency = URGENCIES[(URGENCIES.index(self.urgency) + 1) % len(URGENCIES)]
        self._draw()

    def compose(self) -> ComposeResult:
        words = self.words
        with Grid(id="planning-days"):
            for place in range(DAYS):
                yield Touch("", None, id=f"day-{place}", classes="choice")
        with Grid(id="planning-hours"):
            for hour in HOURS:
                yield Touch(words.diary_hour.format(hour), ChooseHour(hour), id=f"hour-{hour}", classes="choice")
        with Grid(id="planning-quarters"):
            for minute in QUARTERS:
                yield Touch(f":{minute:02}", ChooseQuarter(minute), id=f"quarter-{minute}", classes="choice")
            yield Touch("", NextLength(), id="planning-length", classes="choice")
            yield Touch("", NextUrgency(), id="planning-urgency", classes="choice")
        with Grid(id="planning-fields"):
            for specialty in Specialty:
                text = words.opinion_specialties[specialty]
                yield Touch(text, ChooseField(specialty), id=f"field-{specialty}", classes="choice")
        with Horizontal(id="planning-ways"):
            yield Touch(words.diary_back_key, Go(Page.DIARY), id="planning-back", classes="choice")
            yield Touch("", None, id="plan-it", classes="primary")

    def show(self, view: View) -> None:
        resident = view.resident.id if view.resident else ""
        if resident != self._resident:
            self._begin()
        self._resident, self._view = resident, view
        self._draw()

    def _over(self, hour: int, minute: int) -> bool:
        """Whether that time of the day that is chosen has gone by."""
        now = self._view.diary.now
        return now is not None and self.day == now.date().isoformat() and (hour, minute) < (now.hour, now.minute)

    def _draw(self) -> None:
        words, days = self.words, self._view.diary.days
        for place, (day, name, date) in enumerate(days):
            key = self.query_one(f"#day-{place}", Touch)
            key.put(f"{name}\n{date}")
            key.arm(ChooseDay(day))
            key.set_class(day == self.day, "-here")
        for hour in HOURS:
            key = self.query_one(f"#hour-{hour}", Touch)
            key.arm(None if self._over(hour, QUARTERS[-1]) else ChooseHour(hour))
            key.set_class(hour == self.hour, "-here")
        for minute in QUARTERS:
            key = self.query_one(f"#quarter-{minute}", Touch)
            over = self.hour is not None and self._over(self.hour, minute)
            key.arm(None if over else ChooseQuarter(minute))
            key.set_class(minute == self.minute, "-here")
        for specialty in Specialty:
            self.query_one(f"#field-{specialty}", Touch).set_class(specialty.value == self.specialty, "-here")
        self.query_one("#planning-length", Touch).put(words.diary_length.format(self.minutes))
        urgency = self.query_one("#planning-urgency", Touch)
        urgency.put(words.diary_urgency.format(words.diary_urgencies[self.urgency]))
        urgency.set_class(self.urgency is not URGENCIES[0], "-here")
        plan, starts = self.query_one("#plan-it", Touch), self.starts
        may = self._view.lock.allows(Deed.CALL.value) and not self._view.old
        plan.put(words.diary_plan_it.format(words.diary_at(starts)) if starts else words.diary_choose)
        plan.arm(PlanIt() if starts and may else None)
