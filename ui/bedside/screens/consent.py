"""On which basis a resident is seen, heard or told about: the six there are, and who decided with or for her."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content

from edge.domain.consent import ASKED, Basis
from ui.bedside.consent_acts import ChooseBasis, ChooseOther, ChooseScope, TakeBack
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch

MOST_OTHERS = 8


class ConsentPage(PageBody):
    """``standing``: until it is withdrawn; ``basis`` is the one that was touched and waits for who it was, "" for none."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.CONSENT, words)
        self.standing = False
        self.basis = ""
        self._resident = ""
        self._view = View()

    def open(self) -> None:
        """Nothing of the one before is proposed."""
        self.standing, self.basis = False, ""
        self._draw()

    def choose_scope(self, standing: bool) -> None:
        self.standing = standing
        self._draw()

    def choose(self, basis: str) -> None:
        self.basis = basis
        self._draw()

    def compose(self) -> ComposeResult:
        words = self.words
        with Horizontal(id="consenting-head"):
            with Vertical(id="consenting-now"):
                yield Line(id="consenting-line", classes="headline")
                yield Line(id="consenting-facts", classes="faint")
            yield Touch(words.consent_take_back, None, id="consent-take-back", classes="choice")
            yield Touch(words.consent_back, Go(Page.CALL), id="consent-back", classes="choice")
        yield Line(id="consenting-law")
        with Horizontal(id="consenting-scope"):
            yield Touch(words.consent_act_key, ChooseScope(standing=False), id="scope-act", classes="chip")
            yield Touch(words.consent_standing_key, ChooseScope(standing=True), id="scope-standing", classes="chip")
            yield Touch(words.consent_all, ChooseBasis(""), id="consent-all", classes="chip")
        with Grid(id="bases"):
            for basis in Basis:
                yield Touch("", None, id=f"basis-{basis}", classes="choice")
        with Grid(id="others"):
            for place in range(MOST_OTHERS):
                yield Touch("", None, id=f"other-{place}", classes="choice")

    def show(self, view: View) -> None:
        resident = view.resident.id if view.resident else ""
        if resident != self._resident:
            self.standing, self.basis = False, ""
        self._resident, self._view = resident, view
        self._draw()

    def _draw(self) -> None:
        now, words = self._view.consent, self.words
        title = now.line if now.stands else now.title
        if self.basis:
            title = words.consent_by.format(words.consent_bases[self.basis][0], words.consent_who)
        self.query_one("#consenting-line", Line).put(title)
        self.query_one("#consenting-facts", Line).put(now.facts if now.basis else words.consent_page)
        law = self.query_one("#consenting-law", Line)
        law.put(now.law or (words.consent_no_badge if now.anonymous else ""))
        law.display = bool(now.law or now.anonymous)
        back = self.query_one("#consent-take-back", Touch)
        back.display = now.stands
        back.arm(TakeBack() if now.stands else None)
        for name, standing in (("act", False), ("standing", True)):
            key, chosen = self.query_one(f"#scope-{name}", Touch), self.standing == standing
            key.put(f"▸ {_scope(words, standing)}" if chosen else _scope(words, standing))
            key.set_class(chosen, "-here")
            key.display = not now.anonymous
        self.query_one("#bases").display = not self.basis
        self.query_one("#others").display = bool(self.basis)
        self.query_one("#consent-all").display = bool(self.basis)
        if self.basis:
            self._draw_others()
        else:
            self._draw_bases()

    def _draw_bases(self) -> None:
        now, words = self._view.consent, self.words
        for basis in Basis:
            title, what = words.consent_bases[basis]
            key = self.query_one(f"#basis-{basis}", Touch)
            key.put(Content.assemble((title, "bold"), f"\n{what}"))
            key.set_class(basis.value == now.usual, "-usual")
            # an emergency never stands for ever
            possible = basis is Basis.EMERGENCY if now.anonymous else not (self.standing and basis is Basis.EMERGENCY)
            key.arm(ChooseBasis(basis.value) if possible else None)

    def _draw_others(self) -> None:
        words = self.words
        named = [relation.value for relation in ASKED[Basis(self.basis)]]
        representative = self._view.consent.representative
        if representative and self.basis != Basis.CONSULTED:
            named.insert(0, representative)
        for place in range(MOST_OTHERS):
            key = self.query_one(f"#other-{place}", Touch)
            key.display = place < len(named)
            if key.display:
                key.put(Content.styled(words.consent_relations.get(named[place], named[place]), "bold"))
                key.arm(ChooseOther(named[place]))


def _scope(words: Words, standing: bool) -> str:
    return words.consent_standing_key if standing else words.consent_act_key
