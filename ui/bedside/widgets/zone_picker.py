"""Which part of the body, by fingers: one tap where it is a frequent one or one of before, else region, site and side."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content

from edge.domain.body_site import SITES, BodySite, Side
from ui.bedside.locales import Words
from ui.bedside.messages import AskZone, ChooseZone, CloseZones
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.zones import ALWAYS, MOST_SITES, OFTEN, REGIONS, UNTOLD, Zone, named, offered

COLUMNS = 4


def _shade(number: int) -> str:
    """Every other row of keys is darker: where there is no room between them they are told apart by it."""
    return "choice -odd" if number // COLUMNS % 2 else "choice"


class ZonePicker(Vertical):
    """``ask`` says which question is on the display; ``before`` is on which day each zone was photographed last."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="zones")
        self._words = words
        self._question = AskZone()
        self._before: Mapping[Zone, str] = {}

    def compose(self) -> ComposeResult:
        words = self._words
        with Horizontal(id="zones-head"):
            yield Line(words.zone_ask, id="zones-title", classes="headline")
            yield Touch(words.zone_none, ChooseZone(UNTOLD), id="zone-none", classes="quiet")
            yield Touch(words.zone_close, CloseZones(), id="zones-close", classes="quiet")
            yield Touch(words.zone_back, AskZone(), id="zones-back", classes="quiet")
        with Vertical(id="zones-first"):
            with Grid(id="usual"):
                for number in range(len(ALWAYS) + len(OFTEN)):
                    yield Touch("", None, id=f"usual-{number}", classes=_shade(number))
            with Grid(id="regions"):
                for region, title in words.regions.items():
                    yield Touch(title, AskZone(region), id=f"region-{region}", classes="choice")
        with Grid(id="sites"):
            for number in range(MOST_SITES):
                yield Touch("", None, id=f"site-{number}", classes=_shade(number))
        with Vertical(id="sides"):
            with Grid(id="side-keys"):
                for side in (Side.LEFT, Side.RIGHT):
                    yield Touch(words.zone_sides[side], None, id=f"side-{side}", classes="choice")
            yield Line(words.zone_side_hint, id="side-hint")

    def on_mount(self) -> None:
        self.ask(self._question)
        self.know(self._before)

    def know(self, before: Mapping[Zone, str]) -> None:
        """``before`` has the newest first."""
        self._before = before
        for number, zone in enumerate(offered(before)):
            key = self.query_one(f"#usual-{number}", Touch)
            rows = [Content.styled(named(zone, self._words), "bold")]
            if day := before.get(zone):
                rows.append(Content(self._words.zone_before.format(day)))
            key.put(Content("\n").join(rows))
            key.arm(ChooseZone(zone))

    def ask(self, question: AskZone) -> None:
        """The first question, that of a region, or that of a paired site."""
        self._question = question
        words, region, site = self._words, question.region, question.site
        self.query_one("#zones-first").display = not region
        self.query_one("#sites").display = bool(region) and not site
        self.query_one("#sides").display = bool(site)
        for name in ("zone-none", "zones-close"):
            self.query_one(f"#{name}").display = not region
        back = self.query_one("#zones-back", Touch)
        back.display = bool(region)
        back.arm(AskZone(region if site else ""))
        title = words.zone_ask
        if site:
            title = words.zone_ask_side.format(words.site(BodySite(site)))
            self._sides(BodySite(site))
        elif region:
            title = words.zone_ask_in.format(words.regions[region])
            self._sites(region)
        self.query_one("#zones-title", Line).put(title)

    def told_again(self) -> None:
        """The question that stands there, in the words of now."""
        self.ask(self._question)

    def _sites(self, region: str) -> None:
        sites = REGIONS[region]
        for number in range(MOST_SITES):
            key = self.query_one(f"#site-{number}", Touch)
            key.display = number < len(sites)
            if key.display:
                site = sites[number]
                key.put(self._words.site(site))
                key.arm(AskZone(region, site.value) if SITES[site].paired else ChooseZone(Zone(site)))

    def _sides(self, site: BodySite) -> None:
        for side in Side:
            key = self.query_one(f"#side-{side}", Touch)
            where = Content.styled(self._words.site(site, side), "bold")
            key.put(Content("\n").join([where, Content(""), Content(self._words.zone_sides[side])]))
            key.arm(ChooseZone(Zone(site, side)))
