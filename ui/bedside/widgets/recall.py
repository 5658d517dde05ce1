"""Under the banner: the appointment that is near, or the doctor who is there while nobody is with the resident."""

from __future__ import annotations

from ui.bedside.diary_views import RecallView, Way, Where
from ui.bedside.messages import Go
from ui.bedside.screens.diary import act_of
from ui.bedside.views import Page
from ui.bedside.widgets.touch import Touch

_LISTS = frozenset({Page.RESIDENTS, Page.HOME})
_NEVER = frozenset({Page.STARTING, Page.LOCKED, Page.CLEANING})


class Recall(Touch):
    """It changes nobody who is on screen: for another resident a touch asks who is there, as everywhere (H1)."""

    def __init__(self) -> None:
        super().__init__("", None, id="recall")
        self._rang = ""

    def draw(self, shown: RecallView, page: Page) -> None:
        self.display = bool(shown.text) and _stands(shown.where, page)
        self.put(shown.text)
        self.arm(Go(Page.DIARY) if shown.way is Way.NONE else act_of(shown.key, shown.way, shown.patient_id))
        self.set_class(shown.rings, "-rings")
        key = shown.key if shown.rings else ""
        if key and key != self._rang:
            self.app.bell()
        self._rang = key


def _stands(where: Where, page: Page) -> bool:
    match where:
        case Where.ANYWHERE:
            return page not in _NEVER
        case Where.LISTS:
            return page in _LISTS
        case Where.CALL:
            return page is Page.CALL
        case _:
            return False
