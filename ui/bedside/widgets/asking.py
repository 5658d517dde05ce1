"""S6 at rest, in two columns: whom to call now, and the request for an opinion. One agreement of the resident for both."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
from textual.content import Content

from edge.domain.dossier import Situation
from edge.domain.opinion import LOOKS_AT, SITUATIONS, Missing, Question, Specialty, Urgency
from edge.domain.staff import Deed
from ui.bedside.consent_acts import Consent, OpenConsent
from ui.bedside.locales import Words
from ui.bedside.messages import Call, Go, Undo
from ui.bedside.opinion_acts import (
    Ask,
    ChooseQuestion,
    ChooseSpecialty,
    ChooseUrgency,
    CloseNumber,
    NextSituation,
    Ring,
)
from ui.bedside.opinion_views import ContactView
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch

MOST_CONTACTS = 9
_FETCHED_AT = {Missing.PHOTO: Page.PHOTO, Missing.ECG: Page.ECG, Missing.VITALS: Page.VITALS}


class AtRest(Horizontal):
    """``specialty`` is None until one is touched; ``dialled`` is the contact whose number is shown large.

    ``stopped``: what is missing was named, and nobody has said yes or no to it.
    """

    def __init__(self, words: Words) -> None:
        super().__init__(id="at-rest")
        self._words = words
        self._view = View()
        self._ready = False
        self.forget()

    def forget(self) -> None:
        """For another resident, or after a request: nothing of the one before is proposed."""
        self.specialty: Specialty | None = None
        self.question = Question.CONDUCT
        self.urgency = Urgency.SOON
        self.situation: Situation | None = None
        self.stopped = False
        self.dialled = ""

    def compose(self) -> ComposeResult:
        words = self._words
        with Vertical(id="calling"):
            yield Line(words.call_column, classes="headline")
            with VerticalScroll(id="contacts-room", can_focus=False), Grid(id="contacts"):
                yield Touch("", None, id="start", classes="primary")
                yield Touch(words.diary_button, Go(Page.DIARY), id="call-diary", classes="choice")
                for place in range(MOST_CONTACTS):
                    yield Touch("", None, id=f"contact-{place}", classes="choice")
            with Horizontal(id="consent-row"):
                yield Touch("", Consent(), id="consent", classes="choice")
                yield Touch("", OpenConsent(), id="consent-other", classes="choice")
        with Vertical(id="asking"):
            with VerticalScroll(id="asking-room", can_focus=False):
                yield Line(words.opinion_column, classes="headline")
                with Horizontal(id="asked"):
                    yield Line(id="asked-line")
                    yield Touch(words.undo, None, id="asked-undo", classes="undo")
                with Grid(id="specialties"):
                    for specialty in Specialty:
                        text = words.opinion_specialties[specialty]
                        yield Touch(text, ChooseSpecialty(specialty), id=f"specialty-{specialty}", classes="choice")
                with Grid(id="questions"):
                    for question in Question:
                        text = words.opinion_questions[question]
                        yield Touch(text, ChooseQuestion(question), id=f"question-{question}", classes="choice")
                with Grid(id="urgencies"):
                    for urgency in Urgency:
                        text = words.opinion_urgencies[urgency]
                        yield Touch(text, ChooseUrgency(urgency), id=f"urgency-{urgency}", classes="choice")
                yield Line(id="attached")
                yield Line(id="gaps")
            with Horizontal(id="asking-ways"):
                yield Touch(words.opinion_complete, None, id="complete", classes="choice")
                yield Touch("", NextSituation(), id="situation", classes="choice")
                yield Touch(words.opinion_ask, None, id="ask-opinion", classes="primary")
        with Vertical(id="dialling"):
            yield Line(words.dial_title, classes="headline")
            yield Line(id="dial-offline", classes="faint")
            yield Line(id="dial-label")
            yield BigNumber(id="dial-number")
            yield Line(id="dial-hours", classes="faint")
            yield Touch(words.dial_close, CloseNumber(), id="dial-close", classes="choice")

    # --- what a finger says

    @property
    def lacks(self) -> bool:
        """Something is missing that this specialty looks at, and it is no emergency."""
        dossier = self._view.opinion.dossier(self.specialty) if self.specialty else None
        return bool(dossier and dossier.gaps) and self.urgency is not Urgency.EMERGENCY

    def choose(self, wanted: ChooseSpecialty | ChooseQuestion | ChooseUrgency) -> None:
        match wanted:
            case ChooseSpecialty(specialty):
                self.specialty = Specialty(specialty)
                self.situation = None
            case ChooseQuestion(question):
                self.question = Question(question)
            case ChooseUrgency(urgency):
                self.urgency = Urgency(urgency)
        self.stopped = False
        self._draw()

    def next_situation(self) -> None:
        if self.specialty is None:
            return
        offered = (None, *SITUATIONS[self.specialty])
        self.situation = offered[(offered.index(self.situation) + 1) % len(offered)]
        self._draw()

    def stop(self) -> None:
        self.stopped = True
        self._draw()

    def dial(self, contact: str) -> None:
        self.dialled = contact
        self._draw()

    # --- drawing

    def draw(self, view: View) -> None:
        self._view = view
        self._draw()

    def on_mount(self) -> None:
        self._ready = True
        self._draw()

    def _draw(self) -> None:
        if not self._ready:
            return  # its own parts come a moment after it
        contact = next((one for one in self._view.opinion.contacts if one.key == self.dialled), None)
        self.query_one("#dialling").display = contact is not None
        for column in ("#calling", "#asking"):
            self.query_one(column).display = contact is None
        if contact is not None:
            self._draw_number(contact)
            return
        self._draw_calling()
        self._draw_choices()
        self._draw_asked()
        self._draw_asking()

    def _draw_number(self, contact: ContactView) -> None:
        self.query_one("#dial-label", Line).put(Content.styled(contact.label, "bold"))
        self.query_one("#dial-number", BigNumber).number = contact.number.replace(" ", "-")
        self.query_one("#dial-hours", Line).put(f"{self._words.call_number.format(contact.number)}   {contact.hours}")
        offline = self.query_one("#dial-offline", Line)
        offline.put(self._words.dial_offline)
        offline.display = self._view.opinion.offline and contact.video

    def _draw_calling(self) -> None:
        words, view = self._words, self._view
        may = view.lock.allows(Deed.CALL.value) or view.lock.allows(Deed.EMERGENCY_CALL.value)
        self._draw_consent(may=may or view.lock.allows(Deed.ASK_OPINION.value))
        start = self.query_one("#start", Touch)
        start.arm(Call() if view.consent.allows and may else None)
        hint = words.call_video_hint if view.consent.allows else words.consent_first
        if view.consent.refused:
            hint = words.consent_refused_call
        start.put(Content.assemble((words.call_video, "bold"), f"\n{hint}"))
        shown = [one for one in view.opinion.contacts if one.number or one.video][:MOST_CONTACTS]
        for place in range(MOST_CONTACTS):
            button = self.query_one(f"#contact-{place}", Touch)
            button.display = place < len(shown)
            if button.display:
                one = shown[place]
                button.put(_contact(one, words))
                button.arm(Ring(one.key) if may else None)

        diary = self.query_one("#call-diary", Touch)
        diary.put(view.diary.button)
        diary.arm(Go(Page.DIARY) if view.lock.allows(Deed.CALL.value) else None)
        diary.set_class(view.diary.wants, "-here")

    def _draw_consent(self, *, may: bool) -> None:
        words, now = self._words, self._view.consent
        line = self.query_one("#consent", Touch)
        box = words.consent_yes if now.allows else words.consent_no
        if now.refused:
            box = "✗  "
        if self.screen.has_class("-narrow"):
            line.put(Content.styled(box + now.brief, "bold"))
        else:
            line.put(Content.assemble((box + now.line, "bold"), f"\n{now.facts}" if now.facts else ""))
        line.set_class(now.allows, "-here")
        line.set_class(now.refused, "-refused")
        line.arm(Consent() if may else None)
        other = self.query_one("#consent-other", Touch)
        other.put(words.consent_change if now.stands else words.consent_other)
        other.arm(OpenConsent() if may else None)

    def _draw_choices(self) -> None:
        chosen = {f"specialty-{self.specialty}", f"question-{self.question}", f"urgency-{self.urgency}"}
        words = self._words
        texts = {
            **{f"specialty-{key}": text for key, text in words.opinion_specialties.items()},
            **{f"question-{key}": text for key, text in words.opinion_questions.items()},
            **{f"urgency-{key}": text for key, text in words.opinion_urgencies.items()},
        }
        for name, text in texts.items():
            button = self.query_one(f"#{name}", Touch)
            button.put(f"▸ {text}" if name in chosen else text)
            button.set_class(name in chosen, "-here")

    def _draw_asked(self) -> None:
        asked = self._view.opinion.asked
        self.set_class(bool(asked), "-asked")
        if asked:
            text = Content.assemble((asked[0].title, "bold"), "\n", asked[0].facts)
            self.query_one("#asked-line", Line).put(text)
            may = self._view.lock.allows(Deed.UNDO.value)
            self.query_one("#asked-undo", Touch).arm(Undo(asked[0].item_id) if may else None)

    def _draw_asking(self) -> None:
        words = self._words
        dossier = self._view.opinion.dossier(self.specialty) if self.specialty else None
        allowed = self._view.lock.allows(Deed.ASK_OPINION.value)
        now = self._view.consent
        agreed = now.allows or (self.urgency is Urgency.EMERGENCY and not now.refused)
        attached = self.query_one("#attached", Line)
        if not allowed:
            attached.put(words.opinion_not_allowed)
        elif dossier is None:
            attached.put(words.opinion_choose)
        elif now.refused:
            attached.put(words.consent_refused)
        elif not agreed:
            attached.put(words.opinion_consent_first)
        else:
            attached.put(dossier.attached)
        gaps = self.query_one("#gaps", Line)
        gaps.put(Content.styled(dossier.gaps, "bold") if dossier else "")
        gaps.display = bool(dossier and dossier.gaps)
        stopped = self.stopped and self.lacks
        complete = self.query_one("#complete", Touch)
        complete.display = stopped
        if stopped and self.specialty:
            complete.arm(Go(_FETCHED_AT[LOOKS_AT[self.specialty][0]]))
            lacking = dossier.lacking if dossier else ""
            complete.put(Content.assemble((words.opinion_complete, "bold"), f"\n{lacking}"))
        reason = self.query_one("#situation", Touch)
        reason.display = allowed and dossier is not None and not stopped
        said = words.dossier_situations[self.situation] if self.situation else words.dossier_situation_none
        reason.put(Content.assemble((words.dossier_situation, "bold"), f"\n{said}"))
        reason.set_class(self.situation is not None, "-here")
        ask = self.query_one("#ask-opinion", Touch)
        ready = allowed and dossier is not None and agreed
        ask.arm(Ask(anyway=stopped) if ready else None)
        if stopped:
            ask.put(Content.styled(words.opinion_anyway, "bold"))
        else:
            rest = dossier.to if dossier and dossier.to else words.opinion_leaves
            ask.put(Content.assemble((words.opinion_ask, "bold"), f"\n{rest}"))


def _contact(one: ContactView, words: Words) -> Content:
    number = words.call_number.format(one.number) if one.number else words.call_video
    return Content.assemble((one.label, "bold"), f"\n{number}", f"\n{one.hours}" if one.hours else "")
