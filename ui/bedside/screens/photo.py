"""S5: choose the view, take, and see what was taken."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import ChooseView, Take, Undo
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, ShotView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class PhotoPage(PageBody):
    """``chosen`` is the view of the next picture."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PHOTO, words)
        self.chosen = next(iter(words.photo_views))
        self._shots: tuple[ShotView, ...] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="studio"):
            with Vertical(id="camera"):
                with Grid(id="views"):
                    for name, text in self.words.photo_views.items():
                        yield Touch(text, ChooseView(name), id=f"view-{name}", classes="choice")
                yield Touch(self.words.photo_take, Take(), id="take", classes="primary")
                yield Line(self.words.photo_none_hint, id="photo-hint")
            with Vertical(id="taken"):
                yield Line(self.words.photo_taken_title, classes="headline")
                yield VerticalScroll(id="shots", can_focus=False)

    def on_mount(self) -> None:
        self.choose(self.chosen)

    def choose(self, name: str) -> None:
        self.chosen = name
        for button in self.query("#views .choice"):
            button.set_class(button.id == f"view-{name}", "-here")

    def show(self, view: View) -> None:
        if view.shots == self._shots:
            return
        self._shots = view.shots
        rows = self.query_one("#shots", VerticalScroll)
        rows.remove_children()
        if view.shots:
            rows.mount_all(Shot(shot, self.words) for shot in view.shots)
        else:
            rows.mount(Line(self.words.photo_none, classes="faint"))


class Shot(Horizontal):
    """One picture that was taken, with what is wrong with it and a way to undo it."""

    def __init__(self, shot: ShotView, words: Words) -> None:
        super().__init__(classes="shot -undone" if shot.undone else "shot")
        self._shot = shot
        self._words = words

    def compose(self) -> ComposeResult:
        shot = self._shot
        facts = " · ".join(fact for fact in (shot.age, self._words.undone(1) if shot.undone else shot.delivery) if fact)
        rows = [Content.styled(shot.title, "bold"), Content(facts)]
        if shot.remark:
            rows.append(Content.styled(f"┄ {shot.remark}", "bold"))
        line = Line(classes="shot-text")
        line.put(Content("\n").join(rows))
        yield line
        if not shot.undone:
            yield Touch(self._words.undo, Undo(shot.item_id), classes="undo")
