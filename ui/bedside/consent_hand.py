"""What each tap about a consent asks for: of its page, or of the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.domain.consent import WITH_OTHER, Basis
from edge.door import messages as m
from ui.bedside import consent_acts as act
from ui.bedside.screens.consent import ConsentPage
from ui.bedside.views import Page

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class ConsentHand:
    """Every command names the encounter that was on screen when it was touched (H1)."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def takes(self, wanted: object) -> bool:
        """Whether it was about a consent; then it is done."""
        if not isinstance(wanted, act.ConsentAct):
            return False
        self._do(wanted)
        return True

    def _do(self, wanted: act.ConsentAct) -> None:
        app = self._app
        now = app.view.consent
        match wanted:
            case act.Consent() if not now.stands:
                self._collect(now.usual)
            case act.Consent() | act.OpenConsent():
                self._page.open()
                app.go(Page.CONSENT)
            case act.ChooseScope(standing):
                self._page.choose_scope(standing)
            case act.ChooseBasis(basis) if not basis or Basis(basis) in WITH_OTHER:
                self._page.choose(basis)
            case act.ChooseBasis(basis):
                self._collect(basis, standing=self._page.standing)
            case act.ChooseOther(other):
                self._collect(self._page.basis, standing=self._page.standing, other=other)
            case act.TakeBack():
                command = m.WithdrawConsent(encounter_id=app.view.encounter_id, consent_id=now.consent_id)
                app.ask(command, done=app.words.consent_taken_back)

    @property
    def _page(self) -> ConsentPage:
        return self._app.frame.page(ConsentPage)

    def _collect(self, basis: str, *, standing: bool = False, other: str = "") -> None:
        app = self._app
        command = m.CollectConsent(
            encounter_id=app.view.encounter_id,
            basis=basis,
            standing=standing and basis != Basis.EMERGENCY,
            other=other,
        )
        if app.page is Page.CONSENT:
            app.go(Page.CALL)
        app.ask(command, done=app.words.consent_noted)
