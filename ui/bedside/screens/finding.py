"""Who is it? By date of birth first, then by three letters (RNIV); and somebody whom nobody can name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll

from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.residents import ResidentCardTouch
from ui.bedside.views import Page, ResidentView, View
from ui.bedside.whose import DATE_DIGITS, MOST_LETTERS, found
from ui.bedside.whose_acts import About, Begin, FindBy, FindKey, RoomKey, Sort
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
AGES = (50, 60, 70, 80, 90, 100)
MOST_ROOM = 4
MOST_FOUND = 12


class FindPage(PageBody):
    """``digits`` of the date of birth and ``letters`` of the birth name, as they are typed."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.FIND, words)
        self.digits = self.letters = ""
        self._by_letters = False
        self._all: tuple[ResidentView, ...] = ()
        self._found: tuple[ResidentView, ...] | None = None

    def compose(self) -> ComposeResult:
        words = self.words
        with Horizontal(id="finding"):
            with Vertical(id="find-left"):
                yield Line(id="find-title", classes="headline")
                yield Line(id="find-typed")
                with Grid(id="find-digits"):
                    for digit in "123456789":
                        yield Touch(digit, FindKey(digit), id=f"find-{digit}", classes="choice")
                    yield Touch(words.erase, FindKey(""), id="find-erase", classes="choice")
                    yield Touch("0", FindKey("0"), id="find-0", classes="choice")
                    yield Touch(words.find_letters, FindBy(letters=True), id="find-by-letters", classes="choice")
                with Grid(id="find-letters"):
                    for letter in LETTERS:
                        yield Touch(letter, FindKey(letter), id=f"find-{letter}", classes="choice")
                    yield Touch("⌫", FindKey(""), id="find-erase-letters", classes="choice")
                    yield Touch(words.find_digits, FindBy(letters=False), id="find-by-digits", classes="choice")
            with Vertical(id="find-right"):
                with Horizontal(classes="head"):
                    yield Line(id="find-count", classes="headline")
                    yield Touch(words.whose_back, Go(Page.RESIDENTS), id="find-back", classes="quiet")
                yield VerticalScroll(id="find-found", can_focus=False)

    def on_mount(self) -> None:
        self._draw()

    def show(self, view: View) -> None:
        if view.residents != self._all:
            self._all = view.residents
            self._draw()

    def begin(self) -> None:
        self.digits = self.letters = ""
        self.turn(letters=False)

    def turn(self, *, letters: bool) -> None:
        self._by_letters = letters
        self._draw()

    def type(self, key: str) -> None:
        """One more digit or letter; "" erases all of what is typed on this pad."""
        if self._by_letters:
            self.letters = (self.letters + key)[:MOST_LETTERS] if key else ""
        else:
            self.digits = (self.digits + key)[:DATE_DIGITS] if key else ""
        self._draw()

    def _draw(self) -> None:
        words = self.words
        self.query_one("#find-digits").display = not self._by_letters
        self.query_one("#find-letters").display = self._by_letters
        self.query_one("#find-title", Line).put(words.find_letters_title if self._by_letters else words.find_title)
        date = self.digits.ljust(DATE_DIGITS, "_")
        self.query_one("#find-typed", Line).put(
            f"{date[:2]} {date[2:4]} {date[4:]}   {self.letters.ljust(MOST_LETTERS, '_')}"
        )
        matching = found(self._all, self.digits, self.letters)
        typed = bool(self.digits or self.letters)
        self.query_one("#find-count", Line).put(
            words.find_count(len(matching)) if matching else words.find_nobody if typed else ""
        )
        if matching != self._found:
            self._found = matching
            column = self.query_one("#find-found")
            column.remove_children()
            column.mount_all(ResidentCardTouch(one, words) for one in matching[:MOST_FOUND])


class UnknownPage(PageBody):
    """Somebody without identity: ``sex`` and ``years`` as they look, ``room`` where it has a number."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.UNKNOWN, words)
        self.sex = self.room = ""
        self.years = 0

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(words.unknown_title, classes="headline", id="unknown-title")
        with Horizontal(id="unknown-both"):
            with Vertical(id="unknown-left"):
                with Grid(id="unknown-looks"):
                    for sex, text in words.unknown_sex.items():
                        yield Touch(text, Sort(sex), id=f"unknown-{sex}", classes="choice")
                    for years in AGES:
                        yield Touch(
                            words.unknown_age.format(years), About(years), id=f"unknown-{years}", classes="choice"
                        )
                yield Touch(words.unknown_begin, None, id="unknown-begin", classes="primary")
            with Vertical(id="unknown-right"):
                yield Line(id="unknown-room")
                with Grid(id="unknown-keys"):
                    for digit in "123456789":
                        yield Touch(digit, RoomKey(digit), id=f"unknown-key-{digit}", classes="choice")
                    yield Touch(words.erase, RoomKey(""), id="unknown-erase", classes="choice")
                    yield Touch("0", RoomKey("0"), id="unknown-key-0", classes="choice")
                    yield Touch(words.whose_back, Go(Page.RESIDENTS), id="unknown-back", classes="choice")

    def on_mount(self) -> None:
        self._draw()

    def show(self, view: View) -> None:
        """Nothing of the cart stands on it."""

    def begin(self) -> None:
        self.sex = self.room = ""
        self.years = 0
        self._draw()

    def look(self, *, sex: str = "", years: int = 0) -> None:
        self.sex, self.years = sex or self.sex, years or self.years
        self._draw()

    def type(self, digit: str) -> None:
        self.room = (self.room + digit)[:MOST_ROOM] if digit else ""
        self._draw()

    def _draw(self) -> None:
        words = self.words
        for touch in self.query("#unknown-looks Touch").results(Touch):
            touch.set_class(touch.act in (Sort(self.sex), About(self.years)), "-here")
        self.query_one("#unknown-room", Line).put(
            words.unknown_room.format(self.room) if self.room else words.unknown_no_room
        )
        self.query_one("#unknown-begin", Touch).arm(Begin() if self.sex and self.years else None)
